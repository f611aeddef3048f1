/** A recorded run as a sequence: who says what to whom, in order, and where the machines are then. */
import type { EventLike } from '../../src/engine/args.js';
import type { StateValue } from '../../src/engine/model.js';
import type { Observation } from '../../src/engine/tap.js';
import { stateText } from '../../src/engine/text.js';
import { typeOf } from '../../src/testing/render.js';
import type { Run } from './play.js';
import type { Entry } from './record.js';

const LIFELINES = ['program', 'request', 'response', 'connection', 'peer'] as const;
export type Lifeline = (typeof LIFELINES)[number];

/**
 * What a message is: a call of the program, an event that it is told, a fact of the world, the end of a turn, an order of a
 * machine, or what crosses the wire.
 */
export type Kind = 'call' | 'told' | 'fact' | 'time' | 'order' | 'wire';

export interface Message {
  readonly type: 'message';
  readonly from: Lifeline;
  readonly to: Lifeline;
  readonly kind: Kind;
  readonly text: string;
  /** Which of the documented events it is, from 1. */
  readonly place?: number;
}

/** Where a machine is from here on. */
export interface Note {
  readonly type: 'note';
  readonly at: Lifeline;
  readonly text: string;
}

export type Row = Message | Note;

export interface Sequence {
  readonly title: string;
  /** Those that take part, from left to right. */
  readonly lifelines: readonly Lifeline[];
  readonly rows: readonly Row[];
}

export function sequenceOf({ scenario, entries }: Run): Sequence {
  const reader = new Reader(scenario.hears);
  const rows = entries.flatMap((entry) => reader.rowsOf(entry)).filter(lasts);
  const present = new Set(rows.flatMap((row) => (row.type === 'note' ? [row.at] : [row.from, row.to])));
  return { title: scenario.name, lifelines: LIFELINES.filter((lifeline) => present.has(lifeline)), rows };
}

/** A state that is left at once isn't noted. */
function lasts(row: Row, index: number, rows: readonly Row[]): boolean {
  const next = rows[index + 1];
  return !(row.type === 'note' && next?.type === 'note' && next.at === row.at);
}

/** Reads entries in their order. */
class Reader {
  private readonly hears: readonly string[];
  /** How many of the documented events were told. */
  private told = 0;
  private before = '';
  /** Orders that are given when an event has been told, by that event. */
  private readonly behind = new Map<string, Row[]>();

  constructor(hears: readonly string[]) {
    this.hears = hears;
  }

  rowsOf(entry: Entry): Row[] {
    switch (entry.kind) {
      case 'call':
        return [message('program', 'request', 'call', entry.text)];
      case 'told':
        return this.tellingOf(entry.by, entry.event, entry.detail);
      case 'step':
        return this.stepOf(entry.observation);
      case 'wire':
        return [crossing(entry.way, summaryOf(entry.bytes))];
      case 'line':
        return [crossing(entry.way, entry.what)];
    }
  }

  private tellingOf(by: 'req' | 'res', event: string, detail: string): Row[] {
    const type = `${by}.${event}`;
    const given = this.behind.get(type) ?? [];
    this.behind.delete(type);
    if (!DOCUMENTED.has(event)) return given;
    const text = `${by} '${event}'${detail === '' ? '' : ` ${detail}`}`;
    const telling = message(by === 'req' ? 'request' : 'response', 'program', 'told', text);
    return [this.hears.includes(type) ? { ...telling, place: this.placeOf(type) } : telling, ...given];
  }

  /** Data in a row have one number. */
  private placeOf(type: string): number {
    if (type !== 'res.data' || this.before !== type) this.told++;
    this.before = type;
    return this.told;
  }

  private stepOf({ chart, event, from, to, emitted }: Observation): Row[] {
    const machine = MACHINES[chart];
    if (machine === undefined) return [];
    const { lifeline, region } = machine;
    const [before, after] = [placeIn(from, region), placeIn(to, region)];
    return [
      ...(isIdle(from, to, emitted) ? [] : causeOf(lifeline, event)),
      ...(before === after ? [] : [{ type: 'note' as const, at: lifeline, text: after }]),
      ...this.ordersOf(lifeline, emitted.map(typeOf)),
    ];
  }

