/** `readJournal()`: the connections of a file. */
import { validateNumber, validateOptions, validateString } from '../api/compat/validate.js';
import { Joiner } from './assemble.js';
import { reasonOf } from './describe.js';
import { JournalError } from './errors.js';
import type { Header } from './file.js';
import { chartHashes } from './file.js';
import { type Frame, lineName } from './frames.js';
import type { Ended } from './line.js';
import type { Opening } from './opening.js';
import type { Replayable, Sum } from './run.js';
import { type Place, Scanner, type Torn } from './scan.js';
import { VERSION } from './version.js';
import * as v from './vocabulary.js';

/** What a file says about itself. */
export type { Header } from './file.js';
export type { Torn } from './scan.js';

/** Which connections are looked for. */
export interface ConnectionFilter {
  /** A code of an exchange, as 'RW', or a part of it: 'R*', '*W'. Default: any, and connections without. */
  readonly ending?: string | undefined;
  /** The beginning of a path. */
  readonly path?: string | undefined;
  /** Those that have begun since: in ms since 1970, or a Date. */
  readonly since?: number | Date | undefined;
  /** Names: `s12`, `c7`. */
  readonly id?: string | undefined;
}

/** Why a connection can't be replayed. */
const LOST = 'its beginning was not recorded';

/** The frames of a connection, and their checksums. */
interface Read {
  readonly frames: readonly Frame[];
  readonly sums: readonly Sum[];
}

/** What is gathered of a line in the first reading. */
interface Gathered {
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
  bytes: number;
}

/** A connection, or a request that never had one, as it was recorded. */
export class RecordedConnection {
  /** `s12`, `c7`, `q5`. */
  readonly id: string;
  /** Whose connection it is. */
  readonly role: 'server' | 'client';
  /** Addresses of both ends, if they are known. */
  readonly remote: readonly [address: string, port: number] | undefined;
  /** That of this end. */
  readonly local: readonly [address: string, port: number] | undefined;
  /** TLS is below. */
  readonly isTls: boolean;
  /** When its first frame was recorded. */
  readonly since: Date;
  /** How long it was recorded, in ms. */
  readonly ms: number;
  /** How its exchanges have ended. */
  readonly exchanges: readonly Ended[];
  /** How many frames it has. */
  readonly size: number;
  /** Why it can't be replayed; undefined if it can. */
  readonly gap: string | undefined;
  private readonly gathered: Gathered;
  private readonly journal: ReadJournal;

  /** @internal */
  constructor(journal: ReadJournal, gathered: Gathered) {
    const { line, opening, first, last, ended, frames, gap } = gathered;
    const ofClient = opening === undefined ? line % 2 === 1 : opening.role === 'client';
    this.journal = journal;
    this.gathered = gathered;
    this.role = ofClient ? 'client' : 'server';
    this.id = lineName(line, this.role);
    this.remote = opening?.remote;
    this.local = opening?.local;
    this.isTls = opening?.isTls === true;
    this.since = new Date(journal.header.date + (first - journal.header.begins) / 1000);
    this.ms = (last - first) / 1000;
    this.exchanges = ended;
    this.size = frames;
    this.gap = gap;
  }

  /** The frames, with what belongs together joined. They are read anew each time. */
  async frames(): Promise<readonly Frame[]> {
    return (await this.journal.framesOf(this.gathered)).frames;
  }

  /** @internal */
  async replayable(): Promise<Replayable> {
    const { header } = this.journal;
    const { line, opening } = this.gathered;
    if (this.gap !== undefined) {
      throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', `${this.id} can't be replayed: ${this.gap}`);
    }
    if (header.bytes === 'none') {
      const message = `${this.id} can't be replayed: no bytes were kept. Record with bytes: 'heads'; replayStates() needs none`;
      throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', message);
    }
    const { frames, sums } = await this.journal.framesOf(this.gathered);
    return { frames, sums, line, opening, keeps: header.bytes === 'raw' && !header.isRedacted };
  }

  /** @internal Whether content was kept, and nothing is masked. */
  get hasContent(): boolean {
    const { bytes, isRedacted } = this.journal.header;
    return !isRedacted && (bytes === 'bodies' || bytes === 'raw');
  }

  /** @internal A request that never had one. */
  get isUnconnected(): boolean {
    return this.gathered.line % 2 === 1;
  }

  /** @internal From its first frame to its last, in µs on the clock of the journal. */
  get span(): readonly [from: number, until: number] {
    const { first, last } = this.gathered;
    return [first, last];
  }

