/** A client's request: its laws in its world (request.world.ts). */
import type { EventLike } from '../../../src/engine/actor.js';
import { requestMachine } from '../../../src/machines/request.js';
import { alphabets } from '../alphabet.js';
import { alone } from '../kit/course.js';
import type { Scene } from '../kit/explore.js';
import {
  atMostOnce,
  atRest,
  carries,
  causes,
  inOrder,
  isIn,
  type Law,
  neverAfter,
  of,
  onlyAfter,
  type Pledge,
} from '../kit/laws.js';
import { isHeld, isProtocolChange } from './request.peer.js';
import {
  type Around,
  ceases,
  type Event,
  isAborting,
  isCeased,
  isGone,
  isRetry,
  isWhole,
  mayFailCut,
  worldOf,
} from './request.world.js';

const FINAL = ['req.response', 'req.upgrade', 'req.connect'];
const EMITTED = [
  'req.socket',
  ...FINAL,
  'req.continue',
  'req.information',
  'req.timeout',
  'req.abort',
  'req.prefinish',
  'req.finish',
  'req.drain',
  'req.error',
  'req.close',
];

/** The error of a misused call comes with the event; the error of a failure is known to the host. */
const isFailure = (event: EventLike) => event.type === 'req.error' && !('error' in event);

/** The reason of the error; undefined for that of a misused call. */
function causeOf({ line }: Around, { type }: Event): string | undefined {
  if (type === 'user.misused') return undefined;
  if (type === 'wire.head') return 'unclaimed';
  if (type === 'clock.tick' || type === 'net.attached') return 'destroyed';
  if (type === 'net.ended') return 'hungUp';
  if (type === 'net.closed') return line === 'cut' ? 'destroyed' : 'hungUp';
  return 'fault';
}

function abortionOf(around: Around): string {
  if (!isAborting(around)) return around.abort;
  return around.hostOrder ? 'deferred' : 'due';
}

function responseOf({ response, parser }: Around): string {
  if (response === 'whole') return 'complete';
  return response === 'awaited' && parser === 'inInterim' ? 'awaited.interim' : response;
}

const rules: Law<Around>[] = [
  ...['req.abort', 'req.prefinish', 'req.finish', 'req.close'].map(atMostOnce),
  ...['io.spoil', 'io.release', 'io.free', 'io.retry', 'io.abort', 'io.detach'].map(atMostOnce),
  // One final response to one request (RFC 9112 §9.2).
  atMostOnce(FINAL),
  of('not of a misused call', isFailure, atMostOnce('req.error')),
  neverAfter(
    'req.close',
    EMITTED.filter((type) => type !== 'req.abort'),
  ),
  atRest(
    '‘abort’ is emitted before ‘close’ in the documented order',
    ({ world }) => world.line !== 'over' || world.abort !== 'due' || world.hostOrder,
  ),
  neverAfter('req.close', ['io.write', 'io.flush', 'io.release', 'io.retry', 'io.abort', 'io.hangUp', 'io.endSoon']),
  neverAfter(FINAL, ['req.continue', 'req.information', 'io.retry']),
  neverAfter('io.release', ['io.destroy', 'io.hangUp', 'io.endSoon', 'io.retry', 'io.abort']),
  onlyAfter('net.attached', [...FINAL, 'io.release']),
  onlyAfter(['net.attached', 'user.forsake'], 'io.destroy'),
  onlyAfter('user.end', 'req.prefinish'),
  onlyAfter('req.prefinish', 'req.finish'),
  onlyAfter(['user.abort', 'user.destroy', 'user.forsake'], 'io.withdraw'),
  onlyAfter('io.release', 'io.free'),
  onlyAfter('net.closed', ['io.retry', 'io.abort']),
  // ‘abort’ precedes what it causes, ‘error’ the end of the socket, and ‘close’ the next request's use of the socket.
  inOrder('req.abort', ['req.error', 'req.close', 'io.abort']),
  inOrder('req.error', ['io.destroy', 'req.close']),
  inOrder('req.close', 'io.free'),
  inOrder('io.returnSocket', ['req.error', 'req.close']),
  // The socket is detached before the program gets it, and given back before ‘finish’.
  inOrder('io.detach', ['io.receive', ...FINAL]),
  // Orders come before emissions.
  inOrder('io.attach', 'req.socket'),
  inOrder('req.socket', 'io.open'),
  inOrder('io.receive', FINAL),
  carries('io.receive', 'upgrades', (_before, event) =>
    isProtocolChange(event as Extract<Event, { type: 'wire.head' }>),
  ),
  carries('io.abort', 'hostOrder', ({ hostOrder }) => hostOrder),
  carries('req.error', 'because', (before, event) => causeOf(before, event as Event)),
  inOrder('io.release', 'req.finish'),
  inOrder('req.response', 'io.dump'),
  inOrder('io.end', 'req.prefinish'),
  atRest(
    '‘close’ was emitted at the end',
    ({ matches, world }) => matches('line.gone.closed') === (world.line === 'over'),
  ),
  atRest('abort() is remembered', ({ matches, world }) => matches(`abortion.${abortionOf(world)}`)),
  atRest('the response is in the state of the world', ({ matches, world }) => matches(`response.${responseOf(world)}`)),
  atRest('the second socket is marked as such', ({ matches, world }) => {
    return matches('line.attached.second') === (world.line === 'attached' && world.second && !world.ceasing);
  }),
  atRest('the rest of a request is not sent after a response with close', ({ matches, world }) => {
    return matches('line.attached.ceasing') === (world.line === 'attached' && world.ceasing);
  }),
  atRest('a request that can’t be sent is gone', ({ matches, world }) => matches('line.gone') === isGone(world)),
  ...isIn<Around>({
    'message.streaming': ({ head, ended }) => head === 'full' && !ended,
    'message.bare': ({ head, ended }) => head === 'bare' && !ended,
    'message.queued': ({ handed, prefinished }) => handed && !prefinished,
    'message.finished': ({ finished }) => finished,
    'flow.full': ({ waits }) => waits,
  }),
];

