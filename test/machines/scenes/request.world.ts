/**
 * The world of a client's request: the possible events of the program, the socket (request.peer.ts), the response and the clock.
 *
 * abort() destroys at once. The head is fixed before the first write; a head that allows no body may be replaced until the
 * message ends, and a head that was not sent may be taken back. end() has no effect on a message without a head that does not
 * have its socket. A destroyed socket doesn't drain. The kernel has the last byte once on each socket. A listener of an event
 * before ‘close’ may still destroy.
 */
import type { OutgoingEvent } from '../../../src/events/message.js';
import type { RequestEvent } from '../../../src/events/request.js';
import type { World } from '../kit/explore.js';
import { isProtocolChange, mayCome, type Peer, peerAfter, unassigned } from './request.peer.js';

export type Event = Exclude<OutgoingEvent, { type: 'net.closed' }> | RequestEvent;
type Typed = { readonly type: string };

/** The state of the request's line. */
type Line =
  /** A socket is requested. */
  | 'waiting'
  | 'attached'
  /** The socket was dead, and is closing; then a new one is requested. */
  | 'retrying'
  | 'released'
  | 'upgraded'
  /** Destroyed, aborted without a socket. */
  | 'doomed'
  | 'withdrawn'
  /** The latter in the host's order. */
  | 'renounced'
  /** Destroyed in it before a socket was requested. */
  | 'forsaken'
  /** Destroyed with one. */
  | 'cut'
  | 'failed'
  /** Its response contains close: the rest of the request isn't sent. */
  | 'ceased'
  /** The reader of the response is notified that it is cut. */
  | 'losing'
  | 'over';

export interface Around extends Peer {
  /** The events have the host's order. */
  readonly hostOrder: boolean;
  readonly head: 'none' | 'bare' | 'full';
  /** The head, or more, was handed over. */
  readonly wrote: boolean;
  /** The body does not have the declared length: the connection is not kept. */
  readonly miscounted: boolean;
  readonly ended: boolean;
  readonly destroyed: boolean;
  /** The last event has destroyed it after emitting something: a listener may call destroy(). */
  readonly fresh: boolean;
  /** `late`: abort() was called after ‘close’. */
  readonly abort: 'none' | 'due' | 'late' | 'emitted';
  readonly line: Line;
  readonly response: 'awaited' | 'reading' | 'whole' | 'read' | 'spoiled' | 'cancelled' | 'over';
  readonly reader: 'none' | 'reading' | 'whole' | 'ended' | 'cancelled';
  /** The writer waits for ‘drain’. */
  readonly waits: boolean;
  /** The last byte was handed to the writer. */
  readonly handed: boolean;
  readonly prefinished: boolean;
  readonly flushed: boolean;
  readonly finished: boolean;
  /** A response with close was complete before the request was sent. */
  readonly ceasing: boolean;
  readonly ticks: number;
}

const begins: Around = {
  ...unassigned,
  hostOrder: false,
  head: 'none',
  wrote: false,
  miscounted: false,
  ended: false,
  destroyed: false,
  fresh: false,
  abort: 'none',
  line: 'waiting',
  response: 'awaited',
  reader: 'none',
  waits: false,
  handed: false,
  prefinished: false,
  flushed: false,
  finished: false,
  ceasing: false,
  ticks: 0,
};

/** Whether the request is sent again. */
export const isRetry = ({ retriable }: { readonly retriable: boolean }, { line, second }: Around) =>
  retriable && line === 'attached' && !second;

/**
 * Whether the failure of a socket that our side has destroyed is emitted: there is no response that could emit it, or both do,
 * as on the host.
 */
export const mayFailCut = ({ line, response, hostOrder }: Around) =>
  line === 'cut' && (hostOrder || ['awaited', 'whole', 'read', 'spoiled', 'over'].includes(response));

/** A response with close was complete, and the turn is over: the rest of the request isn't sent (RFC 9112 §9.5). */
export const isCeased = ({ line, ceasing, finished }: Around) => line === 'attached' && ceasing && !finished;

/** Whether nothing more can be sent. */
export const isGone = ({ line }: Around) =>
  line === 'doomed' ||
  line === 'withdrawn' ||
  line === 'renounced' ||
  line === 'forsaken' ||
  line === 'cut' ||
  line === 'failed' ||
  line === 'ceased' ||
  line === 'losing' ||
  line === 'over';

