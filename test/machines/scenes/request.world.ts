/**
 * The world of a client's request: what its user, its socket (request.peer.ts), its answer and the clock can say.
 *
 * abort() destroys at once. The head is fixed before the first write; one that allows no body may be made anew until the
 * message ends, and one that has not left may be taken back. An end is lost on a message without a head whose socket is somebody else's. A socket that is destroyed
 * doesn't drain. The kernel has the last byte once on each socket. A listener of what is told before ‘close’ may still
 * destroy.
 */
import type { OutgoingEvent } from '../../../src/events/message.js';
import type { RequestEvent } from '../../../src/events/request.js';
import type { World } from '../kit/explore.js';
import { isProtocolChange, mayCome, type Peer, peerAfter, unassigned } from './request.peer.js';

export type Event = Exclude<OutgoingEvent, { type: 'net.closed' }> | RequestEvent;
type Told = { readonly type: string };

/** Whose the socket is, and what is to become of the request. */
type Line =
  /** A socket is asked for. */
  | 'waiting'
  | 'own'
  /** The socket was dead, and is going; then a fresh one is asked for. */
  | 'retrying'
  | 'released'
  | 'upgraded'
  /** Destroyed, aborted without a socket. */
  | 'doomed'
  | 'withdrawn'
  /** Destroyed with one. */
  | 'cut'
  | 'failed'
  /** Its answer said close: what is owed isn't sent. */
  | 'ceased'
  /** The reader of the answer is told that it is cut. */
  | 'losing'
  | 'over';

export interface Around extends Peer {
  readonly head: 'none' | 'bare' | 'full';
  /** The head, or more, was handed over. */
  readonly wrote: boolean;
  /** The body is not as long as the head says: the connection is not kept. */
  readonly miscounted: boolean;
  readonly ended: boolean;
  readonly destroyed: boolean;
  /** It is destroyed by what the last event caused, behind something that was told. */
  readonly fresh: boolean;
  /** `late`: abort() was called behind ‘close’. */
  readonly abort: 'none' | 'due' | 'late' | 'emitted';
  readonly line: Line;
  readonly answer: 'awaited' | 'reading' | 'whole' | 'read' | 'spoiled' | 'cancelled' | 'over';
  readonly reader: 'none' | 'reading' | 'whole' | 'ended' | 'cancelled';
  /** The writer waits for ‘drain’. */
  readonly waits: boolean;
  /** The last byte is with the writer. */
  readonly handed: boolean;
  readonly prefinished: boolean;
  readonly flushed: boolean;
  readonly finished: boolean;
  /** The answer was whole, and said close, before all had left. */
  readonly ceasing: boolean;
  readonly ticks: number;
}

const begins: Around = {
  ...unassigned,
  head: 'none',
  wrote: false,
  miscounted: false,
  ended: false,
  destroyed: false,
  fresh: false,
  abort: 'none',
  line: 'waiting',
  answer: 'awaited',
  reader: 'none',
  waits: false,
  handed: false,
  prefinished: false,
  flushed: false,
  finished: false,
  ceasing: false,
  ticks: 0,
};

/** Whether the machine would have the request sent again. */
export const isRetry = ({ retriable }: { readonly retriable: boolean }, { line, second }: Around) =>
  retriable && line === 'own' && !second;

/** Whether a failure of a socket that this side has cut is told: there is no answer that it could be told of. */
export const mayFailCut = ({ line, answer }: Around) =>
  line === 'cut' && ['awaited', 'whole', 'read', 'spoiled', 'over'].includes(answer);

/** The answer was whole and said close, and this turn is over: what has not left isn't sent (RFC 9112 §9.5). */
export const isCeased = ({ line, ceasing, finished }: Around) => line === 'own' && ceasing && !finished;

/** Whether nothing more can leave. */
export const isGone = ({ line }: Around) =>
  line === 'doomed' ||
  line === 'withdrawn' ||
  line === 'cut' ||
  line === 'failed' ||
  line === 'ceased' ||
  line === 'losing' ||
  line === 'over';

function may(around: Around, told: Told): boolean {
  const event = told as Event;
  const { head, ended, destroyed, reader } = around;
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
      return head !== 'none' && around.line === 'own';
    case 'net.flushed':
      return around.handed && around.writes && !around.flushed;
    case 'response.handedOver':
      return around.line === 'upgraded';
    case 'response.ended':
      if (event.keeps && around.miscounted) return false;
      // A stream that was destroyed with its end before it may tell that, too.
      return reader === 'whole' || (reader === 'cancelled' && around.answer === 'cancelled');
    case 'response.cancelled':
      return reader === 'reading' || reader === 'whole';
    case 'response.failed':
      return around.line === 'losing' && reader === 'cancelled';
    case 'clock.tick':
      return around.ticks > 0;
    default:
      return mayCome(around, event) === true;
  }
}

