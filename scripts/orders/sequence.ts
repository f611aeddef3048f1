/** A recorded run as a sequence diagram: messages between the participants, and the states of the machines. */
import type { EventLike } from '../../src/engine/args.js';
import type { StateValue } from '../../src/engine/model.js';
import type { Observation } from '../../src/engine/tap.js';
import { stateText } from '../../src/engine/text.js';
import type { Scenario } from '../../src/testing/contract/scenario.js';
import { typeOf } from '../../src/testing/render.js';
import type { Run } from './play.js';
import type { Called, Emitter, Entry } from './record.js';

const LIFELINES = ['program', 'request', 'response', 'connection', 'peer'] as const;
export type Lifeline = (typeof LIFELINES)[number];

/**
 * Kinds of messages: a call of the program, an event for the program, a fact of the world, the end of a turn, an order of a
 * machine, or bytes on the wire.
 */
export type Kind = 'call' | 'event' | 'fact' | 'time' | 'order' | 'wire';

export interface Message {
  readonly type: 'message';
  readonly from: Lifeline;
  readonly to: Lifeline;
  readonly kind: Kind;
  readonly text: string;
  /** Position among the documented events, from 1. */
  readonly place?: number;
}

/** The state of a machine from here on. */
export interface Note {
  readonly type: 'note';
  readonly at: Lifeline;
  readonly text: string;
}

export type Row = Message | Note;

export interface Sequence {
  readonly title: string;
  /** The participants, from left to right. */
  readonly lifelines: readonly Lifeline[];
  readonly rows: readonly Row[];
}

export function sequenceOf({ scenario, order, entries }: Run): Sequence {
  const reader = new Reader(scenario);
  const rows = entries.flatMap((entry) => reader.rowsOf(entry)).filter(lasts);
  const present = new Set(rows.flatMap((row) => (row.type === 'note' ? [row.at] : [row.from, row.to])));
  const title = order === scenario.order ? scenario.name : `${scenario.name}, in the order of the host`;
  return { title, lifelines: LIFELINES.filter((lifeline) => present.has(lifeline)), rows };
}

/** Whether a row is kept: a note of a state that is left at once isn't. */
function lasts(row: Row, index: number, rows: readonly Row[]): boolean {
  const next = rows[index + 1];
  return !(row.type === 'note' && next?.type === 'note' && next.at === row.at);
}

/** Reads entries in order. */
class Reader {
  private readonly listensTo: readonly string[];
  private readonly side: Side;
  /** The number of documented events so far. */
  private count = 0;
  private before = '';
  /** Orders that follow an event, by that event. */
  private readonly following = new Map<string, Row[]>();

  constructor({ listensTo, side }: Scenario) {
    this.listensTo = listensTo;
    this.side = SIDES[side];
  }

  rowsOf(entry: Entry): Row[] {
    switch (entry.kind) {
      case 'call':
        return [message('program', CALLED[entry.of], 'call', entry.text)];
      case 'event':
        return this.eventOf(entry.by, entry.event, entry.detail);
      case 'step':
        return this.stepOf(entry.observation);
      case 'wire':
        return [crossing(entry.way, summaryOf(entry.bytes))];
      case 'line':
        return [crossing(entry.way, entry.what)];
    }
  }

  private eventOf(by: Emitter, event: string, detail: string): Row[] {
    const type = `${by}.${event}`;
    const orders = this.following.get(type) ?? [];
    this.following.delete(type);
    if (!DOCUMENTED.has(event)) return orders;
    const text = `${by} '${event}'${detail === '' ? '' : ` ${detail}`}`;
    const emitted = message(EMITTERS[by], 'program', 'event', text);
    return [this.listensTo.includes(type) ? { ...emitted, place: this.placeOf(type) } : emitted, ...orders];
  }

  /** Successive 'data' events have one number. */
  private placeOf(type: string): number {
    if (type !== 'res.data' || this.before !== type) this.count++;
    this.before = type;
    return this.count;
  }

  private stepOf({ chart, event, from, to, emitted }: Observation): Row[] {
    const { machines, sources } = this.side;
    const machine = machines[chart];
    if (machine === undefined) return [];
    const { lifeline, regions } = machine;
    const isIdle = emitted.length === 0 && stateText(from) === stateText(to);
    return [
      ...(isIdle ? [] : causeOf(lifeline, event, sources)),
      ...regions.flatMap((region): Row[] => {
        const [before, after] = [placeIn(from, region), placeIn(to, region)];
        // How a connection begins goes without saying.
        const isNew = before !== after && !(regions.length > 1 && event.type === 'xstate.init');
        return isNew ? [{ type: 'note', at: lifeline, text: after }] : [];
      }),
      ...this.ordersOf(lifeline, emitted.map(typeOf)),
    ];
  }

