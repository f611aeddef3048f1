/**
 * A client's request and its response, which is read as it arrives: the possible events of the program, the socket and the
 * clock, and the laws of both together. Events between the two are not assumed: kit/exchange.ts passes them on.
 */
import type { EventLike } from '../../../src/engine/actor.js';
import type { IncomingEvent } from '../../../src/events/message.js';
import { alphabets } from '../alphabet.js';
import type { Begin } from '../kit/course.js';
import { Exchange, type Pair } from '../kit/exchange.js';
import type { Scene } from '../kit/explore.js';
import { atMostOnce, atRest, inOrder, type Law, neverAfter, onlyAfter, type Pledge } from '../kit/laws.js';
import { isHeld, mayCome, type Peer, peerAfter, unassigned } from './request.peer.js';
import type { Event as RequestEvent } from './request.world.js';

type Event = Exclude<RequestEvent, { type: `response.${string}` }> | Extract<IncomingEvent, { type: 'wire.body' }>;
type Typed = { readonly type: string };

interface Around extends Peer {
  /** The events have the host's order. */
  readonly hostOrder: boolean;
  readonly ended: boolean;
  readonly destroyed: boolean;
  readonly aborted: boolean;
  /** The response has begun, its reader has the end, the program has destroyed it, or it has emitted ‘close’. */
  readonly reader: 'none' | 'open' | 'ended' | 'destroyed' | 'closed';
  readonly handed: boolean;
  readonly flushed: boolean;
  /** The number of deferred tasks. */
  readonly later: number;
  readonly closed: boolean;
}

const begins: Around = {
  ...unassigned,
  hostOrder: false,
  ended: false,
  destroyed: false,
  aborted: false,
  reader: 'none',
  handed: false,
  flushed: false,
  later: 0,
  closed: false,
};

function may(around: Around, sent: Typed): boolean {
  const { ended, destroyed, aborted, closed } = around;
  if (aborted && !destroyed) return sent.type === 'user.destroy';
  if ('hostOrder' in sent && sent.hostOrder !== around.hostOrder) return false;
  switch (sent.type as Event['type'] | 'reader.destroy') {
    case 'user.end':
      return !ended;
    case 'user.abort':
      return !aborted && !closed;
    case 'user.destroy':
      return !destroyed;
    case 'reader.destroy':
      return around.reader === 'open' || around.reader === 'ended';
    case 'net.flushed':
      return around.handed && around.writes && !around.flushed;
    case 'clock.tick':
      return around.later > 0;
    default:
      return mayCome(around, sent) === true;
  }
}

function after(before: Around, sent: Typed, emitted: readonly Typed[]): Around {
  const { type } = sent;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  return {
    ...peerAfter(before, sent, emitted),
    hostOrder: before.hostOrder,
    ended: before.ended || type === 'user.end',
    destroyed: before.destroyed || type === 'user.destroy' || emits('io.release') || emits('req.close'),
    aborted: before.aborted || type === 'user.abort',
    reader: readerAfter(before, type, emits),
    handed: before.handed || emits('io.end'),
    flushed: !emits('io.retry') && (before.flushed || type === 'net.flushed'),
    later: before.later + emitted.filter((each) => each.type === 'later').length - (type === 'clock.tick' ? 1 : 0),
    closed: before.closed || emits('req.close'),
  };
}

function readerAfter({ reader }: Around, type: string, emits: (name: string) => boolean): Around['reader'] {
  if (emits('res.close')) return 'closed';
  if (emits('res.aborted') || type === 'reader.destroy') return 'destroyed';
  if (emits('res.end')) return 'ended';
  return emits('req.response') ? 'open' : reader;
}

const OF_RESPONSE = ['res.data', 'res.end', 'res.timeout', 'res.aborted', 'res.error', 'res.close'];
const OF_REQUEST = ['req.socket', 'req.response', 'req.upgrade', 'req.connect', 'req.information', 'req.continue'];
const OF_BOTH = [...OF_REQUEST, 'req.prefinish', 'req.finish', 'req.abort', 'req.timeout', 'req.error', 'req.close'];