function after(before: Around, told: Told, emitted: readonly Told[]): Around {
  const event = told as Event;
  const { type } = event;
  const emits = (name: string) => emitted.some((each) => each.type === name);
  const ends = emits('req.close') || emits('io.release');
  return {
    ...peerAfter(before, told, emitted),
    head: headAfter(before, event),
    wrote: before.wrote || type === 'user.write' || type === 'user.flush',
    miscounted: before.miscounted || type === 'user.miscounted',
    ended: before.ended || (type === 'user.end' && (before.head !== 'none' || isGone(before))),
    destroyed: before.destroyed || type === 'user.destroy' || ends,
    fresh: ends && !before.destroyed && emitted[0]?.type.startsWith('req.') === true,
    abort: abortAfter(before, type, emits('req.abort')),
    line: lineAfter(before, event),
    answer: answerAfter(before, event),
    reader: readerAfter(before, event),
    waits: type === 'net.full' || (before.waits && type !== 'net.drained'),
    handed: before.handed || (emits('io.end') && !isGone(before)),
    prefinished: before.prefinished || emits('req.prefinish'),
    flushed: !emits('io.retry') && (before.flushed || type === 'net.flushed'),
    finished: before.finished || emits('req.finish'),
    ceasing: lineAfter(before, event) === 'own' && (before.ceasing || ceases(before, event)),
    ticks: before.ticks + emitted.filter((each) => each.type === 'io.tick').length - (type === 'clock.tick' ? 1 : 0),
  };
}

/** Whether a message of the peer's is the end of what is to be sent. */
export const ceases = ({ line, answer, parser, finished }: Around, event: Event): boolean =>
  event.type === 'wire.complete' &&
  !event.keeps &&
  line === 'own' &&
  answer === 'reading' &&
  parser === 'inBody' &&
  !finished;

function headAfter({ head }: Around, event: Event): Around['head'] {
  if (event.type === 'user.headRecalled') return 'none';
  if (event.type !== 'user.head') return head;
  return event.bodyless ? 'bare' : 'full';
}

function abortAfter({ abort, line }: Around, type: string, tells: boolean): Around['abort'] {
  if (tells) return 'emitted';
  if (type !== 'user.abort') return abort;
  return line === 'over' ? 'late' : 'due';
}

function answerAfter({ answer, parser }: Around, event: Event): Around['answer'] {
  switch (event.type) {
    case 'wire.head':
      if (isWhole(answer) || (answer === 'awaited' && isProtocolChange(event))) return 'over';
      return answer === 'awaited' && event.kind === 'final' ? 'reading' : answer;
    case 'wire.complete':
      return answer === 'reading' && parser === 'inBody' ? 'whole' : answer;
    case 'response.ended':
      if (answer !== 'whole') return answer;
      return event.keeps ? 'read' : 'over';
    case 'user.miscounted':
      return answer === 'read' ? 'spoiled' : answer;
    case 'response.cancelled':
      return answer === 'reading' || answer === 'whole' ? 'cancelled' : answer;
    default:
      return answer;
  }
}

/** Whether the answer is whole, and another would be one too many. */
export const isWhole = (answer: Around['answer']) => answer === 'whole' || answer === 'read' || answer === 'spoiled';

function readerAfter({ reader, answer }: Around, { type, ...event }: Event): Around['reader'] {
  switch (type) {
    case 'wire.head':
      return answer === 'awaited' && 'kind' in event && event.kind === 'final' ? 'reading' : reader;
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
  const { line, answer } = before;
  switch (event.type) {
    case 'net.attached':
      return line === 'waiting' ? 'own' : line;
    case 'net.refused':
      if (line === 'withdrawn') return 'doomed';
      return line === 'waiting' ? 'over' : line;
    case 'user.abort':
    case 'user.destroy':
      if (line === 'waiting' || line === 'retrying') return event.type === 'user.abort' ? 'withdrawn' : 'doomed';
      return line === 'own' ? 'cut' : line;
    case 'wire.head':
      if (line !== 'own' || answer !== 'awaited' || !isProtocolChange(event)) return line;
      return event.hasListener ? 'upgraded' : 'failed';
    case 'wire.malformed':
      return line === 'own' ? 'failed' : line;
    case 'net.ended':
      if (isRetry(event, before)) return 'retrying';
      return line === 'own' && answer === 'awaited' ? 'failed' : line;
    case 'net.failed':
      if (isRetry(event, before)) return 'retrying';
      return line === 'own' || mayFailCut(before) ? 'failed' : line;
    case 'net.closed':
      if (line === 'retrying' || isRetry(event, before)) return 'waiting';
      if (line === 'ceased') return 'over';
      if (line !== 'own' && line !== 'cut' && line !== 'failed') return line;
      return answer === 'reading' ? 'losing' : 'over';
    case 'net.flushed':
      return line === 'own' && answer === 'read' ? 'released' : line;
    case 'response.ended': {
      const mayGo = line === 'own' || line === 'cut' || line === 'failed';
      return mayGo && event.keeps && before.finished && answer !== 'cancelled' ? 'released' : line;
    }
    case 'response.handedOver':
      return 'over';
    case 'response.failed':
      return 'over';
    case 'clock.tick':
      if (isCeased(before)) return 'ceased';
      return line === 'doomed' || line === 'withdrawn' || line === 'released' ? 'over' : line;
    default:
      return line;
  }
}

export const world: World<Around> = { begins, may, after };
