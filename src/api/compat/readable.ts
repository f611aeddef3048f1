/**
 * What we change in a stream's private state, by the internal names that `stream.Readable` has had since Node 14.
 *
 * `settle`: puts a stream that nobody has touched into the state that reading it to its end would lead to. Ending a stream
 * in the ordinary way takes five turns of the tick queue. For a GET whose response has been sent, without listeners on
 * request or response, the result is the same: `readableEnded`, `destroyed` and `closed` are true, and `stream.finished` calls
 * back without an error.
 *
 * `holdClose`: a destroyed stream emits 'error' and then 'close' at once. Node documents the 'close' of a request between
 * these two of its response.
 *
 * `readAhead`: whether a stream fills its buffer by itself. An incoming message doesn't before somebody reads it, because an
 * unread body is dumped.
 *
 * `streamsByNeed`: an object is no stream before somebody looks at its state or its listeners, as every method of a stream does.
 *
 * `forgetReading`: a stream whose listeners to 'data' are gone keeps flowing, so bytes that arrive before its next owner adds
 * one would be lost. Nor should that owner see that the stream has been read (`readableDidRead`).
 *
 * `isPiped`: no public member tells a stream that was paused from one whose destination takes no more.
 */
import { type Duplex, getDefaultHighWaterMark, Readable } from 'node:stream';
import { byNeed } from './byNeed.js';
import { ownOptions } from './ownOptions.js';

interface ReadableState {
  flowing: boolean | null;
  ended: boolean;
  endEmitted: boolean;
  destroyed: boolean;
  closed: boolean;
  closeEmitted: boolean;
  emitClose: boolean;
  readingMore: boolean;
  dataEmitted: boolean;
  readonly pipes?: { readonly length?: unknown } | null;
}

interface WithState extends Readable {
  readonly _readableState: ReadableState;
  readonly _events: object;
}

const stateOf = (stream: Readable): ReadableState => (stream as WithState)._readableState;

let options = ownOptions({ highWaterMark: 0 });

/** Undefined for the default; remade only for a different mark. */
function optionsFor(highWaterMark: number | undefined): { highWaterMark: number } | undefined {
  if (highWaterMark === undefined || highWaterMark === getDefaultHighWaterMark(false)) return undefined;
  if (options.highWaterMark !== highWaterMark) options = ownOptions({ highWaterMark });
  return options;
}

/** Makes an object whose class extends Readable one, as the constructor would. It does not fill its buffer by itself. */
export function makeReadable(object: Readable, highWaterMark: number | undefined): void {
  Readable.call(object as never, optionsFor(highWaterMark));
  readAhead(object, false);
}

/** Makes the objects with that prototype streams by need: `become` makes a stream of an object that is none, and returns it. */
export function streamsByNeed<T extends Readable>(prototype: T, become: (object: T) => Readable | undefined): void {
  for (const name of ['_readableState', '_events'] as const) {
    byNeed(prototype, name, (object) => (become(object) as Partial<WithState> | undefined)?.[name]);
  }
}

export function settle(stream: Readable): void {
  const state = stateOf(stream);
  state.flowing = true;
  state.ended = true;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}

/** Keeps the stream from emitting 'close': the caller emits it. */
export function holdClose(stream: Readable): void {
  stateOf(stream).emitClose = false;
}

export function readAhead(stream: Readable, allowed: boolean): void {
  stateOf(stream).readingMore = !allowed;
}

export function forgetReading(socket: Duplex): void {
  (socket as { readableFlowing: boolean | null }).readableFlowing = null;
  stateOf(socket).dataEmitted = false;
}

export const isPiped = (stream: Readable): boolean => Number((stream as WithState)._readableState.pipes?.length) > 0;