/** Whether it may be one that has not asked for a socket. One that is `withdrawn` in the host's order has asked for its own. */
const isForsakable = ({ line, destroyed, asked, second, hostOrder }: Around) =>
  !destroyed &&
  asked &&
  !second &&
  (line === 'waiting' || line === 'renounced' || (line === 'withdrawn' && !hostOrder));

function may(around: Around, sent: Typed): boolean {
  const event = sent as Event;
  const { head, ended, destroyed, reader } = around;
  if ('hostOrder' in event && event.hostOrder !== around.hostOrder) return false;
  if (event.type === 'user.forsake') return isForsakable(around);
  if (around.abort === 'due' && !destroyed) return event.type === 'user.destroy';
  switch (event.type) {
    case 'user.head':
      return !ended && (head === 'none' || (head === 'bare' && !event.bodyless && !destroyed));
    case 'user.headRecalled':
      return head === 'full' && !ended && !around.wrote;
    case 'user.miscounted':
      return head === 'full' && !ended && !around.miscounted;
    case 'user.write':
    case 'user.flush':
      return head !== 'none' || ended || destroyed;
    case 'user.end':
      return ended ? !around.finished : head !== 'none' || destroyed;
    case 'user.abort':
      return around.abort === 'none';
    case 'user.destroy':
      return !destroyed || around.fresh;
    case 'user.misused':
    case 'user.inform':
      return true;
    case 'net.full':
      return head !== 'none' && !ended;
    case 'net.drained':
      return head !== 'none' && around.line === 'attached';
    case 'net.flushed':
      return around.handed && around.writes && !around.flushed;
    case 'response.handedOver':
      return around.line === 'upgraded';
    case 'response.ended':
      if (event.keeps && around.miscounted) return false;
      // A stream that was destroyed shortly before its end may still report the end.
      return reader === 'whole' || (reader === 'cancelled' && around.response === 'cancelled');
    case 'response.cancelled':
      return reader === 'reading' || reader === 'whole';
    case 'response.failed':
      return around.line === 'losing' && reader === 'cancelled';
    case 'clock.tick':
      return around.ticks > 0;
    case 'clock.aborted':
      return around.hostOrder && isAborting(around);
    default:
      return mayCome(around, event) === true;
  }
}

function after(before: Around, sent: Typed, emitted: readonly Typed[]): Around {
  const event = sent as Event;
  const { type } = event;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  const ends = emits('req.close') || emits('io.release');
  return {
    ...peerAfter(before, sent, emitted),
    hostOrder: before.hostOrder,
    head: headAfter(before, event),
    wrote: before.wrote || type === 'user.write' || type === 'user.flush',
    miscounted: before.miscounted || type === 'user.miscounted',
    ended: before.ended || (type === 'user.end' && (before.head !== 'none' || isGone(before))),
    destroyed: before.destroyed || type === 'user.destroy' || type === 'user.forsake' || ends,
    fresh: ends && !before.destroyed && emitted[0]?.type.startsWith('req.') === true,
    abort: abortAfter(before, type, emits('req.abort')),
    line: lineAfter(before, event),
    response: responseAfter(before, event),
    reader: readerAfter(before, event),
    waits: type === 'net.full' || (before.waits && type !== 'net.drained'),
    handed: before.handed || (emits('io.end') && !isGone(before)),
    prefinished: before.prefinished || emits('req.prefinish'),
    flushed: !emits('io.retry') && (before.flushed || type === 'net.flushed'),
    finished: before.finished || emits('req.finish'),
    ceasing: lineAfter(before, event) === 'attached' && (before.ceasing || ceases(before, event)),
    ticks: before.ticks + emitted.filter((each) => each.type === 'io.tick').length - (type === 'clock.tick' ? 1 : 0),
  };
}

/** Whether ‘abort’ will be emitted. */
export const isAborting = ({ abort }: Around): boolean => abort === 'due' || abort === 'late';

/** Whether a message of the peer keeps the rest of the request from being sent. */
export const ceases = ({ line, response, parser, finished }: Around, event: Event): boolean =>
  event.type === 'wire.complete' &&
  !event.keeps &&
  line === 'attached' &&
  response === 'reading' &&
  parser === 'inBody' &&
  !finished;