const emissions: Law<Around> = causes(
  ['req.socket', 'req.upgrade', 'req.connect', 'req.abort', 'req.error', 'req.close'],
  (sent, before) => {
    const event = sent as Event;
    const { line, response } = before;
    const abort = isAborting(before) && !before.hostOrder ? ['req.abort'] : [];
    switch (event.type) {
      case 'clock.aborted':
        return ['req.abort'];
      case 'net.attached':
        if (line === 'renounced') return ['req.close'];
        if (line === 'forsaken') return ['req.error', 'req.close'];
        return line === 'waiting' ? ['req.socket'] : [];
      case 'net.refused':
        return line === 'waiting' || line === 'forsaken' ? ['req.error', 'req.close'] : [];
      case 'user.misused':
        return line === 'waiting' || line === 'retrying' || line === 'attached' ? ['req.error'] : [];
      case 'wire.head': {
        if (line !== 'attached' || response !== 'awaited' || !isProtocolChange(event)) return [];
        return [event.hasListener ? `req.${event.kind}` : 'req.error'];
      }
      case 'wire.malformed':
        return line === 'attached' ? ['req.error'] : [];
      case 'net.ended':
        return line === 'attached' && response === 'awaited' && !isRetry(event, before) ? ['req.error'] : [];
      case 'net.failed': {
        const fails = (line === 'attached' && !isRetry(event, before)) || mayFailCut(before);
        return fails ? ['req.error'] : [];
      }
      case 'net.closed':
        return [...abort, ...end(before, isRetry(event, before))];
      case 'response.failed':
      case 'response.handedOver':
        return [...abort, 'req.close'];
      case 'clock.tick':
        if (line === 'doomed') return [...abort, 'req.error', 'req.close'];
        return line === 'withdrawn' || line === 'renounced' || line === 'released' ? [...abort, 'req.close'] : abort;
      default:
        return [];
    }
  },
);

/** What the program receives when the socket closes. */
function end({ line, response }: Around, isSentAgain: boolean): readonly string[] {
  const isOurs = line === 'attached' || line === 'cut';
  if (line === 'ceased') return ['req.close'];
  if (isSentAgain || (!isOurs && line !== 'failed') || response === 'reading') return [];
  return isOurs && response === 'awaited' ? ['req.error', 'req.close'] : ['req.close'];
}

/** What abort() orders besides the tick for ‘abort’. In the host's order the tick for ‘close’ is not that for ‘abort’. */
function abortsBy({ line, hostOrder }: Around): readonly string[] {
  if (line === 'attached') return ['io.destroy'];
  const withdraws = line === 'waiting' ? ['io.withdraw'] : [];
  return hostOrder && (line === 'waiting' || line === 'retrying') ? [...withdraws, 'io.tick'] : withdraws;
}