/** In both orders. */
const shared: Law<Around>[] = [
  ...['req.response', 'req.abort', 'req.error', 'req.close'].map(atMostOnce),
  ...['res.end', 'res.aborted', 'res.error', 'res.close'].map(atMostOnce),
  neverAfter('res.close', OF_RESPONSE),
  onlyAfter('req.response', OF_RESPONSE),
  onlyAfter('res.aborted', 'res.error'),
  neverAfter('res.aborted', ['res.data', 'res.end']),
  neverAfter('res.end', ['res.data', 'res.error', 'io.abort']),
  inOrder('req.abort', 'res.aborted'),
  inOrder('req.close', 'res.close'),
  atRest('a cut response is reported before the request’s ‘close’, and closes after it', ({ matches, world }) => {
    return !matches('line.gone.losing') || (!world.closed && world.reader !== 'closed');
  }),
];

const documented: Law<Around>[] = [...shared, neverAfter('req.close', [...OF_BOTH, 'res.error'])];

const ofHost: Law<Around>[] = [
  ...shared,
  neverAfter(
    'req.close',
    OF_BOTH.filter((type) => type !== 'req.abort'),
  ),
  onlyAfter('req.close', 'res.error'),
  inOrder('res.aborted', 'req.close'),
];

const destroy = { type: 'user.destroy' };
const tick = { type: 'clock.tick' };
const refused = { type: 'net.refused' };

/** The events after the peer has vanished: the close of the socket, the deferred tasks, and no other socket. */
function silence({ aborted, destroyed, later, hostOrder, ...peer }: Around): EventLike | undefined {
  if (aborted && !destroyed) return destroy;
  if (isHeld(peer)) return { type: 'net.closed', retriable: false, hostOrder } as EventLike;
  if (later > 0) return tick;
  return peer.asked ? refused : undefined;
}

const pledges: Pledge<Around>[] = [
  {
    name: 'a vanished peer leads to the request’s ‘close’',
    from: (world) => isHeld(world) && !world.closed,
    next: silence,
    emits: 'req.close',
  },
  {
    name: 'a vanished peer leads to the response’s ‘close’',
    from: (world) =>
      isHeld(world) && (world.reader === 'open' || world.reader === 'destroyed') && world.parser === 'inBody',
    next: silence,
    emits: 'res.close',
  },
  {
    name: 'a destroyed request without a socket leads to its ‘close’',
    from: ({ destroyed, closed, socket }) => destroyed && !closed && socket === 'none',
    next: silence,
    emits: 'req.close',
  },
];

const request = alphabets['request']!.events as readonly Event[];
const body: Event = { type: 'wire.body', chunk: Buffer.from('body') };

/** The end of the turn in which abort() was called is a deferred task. */
const EXCLUDED = [
  'user.head',
  'user.write',
  'user.flush',
  'user.misused',
  'net.full',
  'net.drained',
  'net.shut',
  'clock.aborted',
];

/** The response is read as it arrives, and contains close in its head only. */
const isIncluded = (event: Event) =>
  !event.type.startsWith('response.') &&
  !EXCLUDED.includes(event.type) &&
  !(event.type === 'wire.complete' && (event.unread || !event.keeps));

const head: Event = { type: 'user.head', last: false, bodyless: false, switches: false };

const closing: readonly Event[] = [{ type: 'wire.head', head: 'closing', kind: 'final', hasListener: true }];

const ENDINGS = [
  'user.destroy',
  'user.abort',
  'reader.destroy',
  'net.refused',
  'net.failed',
  'net.ended',
  'net.closed',
];

/** A request whose head is fixed. */
export const exchangeOf =
  (machines?: Pair): Begin =>
  (deliver) => {
    const exchange = new Exchange(deliver, machines);
    exchange.send(head);
    return exchange;
  };

export const exchangeScene = (hostOrder: boolean): Scene<Around> => ({
  subject: exchangeOf(),
  events: [...request.filter(isIncluded), ...closing, body, { type: 'reader.destroy' }],
  world: { begins: { ...begins, hostOrder }, may, after },
  laws: hostOrder ? ofHost : documented,
  pledges,
  isEnding: ({ type }) => ENDINGS.includes(type),
});
