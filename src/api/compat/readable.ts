/**
 * Where the order of a stream's last events isn't what is wanted. The names are those that `stream.Readable` has had since
 * Node 14.
 *
 * `settle`: a stream that nobody has touched, put where reading it to its end would have brought it. Ending a stream in the
 * ordinary way takes five turns of the tick queue. For the request of a GET whose answer is out, when nobody listens to
 * either of the two, what remains is the same: `readableEnded`, `destroyed` and `closed` are true, and `stream.finished`
 * calls back without an error.
 *
 * `holdClose`: a stream that is destroyed emits 'error' and 'close' in one breath. Node's documents put the 'close' of a
 * request between those of its response.
 *
 * `readAhead`: whether a stream fills its buffer by itself. An incoming message doesn't until somebody reads it, because an
 * unread body is dumped.
 */
import type { Readable } from 'node:stream';

interface ReadableState {
  ended: boolean;
  endEmitted: boolean;
  destroyed: boolean;
  closed: boolean;
  closeEmitted: boolean;
  emitClose: boolean;
  readingMore: boolean;
}

interface WithState extends Readable {
  readonly _readableState: ReadableState;
}

const stateOf = (stream: Readable): ReadableState => (stream as WithState)._readableState;

export function settle(stream: Readable): void {
  const state = stateOf(stream);
  state.ended = true;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}

/** Leaves it to others to emit 'close'. */
export function holdClose(stream: Readable): void {
  stateOf(stream).emitClose = false;
}

export function readAhead(stream: Readable, allowed: boolean): void {
  stateOf(stream).readingMore = !allowed;
}
