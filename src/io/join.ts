/**
 * What is corked on a socket of the system leaves as one buffer, if it is small: a call with many pieces takes longer than copying
 * them.
 */
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import { conceal } from './conceal.js';

type Chunks = Parameters<NonNullable<Writable['_writev']>>[0];
type Written = (error?: Error | null) => void;

/** In bytes; longer ones are sent piece by piece. */
const LONGEST = 16 * 1024;

const plain = Socket.prototype._writev as NonNullable<Writable['_writev']>;

/** From now on `socket` joins its pieces, unless it writes them in a way of its own. */
export function joinPieces(socket: Duplex): void {
  if (socket._writev === plain) conceal(socket, '_writev', writeJoined);
}

/** Takes it back. */
export function partPieces(socket: Duplex): void {
  if (socket._writev === writeJoined) Reflect.deleteProperty(socket, '_writev');
}

function writeJoined(this: Duplex, chunks: Chunks, callback: Written): void {
  const size = sizeOf(chunks);
  if (size > LONGEST) {
    plain.call(this, chunks, callback);
    return;
  }
  const joined = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { chunk, encoding } of chunks) {
    if (typeof chunk === 'string') at += joined.write(chunk, at, encoding);
    else {
      joined.set(chunk as Uint8Array, at);
      at += (chunk as Uint8Array).length;
    }
  }
  this._write(joined, 'buffer' as BufferEncoding, callback);
}

/** In bytes, or more than `LONGEST`. */
function sizeOf(chunks: Chunks): number {
  let size = 0;
  for (const { chunk, encoding } of chunks) {
    size += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : (chunk as Uint8Array).length;
    if (size > LONGEST) break;
  }
  return size;
}
