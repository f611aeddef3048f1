/**
 * A stream that nobody has touched, put where reading it to its end would have brought it.
 *
 * Ending a stream in the ordinary way takes five turns of the tick queue. For the request of a GET whose answer is out,
 * when nobody listens to either of the two, what remains is the same: `readableEnded`, `destroyed` and `closed` are true,
 * and `stream.finished` calls back without an error. The names are those that `stream.Readable` has had since Node 14.
 */
import type { Readable } from 'node:stream';

interface ReadableState {
  ended: boolean;
  endEmitted: boolean;
  destroyed: boolean;
  closed: boolean;
  closeEmitted: boolean;
}

export function settle(stream: Readable): void {
  const state = (stream as unknown as { _readableState: ReadableState })._readableState;
  state.ended = true;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}
