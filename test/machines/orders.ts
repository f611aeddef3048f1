/**
 * The event orders that Node documents at the end of the description of `http.request()`, as ways through the machines of a
 * request and of its answer: what the machines are told, and what they tell. That no way leads to another end is what the
 * laws and pledges of scenes/request.ts and scenes/exchange.ts say.
 */
import type { EventLike } from '../../src/engine/actor.js';
import { Exchange, type Pair } from './kit/exchange.js';

type Told = EventLike & Readonly<Record<string, unknown>>;

const outlay = { chunk: undefined, encoding: undefined, callback: undefined };

/** `http.get()`: the head is fixed, and the message ended. */
const asked: readonly Told[] = [
  { type: 'user.head', last: false, bodyless: false },
  { type: 'user.end', ...outlay },
];
const assigned: readonly Told[] = [{ type: 'net.attached' }, { type: 'net.opened', writable: true }];
const flushed = { type: 'net.flushed', hasListener: true };
const sent: readonly Told[] = [...asked, ...assigned, flushed];
const response = { type: 'wire.head', head: 'kept', kind: 'final', hasListener: true };
const closingResponse = { ...response, head: 'closing' };
const interim = { ...response, kind: 'interim' };
const body = { type: 'wire.body', chunk: new Uint8Array(1) };
const complete = { type: 'wire.complete', hasListener: true, keeps: true, unread: false };
const failed = { type: 'net.failed', retriable: false };
const ended = { type: 'net.ended', retriable: false };
const closed = { type: 'net.closed', retriable: false };
const dead = { type: 'net.closed', retriable: true };
const destroy = { type: 'user.destroy' };
/** abort() destroys. */
const abort: readonly Told[] = [{ type: 'user.abort' }, destroy];
const turn = { type: 'clock.turn' };

const ASKED = ['req.socket', 'req.prefinish'];
const SENT = [...ASKED, 'req.finish'];
const ANSWERED = [...SENT, 'req.response', 'res.data'];
const CUT = ['res.aborted', 'res.error', 'req.close', 'res.close'];

export interface Order {
  readonly name: string;
  readonly told: readonly Told[];
  readonly tells: readonly string[];
}

export const documented: readonly Order[] = [
  {
    name: '1: success',
    told: [...sent, response, body, body, complete, turn],
    tells: [...SENT, 'req.response', 'res.data', 'res.data', 'res.end', 'req.close', 'res.close'],
  },
  {
    name: '2: a connection error',
    told: [...asked, ...assigned, failed, closed],
    tells: [...ASKED, 'req.error', 'req.close'],
  },
  {
    name: '3: a premature close before the response',
    told: [...sent, ended, closed],
    tells: [...SENT, 'req.error', 'req.close'],
  },
  {
    name: '4: a premature close after the response',
    told: [...sent, response, body, ended, closed, turn],
    tells: [...ANSWERED, ...CUT],
  },
  {
    name: '5: destroy() before a socket is assigned',
    told: [...asked, destroy, turn],
    tells: ['req.error', 'req.close'],
  },
  {
    name: '6: destroy() before the connection succeeds',
    told: [...asked, ...assigned, destroy, closed],
    tells: [...ASKED, 'req.error', 'req.close'],
  },
  {
    name: '7: destroy() after the response',
    told: [...sent, response, body, destroy, closed, turn],
    tells: [...ANSWERED, ...CUT],
  },
  {
    name: '8: abort() before a socket is assigned',
    told: [...asked, ...abort, turn],
    tells: ['req.abort', 'req.close'],
  },
  {
    name: '9: abort() before the connection succeeds',
    told: [...asked, ...assigned, ...abort, turn, closed],
    tells: [...ASKED, 'req.abort', 'req.error', 'req.close'],
  },
  {
    name: '10: abort() after the response',
    told: [...sent, response, body, ...abort, turn, closed, turn],
    tells: [...ANSWERED, 'req.abort', ...CUT],
  },
];

export const further: readonly Order[] = [
  {
    name: 'a timeout only tells that',
    told: [...sent, { type: 'net.timedOut' }, response, { type: 'net.timedOut' }, complete, turn],
    tells: [...SENT, 'req.timeout', 'req.response', 'req.timeout', 'res.timeout', 'res.end', 'req.close', 'res.close'],
  },
  {
    name: 'success on a connection that isn’t kept',
    told: [...sent, closingResponse, body, complete, turn, closed],
    tells: [...ANSWERED, 'res.end', 'res.close', 'req.close'],
  },
  {
    name: 'an answer before the whole request was sent',
    told: [asked[0]!, ...assigned, response, body, complete, turn, asked[1]!, flushed, turn],
    tells: [
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
    name: 'an answer that says close before the whole request was sent',
    told: [asked[0]!, ...assigned, response, body, { ...complete, keeps: false }, turn, closed],
    tells: ['req.socket', 'req.response', 'res.data', 'res.end', 'res.close', 'req.close'],
  },
  {
    name: 'interim answers',
    told: [...sent, { type: 'wire.continue' }, interim, complete, interim, complete, response, complete, turn],
    tells: [
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
    name: 'no socket to be had',
    told: [...asked, { type: 'net.refused' }],
    tells: ['req.error', 'req.close'],
  },
  {
    name: 'a reset after the response',
    told: [...sent, response, body, failed, closed, turn],
    tells: [...ANSWERED, 'req.error', ...CUT],
  },
  {
    name: 'a malformed answer',
    told: [...sent, { type: 'wire.malformed' }, closed],
    tells: [...SENT, 'req.error', 'req.close'],
  },
  {
    name: 'a malformed rest of an answer',
    told: [...sent, response, body, { type: 'wire.malformed' }, closed, turn],
    tells: [...ANSWERED, 'req.error', ...CUT],
  },
  {
    name: 'destroy() of the response',
    told: [...sent, response, body, { type: 'reader.destroy' }, closed, turn],
    tells: [...ANSWERED, 'res.aborted', 'req.close', 'res.close'],
  },
  {
    name: 'a change of protocol',
    told: [...sent, { ...response, kind: 'upgrade' }],
    tells: [...SENT, 'req.upgrade', 'req.close'],
  },
  {
    name: 'a change of protocol that nobody listens to',
    told: [...sent, { ...response, kind: 'upgrade', hasListener: false }, closed],
    tells: [...SENT, 'req.error', 'req.close'],
  },
  {
    name: 'a reused socket that was dead',
    told: [...asked, ...assigned, dead, ...assigned, flushed, response, body, complete, turn],
    tells: [...ASKED, 'req.socket', 'req.finish', 'req.response', 'res.data', 'res.end', 'req.close', 'res.close'],
  },
  {
    name: 'a reused socket that was dead, and a fresh one that is',
    told: [...asked, ...assigned, dead, ...assigned, dead],
    tells: [...ASKED, 'req.socket', 'req.error', 'req.close'],
  },
];

/** What the programmer hears of. */
export function tellingsOf(told: readonly Told[], machines?: Pair): string[] {
  const tellings: string[] = [];
  const exchange = new Exchange(({ type }) => {
    if (type.startsWith('req.') || type.startsWith('res.')) tellings.push(type);
  }, machines);
  for (const event of told) exchange.send(event);
  return tellings;
}