  /** @internal The connections of clients that were there at the same time, and can be replayed. */
  clientsMeanwhile(): readonly RecordedConnection[] {
    const [from, until] = this.span;
    return this.journal
      .connections()
      .filter(({ role, gap, span }) => role === 'client' && gap === undefined && span[0] <= until && span[1] >= from);
  }

  /** `s12 GET /a 200 --, 31 ms`. */
  toString(): string {
    const { id, exchanges } = this;
    const last = exchanges.at(-1);
    return last === undefined ? `${id}, ${this.size} frames` : `${id} ${last.what} ${last.status ?? '-'} ${last.code}`;
  }
}

/** What is called while a file is read. @param done from 0 to 1 */
type Progress = (done: number) => void;

/** Options of {@link readJournal}. */
export interface ReadOptions {
  /** Called after each part, with what was read so far: from 0 to 1. */
  readonly onProgress?: Progress | undefined;
}

/** A journal that was read from a file. */
export class ReadJournal {
  /** What the file says about itself. */
  readonly header: Header;
  /** Where the file is cut or damaged: what comes then was not read. */
  readonly torn: Torn | undefined;
  private readonly all: readonly RecordedConnection[];
  private readonly file: string;

  /** @internal */
  constructor(file: string, header: Header, torn: Torn | undefined, gathered: readonly Gathered[]) {
    this.file = file;
    this.header = header;
    this.torn = torn;
    this.all = gathered
      .map((each) => new RecordedConnection(this, each))
      .sort((a, b) => a.since.valueOf() - b.since.valueOf());
  }

  /** Which machines have changed since it was recorded, by their names. A replay may then differ. */
  get changed(): readonly string[] {
    const ours = chartHashes();
    return Object.entries(this.header.charts ?? {}).flatMap(([name, hash]) => (ours[name] === hash ? [] : [name]));
  }

  /** Whether it was recorded by another version of statewire. */
  get isOfOtherVersion(): boolean {
    return this.header.version !== VERSION;
  }

  /**
   * The connections, those that began first first.
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
   */
  connections(filter: ConnectionFilter = {}): readonly RecordedConnection[] {
    validateOptions(filter, ['ending', 'path', 'since', 'id']);
    const { ending, path, since, id } = filter;
    if (ending !== undefined) validateString(ending, 'filter.ending');
    if (path !== undefined) validateString(path, 'filter.path');
    if (since !== undefined) validateNumber(Number(since), 'filter.since');
    const pattern = ending?.replace(/[.+?^${}()|[\]\\-]/g, '\\$&').replaceAll('*', '.*');
    const code = pattern === undefined ? undefined : new RegExp(`^${pattern}$`);
    return this.all.filter((each) => {
      if (id !== undefined && each.id !== id) return false;
      if (since !== undefined && each.since.valueOf() + each.ms < Number(since)) return false;
      if (code === undefined && path === undefined) return true;
      return each.exchanges.some(
        (ended) => (code?.test(ended.code) ?? true) && (path === undefined || ended.path?.startsWith(path) === true),
      );
    });
  }

  /** @internal */
  async framesOf({ line, requests, places, isWhole }: Gathered): Promise<Read> {
    const lines = new Set([line, ...requests]);
    const scanner = await Scanner.open(this.file);
    const joiner = new Joiner();
    const found: Frame[] = [];
    const sums: Sum[] = [];
    try {
      for (const place of places) {
        for (const raw of await scanner.segment(place)) {
          const frame = lines.has(raw.line) ? joiner.join(raw) : undefined;
          if (frame?.kind === v.SUM) sums.push({ line: frame.line, count: found.length, hash: frame.hash });
          else if (frame !== undefined) found.push(frame);
        }
      }
    } finally {
      await scanner.close();
    }
    return isWhole ? { frames: found, sums } : { frames: fromMark(found, line), sums: [] };
  }
}

/** A connection whose beginning is missing begins with its first mark after which no request lacks its own. */
function fromMark(frames: readonly Frame[], line: number): readonly Frame[] {
  const made = new Set(frames.filter(({ kind }) => kind === v.MADE).map((frame) => frame.line));
  const lacks = frames.findLastIndex(({ kind, value }) => kind === v.POOL && !made.has(value * 2 + 1));
  const at = frames.findIndex((frame, index) => index > lacks && frame.kind === v.MARK && frame.line === line);
  if (at === -1) return frames;
  const mark = frames[at]!;
  const after = frames.slice(at + 1).filter(({ kind }) => kind !== v.MARK);
  // Requests that got the connection later, from their beginning.
  const later = new Set(after.filter(({ kind }) => kind === v.POOL).map(({ value }) => value * 2 + 1));
  return [mark, ...frames.slice(0, at).filter((frame) => later.has(frame.line)), ...after];
}