function headAfter({ head }: Around, event: Event): Around['head'] {
  if (event.type === 'user.headRecalled') return 'none';
  if (event.type !== 'user.head') return head;
  return event.bodyless ? 'bare' : 'full';
}

function abortAfter({ abort, line }: Around, type: string, emits: boolean): Around['abort'] {
  if (emits) return 'emitted';
  if (type !== 'user.abort') return abort;
  return line === 'over' ? 'late' : 'due';
}

function responseAfter({ response, parser }: Around, event: Event): Around['response'] {
  switch (event.type) {
    case 'wire.head':
      if (isWhole(response) || (response === 'awaited' && isProtocolChange(event))) return 'over';
      return response === 'awaited' && event.kind === 'final' ? 'reading' : response;
    case 'wire.complete':
      return response === 'reading' && parser === 'inBody' ? 'whole' : response;
    case 'response.ended':
      if (response !== 'whole') return response;
      return event.keeps ? 'read' : 'over';
    case 'user.miscounted':
      return response === 'read' ? 'spoiled' : response;
    case 'response.cancelled':
      return response === 'reading' || response === 'whole' ? 'cancelled' : response;
    default:
      return response;
  }
}

/** Whether the response is complete, so that another one would be a violation. */
export const isWhole = (response: Around['response']) =>
  response === 'whole' || response === 'read' || response === 'spoiled';

function readerAfter({ reader, response }: Around, { type, ...event }: Event): Around['reader'] {
  switch (type) {
    case 'wire.head':
      return response === 'awaited' && 'kind' in event && event.kind === 'final' ? 'reading' : reader;
    case 'wire.complete':
      return reader === 'reading' ? 'whole' : reader;
    case 'response.ended':
      return 'ended';
    case 'response.cancelled':
      return 'cancelled';
    default:
      return reader;
  }
}

function lineAfter(before: Around, event: Event): Line {
  const { line, response } = before;
  switch (event.type) {
    case 'net.attached':
      if (line === 'renounced' || line === 'forsaken') return 'over';
      return line === 'waiting' ? 'attached' : line;
    case 'net.refused':
      if (line === 'withdrawn' || line === 'renounced') return 'doomed';
      return line === 'waiting' || line === 'forsaken' ? 'over' : line;
    case 'user.forsake':
      if (before.hostOrder) return 'forsaken';
      return line === 'waiting' ? 'doomed' : line;
    case 'user.abort':
    case 'user.destroy':
      if (line === 'waiting' || line === 'retrying') {
        if (event.type === 'user.destroy') return 'doomed';
        const isRenounced = before.hostOrder && (line === 'retrying' || before.second || !event.ownsSocket);
        return isRenounced ? 'renounced' : 'withdrawn';
      }
      return line === 'attached' ? 'cut' : line;
    case 'wire.head':
      if (line !== 'attached' || response !== 'awaited' || !isProtocolChange(event)) return line;
      return event.hasListener ? 'upgraded' : 'failed';
    case 'wire.malformed':
      return line === 'attached' ? 'failed' : line;
    case 'net.ended':
      if (isRetry(event, before)) return 'retrying';
      return line === 'attached' && response === 'awaited' ? 'failed' : line;
    case 'net.failed':
      if (isRetry(event, before)) return 'retrying';
      return line === 'attached' || mayFailCut(before) ? 'failed' : line;
    case 'net.closed':
      if (line === 'retrying' || isRetry(event, before)) return 'waiting';
      if (line === 'ceased') return 'over';
      if (line !== 'attached' && line !== 'cut' && line !== 'failed') return line;
      return response === 'reading' ? 'losing' : 'over';
    case 'net.flushed':
      return line === 'attached' && response === 'read' ? 'released' : line;
    case 'response.ended': {
      const mayGo = line === 'attached' || line === 'cut' || line === 'failed';
      return mayGo && event.keeps && before.finished && response !== 'cancelled' ? 'released' : line;
    }
    case 'response.handedOver':
      return 'over';
    case 'response.failed':
      return 'over';
    case 'clock.tick':
      if (isCeased(before)) return 'ceased';
      return ['doomed', 'withdrawn', 'renounced', 'released'].includes(line) ? 'over' : line;
    default:
      return line;
  }
}

/** @param hostOrder whether the events have the host's order, or the documented one */
export const worldOf = (hostOrder: boolean): World<Around> => ({ begins: { ...begins, hostOrder }, may, after });
