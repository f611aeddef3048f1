import { Buffer } from 'node:buffer';
import { Writable } from 'node:stream';
import { hideFrames, invalidArgType, nullValues } from '../compat/errors.js';

/** The default of a writable (stream.getDefaultHighWaterMark). */
export const defaultHighWaterMark = new Writable().writableHighWaterMark;

/**
 * The length of a chunk of a body, in bytes.
 * @param hidden an error's stack begins at the caller of this function
 * @throws ERR_STREAM_NULL_VALUES, ERR_INVALID_ARG_TYPE
 */
export function measure(
  chunk: unknown,
  encoding: BufferEncoding | null | undefined,
  hidden: (...args: never[]) => unknown,
): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk, encoding ?? 'utf8');
  if (chunk instanceof Uint8Array) return chunk.length;
  if (chunk === null) throw hideFrames(nullValues(), hidden);
  throw hideFrames(invalidArgType('chunk', ['string', 'Buffer', 'Uint8Array'], chunk), hidden);
}
