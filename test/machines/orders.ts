/**
 * The event orders that Node documents at the end of the description of `http.request()`, as paths through the machines of a
 * request and of its response: the events they receive, and those they emit. The laws and pledges of scenes/request.ts and
 * scenes/exchange.ts ensure that no path ends differently.
 */
import type { EventLike } from '../../src/engine/actor.js';
import { Exchange, type Pair } from './kit/exchange.js';

type Sent = EventLike & Readonly<Record<string, unknown>>;

const nothing = { chunk: undefined, encoding: undefined, callback: undefined };

/** `http.get()`: the head is fixed, and the message ended. */
const asked: readonly Sent[] = [
  { type: 'user.head', last: false, bodyless: false },
  { type: 'user.end', ...nothing },
];
const assigned: readonly Sent[] = [{ type: 'net.attached' }, { type: 'net.opened', writable: true }];
const flushed = { type: 'net.flushed', hasListener: true };
const sent: readonly Sent[] = [...asked, ...assigned, flushed];
const response = { type: 'wire.head', head: 'kept', kind: 'final', hasListener: true };
const closingResponse = { ...response, head: 'closing' };
const interim = { ...response, kind: 'interim' };
const body = { type: 'wire.body', chunk: new Uint8Array(1) };
const complete = { type: 'wire.complete', hasListener: true, keeps: true, unread: false };
const failed = { type: 'net.failed', retriable: false, hostOrder: false };
const ended = { type: 'net.ended', retriable: false };
const closed = { type: 'net.closed', retriable: false, hostOrder: false };
const dead = { type: 'net.closed', retriable: true, hostOrder: false };
const destroy = { type: 'user.destroy' };
/** abort() destroys. */
const abort: readonly Sent[] = [{ type: 'user.abort', hostOrder: false }, destroy];
const turn = { type: 'clock.turn' };

const ASKED = ['req.socket', 'req.prefinish'];
const SENT = [...ASKED, 'req.finish'];
const RESPONDED = [...SENT, 'req.response', 'res.data'];
const CUT = ['res.aborted', 'res.error', 'req.close', 'res.close'];

export interface Order {
  readonly name: string;
  readonly events: readonly Sent[];
  readonly emitted: readonly string[];
}

export const documented: readonly Order[] = [
  {
    name: '1: success',
    events: [...sent, response, body, body, complete, turn],
    emitted: [...SENT, 'req.response', 'res.data', 'res.data', 'res.end', 'req.close', 'res.close'],
  },
  {
    name: '2: a connection error',
    events: [...asked, ...assigned, failed, closed],
    emitted: [...ASKED, 'req.error', 'req.close'],
  },
  {
    name: '3: a premature close before the response',
    events: [...sent, ended, closed],
    emitted: [...SENT, 'req.error', 'req.close'],
  },
  {
    name: '4: a premature close after the response',
    events: [...sent, response, body, ended, closed, turn],
    emitted: [...RESPONDED, ...CUT],
  },
  {
    name: '5: destroy() before a socket is assigned',
    events: [...asked, destroy, turn],
    emitted: ['req.error', 'req.close'],
  },
  {
    name: '6: destroy() before the connection succeeds',
    events: [...asked, ...assigned, destroy, closed],
    emitted: [...ASKED, 'req.error', 'req.close'],
  },
  {
    name: '7: destroy() after the response',
    events: [...sent, response, body, destroy, closed, turn],
    emitted: [...RESPONDED, ...CUT],
  },
  {
    name: '8: abort() before a socket is assigned',
    events: [...asked, ...abort, turn],
    emitted: ['req.abort', 'req.close'],
  },
  {
    name: '9: abort() before the connection succeeds',
    events: [...asked, ...assigned, ...abort, turn, closed],
    emitted: [...ASKED, 'req.abort', 'req.error', 'req.close'],
  },
  {
    name: '10: abort() after the response',
    events: [...sent, response, body, ...abort, turn, closed, turn],
    emitted: [...RESPONDED, 'req.abort', ...CUT],
  },
];

