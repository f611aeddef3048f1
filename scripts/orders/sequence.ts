/** A recorded run as a sequence: who says what to whom, in order, and where the machines are then. */
import type { EventLike, StateValue } from '../../src/engine/model.js';
import type { Observation } from '../../src/engine/tap.js';
import { stateText, typeOf } from '../../src/testing/render.js';
import type { Run } from './play.js';
import type { Entry } from './record.js';

export const LIFELINES = ['program', 'request', 'response', 'connection', 'peer'] as const;
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
  const places = new Places(scenario.hears);
  const rows = entries.flatMap((entry) => rowsOf(entry, places)).filter(lasts);
  const present = new Set(rows.flatMap((row) => (row.type === 'note' ? [row.at] : [row.from, row.to])));
  return { title: scenario.name, lifelines: LIFELINES.filter((lifeline) => present.has(lifeline)), rows };
}

/** A state that is left at once isn't noted. */
function lasts(row: Row, index: number, rows: readonly Row[]): boolean {
  const next = rows[index + 1];
  return !(row.type === 'note' && next?.type === 'note' && next.at === row.at);
}

/** Numbers the events that the documents order; data in a row have one number. */
class Places {
  private last = 0;
  private before = '';
  private readonly hears: readonly string[];

  constructor(hears: readonly string[]) {
    this.hears = hears;
  }

  of(line: string): number | undefined {
    if (!this.hears.includes(line)) return undefined;
    if (line !== 'res.data' || this.before !== line) this.last++;
    this.before = line;
    return this.last;
  }
}

function rowsOf(entry: Entry, places: Places): Row[] {
  switch (entry.kind) {
    case 'call':
      return [
        message('program', entry.of === 'req' ? 'request' : 'response', 'call', entry.text.replace(/^req\./, '')),
      ];
    case 'told':
      return entry.by === 'server' ? [] : tellingOf(entry.by, entry.event, entry.detail, places);
    case 'step':
      return stepOf(entry.observation);
    case 'wire':
      return [crossing(entry.way, 'wire', summaryOf(entry.bytes))];
    case 'line':
      return [crossing(entry.way, 'wire', entry.what)];
  }
}

function message(from: Lifeline, to: Lifeline, kind: Kind, text: string): Message {
  return { type: 'message', from, to, kind, text };
}

function crossing(way: 'out' | 'in', kind: Kind, text: string): Message {
  return way === 'out' ? message('connection', 'peer', kind, text) : message('peer', 'connection', kind, text);
}

/** Events of Node's documentation of requests and responses; streams tell more. */
const DOCUMENTED = new Set(
  ['socket', 'finish', 'continue', 'information', 'response', 'upgrade', 'connect', 'timeout', 'abort'].concat([
    'data',
    'end',
    'aborted',
    'error',
    'close',
  ]),
);

export const isDocumented = (event: string): boolean => DOCUMENTED.has(event);

function tellingOf(by: 'req' | 'res', event: string, detail: string, places: Places): Row[] {
  if (!isDocumented(event)) return [];
  const text = `${by} '${event}'${detail === '' ? '' : ` ${detail}`}`;
  const place = places.of(`${by}.${event}`);
  const telling = message(by === 'req' ? 'request' : 'response', 'program', 'told', text);
  return [place === undefined ? telling : { ...telling, place }];
}

/** The lifeline of a machine, and the region that says where it is; undefined for a machine without regions. */
const MACHINES: Readonly<Record<string, { readonly lifeline: Lifeline; readonly region: string | undefined }>> = {
  request: { lifeline: 'request', region: 'line' },
  incomingResponse: { lifeline: 'response', region: 'reader' },
  clientConnection: { lifeline: 'connection', region: undefined },
};

function stepOf({ chart, event, from, to, emitted }: Observation): Row[] {
  const machine = MACHINES[chart];
  if (machine === undefined) return [];
  const { lifeline, region } = machine;
  const [before, after] = [placeIn(from, region), placeIn(to, region)];
  return [
    ...(isIdle(from, to, emitted) ? [] : causeOf(lifeline, event)),
    ...(before === after ? [] : [{ type: 'note' as const, at: lifeline, text: after }]),
    ...emitted.flatMap((emission) => orderOf(lifeline, typeOf(emission))),
  ];
}

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
  'request io.handBack': 'connection',
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