const orders: Law<Around> = causes(
  [
    'io.attach',
    'io.open',
    'io.writeKept',
    'io.withdraw',
    'io.returnSocket',
    'io.detach',
    'io.destroy',
    'io.hangUp',
    'io.endSoon',
    'io.retry',
    'io.abort',
    'io.release',
    'io.tick',
    'io.tickAbort',
    'io.free',
  ],
  (sent, before) => {
    const event = sent as Event;
    const { line, response, finished } = before;
    switch (event.type) {
      case 'user.abort':
        return [before.hostOrder ? 'io.tickAbort' : 'io.tick', ...abortsBy(before)];
      case 'user.destroy':
        if (line === 'waiting') return ['io.withdraw', 'io.tick'];
        if (line === 'retrying') return ['io.tick'];
        return line === 'attached' || line === 'failed' || line === 'upgraded' ? ['io.destroy'] : [];
      case 'user.forsake':
        if (before.hostOrder) return ['io.destroy'];
        return line === 'waiting' ? ['io.withdraw', 'io.tick'] : [];
      case 'net.attached':
        if (line === 'waiting') return ['io.attach', 'io.open'];
        return isGone(before) ? ['io.returnSocket'] : [];
      case 'net.opened':
        return line === 'attached' && event.writable ? ['io.writeKept'] : [];
      case 'wire.head':
        if (isWhole(response)) return ['io.destroy'];
        if (line !== 'attached' || response !== 'awaited' || !isProtocolChange(event)) return [];
        return event.hasListener ? ['io.detach'] : ['io.destroy'];
      case 'wire.malformed':
        return line === 'attached' ? ['io.destroy'] : [];
      case 'net.failed':
        return line === 'attached' && !isRetry(event, before) ? ['io.destroy'] : [];
      case 'net.ended':
        if (line !== 'attached') return [];
        return response === 'awaited' || response === 'reading' ? ['io.destroy'] : ['io.hangUp'];
      case 'net.closed':
        if (line === 'retrying' || isRetry(event, before)) return ['io.retry'];
        return response === 'reading' && (line === 'attached' || line === 'cut' || line === 'failed')
          ? ['io.abort']
          : [];
      case 'net.flushed':
        if (line === 'attached' && response === 'spoiled') return ['io.endSoon'];
        return line === 'attached' && response === 'read' ? ['io.release', 'io.tick'] : [];
      case 'response.ended':
        if (line === 'attached' && !event.keeps) return ['io.endSoon'];
        if (line !== 'attached' && line !== 'cut' && line !== 'failed') return [];
        return event.keeps && finished && response !== 'cancelled' ? ['io.release', 'io.tick'] : [];
      case 'wire.complete':
        return ceases(before, event) ? ['io.tick'] : [];
      case 'clock.tick':
        if (isCeased(before)) return ['io.destroy'];
        return line === 'released' ? ['io.free'] : [];
      default:
        return [];
    }
  },
);

/** The expected emissions about the response and the message, by family, for an event in a world. */
const replies: Law<Around>[] = [
  causes(['req.continue', 'req.information', 'io.receive', 'req.response', 'io.dump'], (sent, { response, line }) => {
    const event = sent as Event;
    if (response !== 'awaited') return [];
    if (event.type === 'wire.continue') return ['req.continue'];
    if (event.type !== 'wire.head') return [];
    if (isProtocolChange(event)) return line === 'attached' && event.hasListener ? ['io.receive'] : [];
    if (event.kind === 'interim') return ['req.information'];
    return ['io.receive', 'req.response', ...(event.hasListener ? [] : ['io.dump'])];
  }),
  causes('io.awaitReader', (sent, { response, parser }) => {
    const event = sent as Event;
    const isWhole = event.type === 'wire.complete' && response === 'reading' && parser === 'inBody';
    return isWhole && event.unread ? ['io.awaitReader'] : [];
  }),
  causes('req.timeout', ({ type }, { line }) =>
    type === 'net.timedOut' && (line === 'attached' || line === 'waiting') ? ['req.timeout'] : [],
  ),
  causes(['io.write', 'io.skip', 'io.inform', 'io.rejectWrite'], ({ type }, before) => {
    if (type === 'user.inform') return [isGone(before) ? 'io.rejectWrite' : 'io.inform'];
    if (type !== 'user.write') return [];
    if (isGone(before)) return ['io.rejectWrite'];
    if (before.head === 'none') return [];
    if (before.ended) return ['io.rejectWrite'];
    return [before.head === 'bare' ? 'io.skip' : 'io.write'];
  }),
  carries('io.rejectWrite', 'because', ({ ended }, { type }) =>
    ended && type !== 'user.inform' ? 'ended' : 'destroyed',
  ),
  carries('io.end', 'bodyless', ({ head }) => head === 'bare'),
  causes('io.failCallbacks', ({ type }, before) => (type === 'user.end' && isGone(before) ? ['io.failCallbacks'] : [])),
  carries('io.failCallbacks', 'all', () => false),
  causes('io.end', ({ type }, before) =>
    type === 'user.end' && !before.ended && (before.head !== 'none' || isGone(before)) ? ['io.end'] : [],
  ),
  causes('io.spoil', ({ type }) => (type === 'user.miscounted' ? ['io.spoil'] : [])),
  causes('io.flush', ({ type }, before) =>
    type === 'user.flush' && before.head !== 'none' && !before.ended && !isGone(before) ? ['io.flush'] : [],
  ),
  causes('req.prefinish', (sent, { line, head, ended, handed, prefinished }) => {
    const event = sent as Event;
    if (event.type === 'user.end') return line === 'attached' && !ended && head !== 'none' ? ['req.prefinish'] : [];
    const mayWrite = event.type === 'net.opened' && event.writable && line === 'attached';
    return mayWrite && handed && !prefinished ? ['req.prefinish'] : [];
  }),
  causes('req.finish', ({ type }, { line, finished, prefinished }) => {
    const isLeaving = line === 'attached' || line === 'cut';
    return type === 'net.flushed' && isLeaving && prefinished && !finished ? ['req.finish'] : [];
  }),
  causes('req.drain', ({ type }, { waits, head, ended }) =>
    type === 'net.drained' && waits && head === 'full' && !ended ? ['req.drain'] : [],
  ),
];

