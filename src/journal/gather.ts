/** What is gathered of the lines of a file in the first reading. */

import { endedBy } from '../rules/ending.js';
import { reasonOf } from './describe.js';
import { type EndedFrame, type Frame, lineName } from './frames.js';
import { KEPT_EXCHANGES } from './frameWindow.js';
import type { Ended } from './line.js';
import type { Opening } from './opening.js';
import type { Place } from './scan.js';
import * as v from './vocabulary.js';

/** Why a connection can't be replayed. */
const LOST = 'its beginning was not recorded';
const SENT_BEFORE = 'a request of it was sent on another connection before, of which something is missing';
const SENT_AGAIN = 'a request of it was sent again on another connection, of which something is missing';

export interface Gathered {
  readonly line: number;
  readonly places: Place[];
  readonly requests: number[];
  readonly ended: Ended[];
  opening: Opening | undefined;
  first: number;
  last: number;
  frames: number;
  gap: string | undefined;
  /** Its beginning is there, and that of its requests. */
  isWhole: boolean;
  /** What is missing, so that it can be replayed from its next mark at the earliest. */
  lacks: string | undefined;
  /** The same, if it is replayed without the connections on which its requests were sent before. */
  lacksAlone: string | undefined;
  /** Who has ended the connection, and how many µs after its last request had got it. */
  lostBy: string;
  lostAfter: number;
  /** When that was. */
  assigned: number;
  /** The requests that were sent on other connections before. */
  readonly again: Again[];
  /** Its last exchange so far, and those to which something has happened long after others had begun. */
  newest: number;
  late: Set<number> | undefined;
  /** All that are replayed with it: those that are connected by requests that were sent again. Itself, if there are none. */
  group: readonly Gathered[];
}

/** A request that was sent again. */
interface Again {
  /** The line on which it was before, and its exchange there. */
  readonly line: number;
  readonly before: number;
  readonly exchange: number;
}

/** The lines of a file. */
export class Lines {
  private readonly all = new Map<number, Gathered>();
  private readonly owners = new Map<number, number>();

  add(frame: Frame, place: Place): void {
    const { line, kind, at, exchange } = frame;
    let known = this.all.get(line);
    if (known === undefined) {
      known = begun(line, at);
      this.all.set(line, known);
    }
    known.frames++;
    known.last = Math.max(known.last, at);
    known.newest = Math.max(known.newest, exchange);
    // Half, as an actor may begin before the first frame that says so.
    if (exchange > 0 && exchange < known.newest - KEPT_EXCHANGES / 2) {
      known.late ??= new Set();
      known.late.add(exchange);
    }
    if (known.places.at(-1)?.at !== place.at) known.places.push(place);
    if (kind === v.OPEN) open(known, frame);
    else if (kind === v.MARK) mark(known, frame);
    else if (kind === v.MADE) known.isWhole = true;
    else if (kind === v.END && frame.ended !== undefined) end(known, frame);
    else if (kind === v.GAP) known.gap ??= reasonOf(frame);
    else if (kind === v.POOL) this.pool(known, frame);
    else if (kind === v.FACT) lose(known, frame);
  }

  private pool(known: Gathered, { value, exchange, bits, code, at }: Frame): void {
    known.assigned = at;
    if (value === 0) {
      known.again.push({ line: bits * 2, before: code, exchange });
      known.lacksAlone = SENT_BEFORE;
      return;
    }
    const request = value * 2 + 1;
    if (!this.owners.has(request)) this.owners.set(request, known.line);
    if (this.all.get(request)?.isWhole === true) return;
    known.isWhole = false;
    known.lacks = LOST;
  }

  /** All have been added. */
  finish(): readonly Gathered[] {
    for (const [request, owner] of this.owners) this.join(request, owner);
    const all = [...this.all.values()];
    for (const each of all) judge(each);
    this.group(all);
    for (const each of all) this.name(each);
    return all;
  }

  /** A request belongs to the connection that it got first. */
  private join(request: number, owner: number): void {
    const one = this.all.get(request);
    const other = this.all.get(owner);
    if (one === undefined || other === undefined) return;
    this.all.delete(request);
    other.requests.push(request);
    other.frames += one.frames;
    other.first = Math.min(other.first, one.first);
    other.last = Math.max(other.last, one.last);
    other.ended.unshift(...one.ended);
    other.places.splice(0, other.places.length, ...merged([one, other]));
    if (one.gap !== undefined) other.gap ??= one.gap;
  }