  /** The orders before the first event. Those after an event are kept until it is recorded. */
  private ordersOf(lifeline: Lifeline, emitted: readonly string[]): Row[] {
    const first: Row[] = [];
    let orders = first;
    for (const type of emitted) {
      if (type.startsWith('io.')) orders.push(...orderOf(lifeline, type, this.side.addressees));
      else {
        orders = [];
        this.following.set(type, orders);
      }
    }
    return first;
  }
}

function message(from: Lifeline, to: Lifeline, kind: Kind, text: string): Message {
  return { type: 'message', from, to, kind, text };
}

function crossing(way: 'out' | 'in', text: string): Message {
  return way === 'out' ? message('connection', 'peer', 'wire', text) : message('peer', 'connection', 'wire', text);
}

/** The events in Node's documentation of servers, requests and responses; streams emit more. */
const DOCUMENTED = new Set([
  ...['request', 'checkContinue', 'checkExpectation', 'clientError', 'dropRequest'],
  ...['socket', 'finish', 'continue', 'information', 'response', 'upgrade', 'connect', 'timeout', 'abort'],
  ...['data', 'end', 'aborted', 'error', 'close'],
]);

const EMITTERS: Readonly<Record<Emitter, Lifeline>> = { req: 'request', res: 'response', server: 'connection' };
const CALLED: Readonly<Record<Called, Lifeline>> = { req: 'request', res: 'response', socket: 'connection' };

/** What the machines of a side are in a sequence. */
interface Side {
  /** The lifeline of a machine, and the regions that notes show; undefined for a machine without regions. */
  readonly machines: Readonly<
    Record<string, { readonly lifeline: Lifeline; readonly regions: readonly (string | undefined)[] }>
  >;
  /** The source of a machine's event. Calls of the program and orders of other machines have a row already. */
  readonly sources: Readonly<Record<string, Lifeline | undefined>>;
  /** The orders that reach another machine or the wire. */
  readonly addressees: Readonly<Record<string, Lifeline | undefined>>;
}

const SIDES: Readonly<Record<Scenario['side'], Side>> = {
  client: {
    machines: {
      request: { lifeline: 'request', regions: ['line'] },
      incomingResponse: { lifeline: 'response', regions: ['reader'] },
      clientConnection: { lifeline: 'connection', regions: [undefined] },
    },
    sources: {
      'request net': 'connection',
      'request wire': 'connection',
      'request response': 'response',
      'request clock': 'request',
      'response wire': 'connection',
      'response clock': 'response',
    },
    addressees: {
      'request io.destroy': 'connection',
      'request io.endSoon': 'connection',
      'request io.hangUp': 'connection',
      'request io.release': 'connection',
      'request io.returnSocket': 'connection',
      'request io.abort': 'response',
    },
  },
  server: {
    machines: {
      connection: { lifeline: 'connection', regions: ['reading', 'transport'] },
      incomingRequest: { lifeline: 'request', regions: ['body'] },
      response: { lifeline: 'response', regions: ['line'] },
    },
    sources: {
      'connection response': 'response',
      'connection clock': 'connection',
      'request wire': 'connection',
      'request net': 'connection',
      'request response': 'response',
      'request clock': 'request',
      'response net': 'connection',
      'response response': 'response',
      'response clock': 'response',
    },
    addressees: {
      'connection io.open': 'request',
      'connection io.reserve': 'request',
      'connection io.continue': 'response',
      'connection io.respond': 'response',
      'connection io.truncate': 'request',
      'response io.destroy': 'connection',
      'response io.last': 'connection',
      'response io.release': 'connection',
      'response io.switch': 'connection',
    },
  },
};

function placeIn(value: StateValue, region: string | undefined): string {
  if (region === undefined) return stateText(value);
  const inner = (value as Readonly<Record<string, StateValue>>)[region];
  return inner === undefined ? '' : `${region}: ${stateText(inner)}`;
}

/** Events that a host sends to its own machine. */
const OWN = new Set(['net.opened', 'net.drained']);

function causeOf(lifeline: Lifeline, { type }: EventLike, sources: Side['sources']): Row[] {
  const [kind] = type.split('.');
  const from = sources[`${lifeline} ${kind}`];
  if (from === undefined || OWN.has(type)) return [];
  return [message(from, lifeline, kind === 'clock' ? 'time' : 'fact', type)];
}

function orderOf(from: Lifeline, type: string, addressees: Side['addressees']): Row[] {
  const to = addressees[`${from} ${type}`];
  return to === undefined ? [] : [message(from, to, 'order', type)];
}

/** `GET /`, or `200 OK, 5 of 10 bytes`. */
function summaryOf(bytes: string): string {
  const [, start, fields, body] = /^(HTTP\/.*?|[A-Z]+ .*?)\r\n(?:(.*?)\r\n)?\r\n(.*)$/s.exec(bytes) ?? [];
  if (start === undefined) return `${bytes.length} bytes`;
  const [, length] = /^Content-Length: (\d+)$/m.exec(fields ?? '') ?? [];
  const line = start.replace(/ ?HTTP\/1\.1 ?/, '');
  return length === undefined ? line : `${line}, ${body!.length} of ${length} bytes`;
}