const laws: readonly Law<Around>[] = [...rules, emissions, orders, ...replies];

const destroy = { type: 'user.destroy' };
const refused = { type: 'net.refused' };
const handedOver = { type: 'response.handedOver' };
const cancelled = { type: 'response.cancelled' };
const failed = { type: 'response.failed' };
const tick = { type: 'clock.tick' };

/** The next event of the world when the peer has vanished and the program is silent. */
function silence(retriable: boolean) {
  return (around: Around): EventLike | undefined => {
    const { line, reader } = around;
    if (around.abort === 'due' && !around.destroyed) return destroy;
    if (line === 'upgraded') return handedOver;
    if (isHeld(around)) {
      return {
        type: 'net.closed',
        retriable: retriable && around.parser === 'silent',
        hostOrder: around.hostOrder,
      } as EventLike;
    }
    if (line === 'losing') return reader === 'reading' ? cancelled : failed;
    if (around.ticks > 0) return tick;
    return around.asked ? refused : undefined;
  };
}

const isUnder = ({ line, socket, destroyed }: Around) => line !== 'over' && (socket !== 'none' || destroyed);

const pledges: readonly Pledge<Around>[] = [
  { name: 'a vanished peer ends the request', from: isUnder, next: silence(false), emits: 'req.close' },
  { name: 'a vanished peer ends the second try', from: isUnder, next: silence(true), emits: 'req.close' },
];

const ENDINGS = [
  'user.destroy',
  'user.forsake',
  'user.abort',
  'net.refused',
  'net.ended',
  'net.failed',
  'net.closed',
  'wire.malformed',
  'response.cancelled',
];

/**
 * @param isIncluded whether the scene includes the event
 * @param hostOrder whether the events have the host's order
 */
const requestScene = (isIncluded: (event: Event) => boolean, hostOrder = false): Scene<Around> => ({
  subject: alone(requestMachine),
  events: alphabets['request']!.events.filter((event) => isIncluded(event as Event)),
  world: worldOf(hostOrder),
  laws,
  pledges,
  isEnding: (sent) => {
    const event = sent as Event;
    return event.type === 'wire.head' ? isProtocolChange(event) : ENDINGS.includes(event.type);
  },
});

/** All events: too many for complete exploration. */
export const wholeRequestScene = (hostOrder: boolean) => requestScene(() => true, hostOrder);

const OF_A_BODY = ['user.headRecalled', 'user.write', 'user.flush', 'net.full', 'net.drained', 'net.shut'];

/** Any socket and any response; the request's body is left out. */
export const requestLineScene = (hostOrder: boolean) =>
  requestScene((event) => {
    if (event.type === 'user.head') return !event.last && !event.bodyless;
    if (event.type === 'wire.complete') return event.keeps;
    return !OF_A_BODY.includes(event.type);
  }, hostOrder);

const OF_A_RESPONSE = ['user.abort', 'net.refused', 'wire.continue', 'wire.malformed', 'response.cancelled'];

const isPlain = (event: Event) =>
  !('retriable' in event && event.retriable) &&
  !(event.type === 'wire.complete' && event.unread) &&
  !OF_A_RESPONSE.includes(event.type);

/** Any body, for a request with a plain response. */
export const requestMessageScene = requestScene((event) =>
  event.type === 'wire.head' ? event.kind === 'final' : isPlain(event),
);

/** Any body, for a request whose socket is handed over. */
export const requestUpgradeScene = requestScene((event) =>
  event.type === 'wire.head'
    ? event.kind === 'upgrade' && event.hasListener
    : isPlain(event) && !(event.type === 'wire.complete' && !event.keeps),
);