  /** Connections with requests that were sent again are replayed together. */
  private group(all: readonly Gathered[]): void {
    const groups = new Map<number, Set<Gathered>>();
    for (const each of all) {
      for (const { line } of each.again) {
        const before = this.all.get(line);
        if (before === undefined) continue;
        const found = new Set([...(groups.get(line) ?? [before]), ...(groups.get(each.line) ?? [each])]);
        for (const member of found) groups.set(member.line, found);
      }
    }
    for (const each of all) {
      const group = [...(groups.get(each.line) ?? [each])];
      const isKnown = each.again.every(({ line }) => this.all.has(line));
      const isWhole = isKnown && group.every(({ gap, isWhole: whole }) => gap === undefined && whole);
      if (isWhole) each.group = group;
      else if (each.again.length > 0) {
        each.isWhole = false;
        each.gap ??= each.lacksAlone;
      }
    }
    for (const [line, group] of groups) {
      const each = this.all.get(line)!;
      const isSource = [...group].some(({ again }) => again.some((one) => one.line === line));
      if (isSource && each.group.length === 1) each.gap ??= SENT_AGAIN;
    }
  }

  /** An exchange that was sent again has an ending, and both are named. */
  private name(each: Gathered): void {
    for (const { line, before, exchange } of each.again) {
      const [from, to] = [`${lineName(line, 'client')}.${before}`, `${lineName(each.line, 'client')}.${exchange}`];
      const at = each.ended.findIndex(({ id }) => id === to);
      const ended = each.ended[at];
      if (ended !== undefined) each.ended[at] = { ...ended, before: from };
      const source = this.all.get(line);
      source?.ended.push({
        ...{ id: from, role: 'client', code: `${source.lostBy}W`, ms: source.lostAfter / 1000, bytesIn: 0 },
        ...{ what: ended?.what ?? '', method: ended?.method, path: ended?.path, bytesOut: ended?.bytesOut ?? 0 },
        again: to,
      });
    }
  }
}

function begun(line: number, at: number): Gathered {
  const group: Gathered[] = [];
  const known: Gathered = {
    ...{ line, places: [], requests: [], ended: [], opening: undefined, first: at, last: at, frames: 0 },
    ...{ gap: undefined, isWhole: false, lacks: undefined, lacksAlone: undefined, again: [], group },
    ...{ lostBy: '-', lostAfter: 0, assigned: at, newest: 0, late: undefined },
  };
  group.push(known);
  return known;
}

function open(known: Gathered, { text }: Frame): void {
  known.opening = parsed<Opening>(text);
  if (known.opening === undefined) known.gap ??= 'it is damaged';
  else known.isWhole = known.frames === 1 || known.opening.role === 'client';
}

function mark(known: Gathered, { text }: Frame): void {
  known.lacks = undefined;
  known.lacksAlone = undefined;
  if (known.opening !== undefined) return;
  known.opening = parsed<{ open: Opening }>(text)?.open;
  known.gap = undefined;
}

function end(known: Gathered, { line, chart, exchange, ended }: Frame): void {
  const role = v.CHARTS[chart] === 'request' ? 'client' : 'server';
  const name = lineName(line, role);
  const id = line % 2 === 0 ? `${name}.${exchange}` : name;
  known.ended.push({ id, role, ...(ended as EndedFrame) });
}

function lose(known: Gathered, { code, text, at }: Frame): void {
  const type = v.FACTS[code] as string;
  if (known.lostBy !== '-' || (type !== 'net.ended' && type !== 'net.failed' && type !== 'net.closed')) return;
  known.lostBy = endedBy(type, text);
  known.lostAfter = at - known.assigned;
}

/** An object; undefined for anything else. */
function parsed<T extends object>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** The segments of all of them, in the order of the file. */
export function merged(all: readonly Gathered[]): readonly Place[] {
  const places = new Map(all.flatMap((each) => each.places.map((place) => [place.at, place] as const)));
  return [...places.values()].sort((a, b) => a.at - b.at);
}

function judge(gathered: Gathered): void {
  const { opening, line, isWhole, lacks } = gathered;
  const hasBeginning = line % 2 === 0 ? opening !== undefined : isWhole;
  gathered.gap ??= hasBeginning ? lacks : LOST;
}