  /** The orders that are given at once; what stands behind an event waits for it. */
  private ordersOf(lifeline: Lifeline, emitted: readonly string[]): Row[] {
    const now: Row[] = [];
    let given = now;
    for (const type of emitted) {
      if (type.startsWith('io.')) given.push(...orderOf(lifeline, type));
      else {
        given = [];
        this.behind.set(type, given);
      }
    }
    return now;
  }
}

function message(from: Lifeline, to: Lifeline, kind: Kind, text: string): Message {
  return { type: 'message', from, to, kind, text };
}

function crossing(way: 'out' | 'in', text: string): Message {
  return way === 'out' ? message('connection', 'peer', 'wire', text) : message('peer', 'connection', 'wire', text);
}

/** Events of Node's documentation of requests and responses; streams tell more. */
const DOCUMENTED = new Set([
  ...['socket', 'finish', 'continue', 'information', 'response', 'upgrade', 'connect', 'timeout', 'abort'],
  ...['data', 'end', 'aborted', 'error', 'close'],
]);

/** The lifeline of a machine, and the region that says where it is; undefined for a machine without regions. */
const MACHINES: Readonly<Record<string, { readonly lifeline: Lifeline; readonly region: string | undefined }>> = {
  request: { lifeline: 'request', region: 'line' },
  incomingResponse: { lifeline: 'response', region: 'reader' },
  clientConnection: { lifeline: 'connection', region: undefined },
};

const isIdle = (from: StateValue, to: StateValue, emitted: readonly unknown[]): boolean =>
  emitted.length === 0 && stateText(from) === stateText(to);

function placeIn(value: StateValue, region: string | undefined): string {
  if (region === undefined) return stateText(value);
  const inner = (value as Readonly<Record<string, StateValue>>)[region];
  return inner === undefined ? '' : `${region}: ${stateText(inner)}`;
}

/** Who brings an event to a machine. A call of the program is a row already, and so is an order of another machine. */
const BRINGERS: Readonly<Record<string, Lifeline | undefined>> = {
  'request net': 'connection',
  'request wire': 'connection',
  'request answer': 'response',
  'request clock': 'request',
  'response wire': 'connection',
  'response clock': 'response',
};

/** Said by a host to its own machine. */
const OWN = new Set(['net.opened', 'net.drained']);

function causeOf(lifeline: Lifeline, { type }: EventLike): Row[] {
  const [kind] = type.split('.');
  const from = BRINGERS[`${lifeline} ${kind}`];
  if (from === undefined || OWN.has(type)) return [];
  return [message(from, lifeline, kind === 'clock' ? 'time' : 'fact', type)];
}

/** The orders that reach another machine, or the wire. */
const ADDRESSEES: Readonly<Record<string, Lifeline | undefined>> = {
  'request io.destroy': 'connection',
  'request io.endSoon': 'connection',
  'request io.hangUp': 'connection',
  'request io.release': 'connection',
  'request io.returnSocket': 'connection',
  'request io.abort': 'response',
};

function orderOf(from: Lifeline, type: string): Row[] {
  const to = ADDRESSEES[`${from} ${type}`];
  return to === undefined ? [] : [message(from, to, 'order', type)];
}

/** `GET /`, or `200 OK, 5 of 10 bytes`. */
function summaryOf(bytes: string): string {
  const [, start, fields, body] = /^(.*?)\r\n(.*?)\r\n\r\n(.*)$/s.exec(bytes) ?? [];
  if (start === undefined) return `${bytes.length} bytes`;
  const [, length] = /^Content-Length: (\d+)$/m.exec(fields!) ?? [];
  const line = start.replace(/ ?HTTP\/1\.1 ?/, '');
  return length === undefined ? line : `${line}, ${body!.length} of ${length} bytes`;
}