/**
 * Reads a journal. It is read once, segment by segment, whatever its size; frames of a connection are read when they are asked for.
 *
 * @param file its name
 * @throws rejects with a {@link JournalError}: STATEWIRE_JOURNAL_FOREIGN, STATEWIRE_JOURNAL_NEWER, STATEWIRE_JOURNAL_DAMAGED; with
 * errors of the file system, and ERR_INVALID_ARG_TYPE. A file that is cut is read as far as it goes (`torn`)
 */
export async function readJournal(file: string, options: ReadOptions = {}): Promise<ReadJournal> {
  validateString(file, 'file');
  validateOptions(options, ['onProgress']);
  const scanner = await Scanner.open(file);
  const lines = new Map<number, Gathered>();
  const owners = new Map<number, number>();
  try {
    for await (const { place, frames } of scanner.segments()) {
      for (const frame of frames) gather(lines, owners, frame, place);
      options.onProgress?.((place.at + place.length) / scanner.size);
    }
    for (const [request, owner] of owners) join(lines, request, owner);
    for (const each of lines.values()) judge(each);
    return new ReadJournal(file, scanner.header, scanner.torn, [...lines.values()]);
  } finally {
    await scanner.close();
  }
}

function gather(lines: Map<number, Gathered>, owners: Map<number, number>, frame: Frame, place: Place): void {
  const { line, kind, at, text } = frame;
  let known = lines.get(line);
  if (known === undefined) {
    const empty = { places: [], requests: [], ended: [], opening: undefined, gap: undefined };
    known = { line, ...empty, isWhole: false, lacks: undefined, first: at, last: at, frames: 0, bytes: 0 };
    lines.set(line, known);
  }
  known.frames++;
  known.last = Math.max(known.last, at);
  if (known.places.at(-1)?.at !== place.at) known.places.push(place);
  if (kind === v.OPEN) {
    known.opening = parsed<Opening>(text);
    if (known.opening === undefined) known.gap ??= 'it is damaged';
    else known.isWhole = known.frames === 1 || known.opening.role === 'client';
  } else if (kind === v.MARK) {
    known.lacks = undefined;
    if (known.opening === undefined) {
      known.opening = parsed<{ open: Opening }>(text)?.open;
      known.gap = undefined;
    }
  } else if (kind === v.MADE) known.isWhole = true;
  else if (kind === v.END && frame.ended !== undefined) {
    const isOfRequest = v.CHARTS[frame.chart] === 'request';
    const name = lineName(line, isOfRequest ? 'client' : 'server');
    const id = line % 2 === 0 ? `${name}.${frame.exchange}` : name;
    known.ended.push({ id, role: isOfRequest ? 'client' : 'server', ...frame.ended });
  } else if (kind === v.GAP) known.gap ??= reasonOf(frame);
  else if (kind === v.POOL) {
    const request = frame.value * 2 + 1;
    if (frame.value > 0 && !owners.has(request)) owners.set(request, line);
    if (lines.get(request)?.isWhole !== true) {
      known.isWhole = false;
      known.lacks = frame.value === 0 ? 'a request of it was sent on another connection before' : LOST;
    }
  }
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

/** A request belongs to the connection that it got first. */
function join(lines: Map<number, Gathered>, request: number, owner: number): void {
  const one = lines.get(request);
  const other = lines.get(owner);
  if (one === undefined || other === undefined) return;
  lines.delete(request);
  other.requests.push(request);
  other.frames += one.frames;
  other.first = Math.min(other.first, one.first);
  other.last = Math.max(other.last, one.last);
  other.ended.unshift(...one.ended);
  // The segments in the order of the file.
  const places = new Map([...one.places, ...other.places].map((place) => [place.at, place]));
  other.places.splice(0, other.places.length, ...[...places.values()].sort((a, b) => a.at - b.at));
  if (one.gap !== undefined) other.gap ??= one.gap;
}

function judge(gathered: Gathered): void {
  const { opening, line, isWhole, lacks } = gathered;
  const hasBeginning = line % 2 === 0 ? opening !== undefined : isWhole;
  gathered.gap ??= hasBeginning ? lacks : LOST;
}