export const further: readonly Order[] = [
  {
    name: 'a timeout, which ends nothing',
    events: [...sent, { type: 'net.timedOut' }, response, { type: 'net.timedOut' }, complete, turn],
    emitted: [
      ...SENT,
      'req.timeout',
      'req.response',
      'req.timeout',
      'res.timeout',
      'res.end',
      'req.close',
      'res.close',
    ],
  },
  {
    name: 'success on a connection that isn’t kept',
    events: [...sent, closingResponse, body, complete, turn, closed],
    emitted: [...RESPONDED, 'res.end', 'res.close', 'req.close'],
  },
  {
    name: 'a response before the whole request was sent',
    events: [asked[0]!, ...assigned, response, body, complete, turn, asked[1]!, flushed, turn],
    emitted: [
      'req.socket',
      'req.response',
      'res.data',
      'res.end',
      'res.close',
      'req.prefinish',
      'req.finish',
      'req.close',
    ],
  },
  {
    name: 'a response with close before the whole request was sent',
    events: [asked[0]!, ...assigned, response, body, { ...complete, keeps: false }, turn, closed],
    emitted: ['req.socket', 'req.response', 'res.data', 'res.end', 'res.close', 'req.close'],
  },
  {
    name: 'interim responses',
    events: [...sent, { type: 'wire.continue' }, interim, complete, interim, complete, response, complete, turn],
    emitted: [
      ...SENT,
      'req.continue',
      'req.information',
      'req.information',
      'req.response',
      'res.end',
      'req.close',
      'res.close',
    ],
  },
  {
    name: 'no socket available',
    events: [...asked, { type: 'net.refused' }],
    emitted: ['req.error', 'req.close'],
  },
  {
    name: 'a reset after the response',
    events: [...sent, response, body, failed, closed, turn],
    emitted: [...RESPONDED, 'req.error', ...CUT],
  },
  {
    name: 'a malformed response',
    events: [...sent, { type: 'wire.malformed' }, closed],
    emitted: [...SENT, 'req.error', 'req.close'],
  },
  {
    name: 'a malformed rest of a response',
    events: [...sent, response, body, { type: 'wire.malformed' }, closed, turn],
    emitted: [...RESPONDED, 'req.error', ...CUT],
  },
  {
    name: 'destroy() of the response',
    events: [...sent, response, body, { type: 'reader.destroy' }, closed, turn],
    emitted: [...RESPONDED, 'res.aborted', 'req.close', 'res.close'],
  },
  {
    name: 'a change of protocol',
    events: [...sent, { ...response, kind: 'upgrade' }],
    emitted: [...SENT, 'req.upgrade', 'req.close'],
  },
  {
    name: 'a change of protocol without a listener',
    events: [...sent, { ...response, kind: 'upgrade', hasListener: false }, closed],
    emitted: [...SENT, 'req.error', 'req.close'],
  },
  {
    name: 'a reused socket that was dead',
    events: [...asked, ...assigned, dead, ...assigned, flushed, response, body, complete, turn],
    emitted: [...ASKED, 'req.socket', 'req.finish', 'req.response', 'res.data', 'res.end', 'req.close', 'res.close'],
  },
  {
    name: 'a reused socket that was dead, and a new one that is',
    events: [...asked, ...assigned, dead, ...assigned, dead],
    emitted: [...ASKED, 'req.socket', 'req.error', 'req.close'],
  },
];

const CUT_ON_HOST = ['res.aborted', 'req.close', 'res.error', 'res.close'];

/** What the host emits where that is another order. */
const onHost: Readonly<Record<string, readonly string[]>> = {
  '4: a premature close after the response': [...RESPONDED, ...CUT_ON_HOST],
  '7: destroy() after the response': [...RESPONDED, ...CUT_ON_HOST],
  '10: abort() after the response': [...RESPONDED, 'req.abort', ...CUT_ON_HOST],
  'a reset after the response': [...RESPONDED, 'req.error', ...CUT_ON_HOST],
  'a malformed rest of a response': [...RESPONDED, 'req.error', ...CUT_ON_HOST],
};

const asOnHost = (event: Sent): Sent => ('hostOrder' in event ? { ...event, hostOrder: true } : event);

/** The same situations in the host's order, and those in which it differs only there. */
export const inHostOrder: readonly Order[] = [
  ...[...documented, ...further].map(({ name, events, emitted }) => ({
    name,
    events,
    emitted: onHost[name] ?? emitted,
  })),
  {
    name: 'abort() before a socket is assigned, which comes in that turn',
    events: [...asked, ...abort, assigned[0]!, turn],
    emitted: ['req.close', 'req.abort'],
  },
  {
    name: 'destroy(error) after the response',
    events: [...sent, response, body, destroy, failed, closed, turn],
    emitted: [...RESPONDED, 'req.error', ...CUT_ON_HOST],
  },
  {
    name: 'abort() as the socket closes',
    events: [...sent, abort[0]!, destroy, closed, turn],
    emitted: [...SENT, 'req.error', 'req.close', 'req.abort'],
  },
  {
    name: 'abort() in ‘end’ of the response',
    events: [...sent, response, body, complete, { type: 'clock.tick' }, ...abort, turn],
    emitted: [...RESPONDED, 'res.end', 'req.close', 'req.abort', 'res.close'],
  },
].map((order) => ({ ...order, events: order.events.map(asOnHost) }));

/** The events that the program receives. */
export function emittedOf(events: readonly Sent[], machines?: Pair): string[] {
  const emitted: string[] = [];
  const exchange = new Exchange(({ type }) => {
    if (type.startsWith('req.') || type.startsWith('res.')) emitted.push(type);
  }, machines);
  for (const event of events) exchange.send(event);
  return emitted;
}
