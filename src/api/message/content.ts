/**
 * Passes a message's content from the program to the machine: it is checked against Content-Length, and converted to an
 * encoding that can be written. Functions, not methods: programs wrap methods, and apply them to their own objects.
 */
import { Buffer } from 'node:buffer';
import type { OutgoingEvent } from '../../events/message.js';
import type { Encoding, Written } from '../../io/writer.js';
import { contentLengthMismatch, hideFrames, streamAlreadyFinished } from '../compat/errors.js';
import { own } from '../compat/own.js';
import { isMeasured } from './measured.js';
import type { Hosted } from './OutgoingHost.js';

const miscounted: OutgoingEvent = { type: 'user.miscounted' };

/** A message whose content is handed over. */
interface ContentMessage extends Hosted {
  readonly writableFinished: boolean;
  _implicitHeader(): void;
  _recallHead(): void;
}

type Hidden = (...args: never[]) => unknown;

/** Fixes the head. If a program's `_implicitHeader` fixes none, the body is sent without a head. */
export function requireHead(message: ContentMessage): void {
  if (message._header === null) message._implicitHeader();
  const host = message[own];
  if (message._header === null)
    host.call({ type: 'user.head', last: false, bodyless: !message._hasBody, switches: false });
  else if (message._header !== host.head) host.checkByHand();
}

/** Fixes the head of a message whose whole content is known. */
export function measureHead(message: ContentMessage, length: number): void {
  message._contentLength = length;
  try {
    requireHead(message);
  } catch (error) {
    // The program may write parts next.
    message._contentLength = null;
    throw error;
  }
}

/**
 * Counts a part of the body.
 * @throws ERR_HTTP_CONTENT_LENGTH_MISMATCH if the body is too long
 */
export function count(message: ContentMessage, length: number, hidden: Hidden): void {
  const written = message._bytesWritten + length;
  if (message.strictContentLength && isMeasured(message) && written > (message._contentLength as number)) {
    refuse(message, written, hidden);
  }
  message._bytesWritten = written;
}

/**
 * Counts the last part of the body. A message with a wrong length is the last of its connection: the peer would read the next
 * message as a part of this one, or a part of this one as the next message (RFC 9110 §8.6).
 * @throws ERR_HTTP_CONTENT_LENGTH_MISMATCH
 */
export function countLast(message: ContentMessage, length: number, hidden: Hidden): void {
  const written = message._bytesWritten + length;
  if (written !== message._contentLength && isMeasured(message)) {
    if (message.strictContentLength) refuse(message, written, hidden);
    message[own].call(miscounted);
  }
  message._bytesWritten = written;
}

/** No part of a refused body is sent; a head that was not sent can be fixed anew. */
function refuse(message: ContentMessage, written: number, hidden: Hidden): never {
  const error = contentLengthMismatch(written, message._contentLength as number);
  if (!message._headerSent) message._recallHead();
  throw hideFrames(error, hidden);
}

/** Sends one chunk to the machine, in an encoding that may share a string with a head: latin1 for ASCII, which is faster. */
export function hand(
  message: ContentMessage,
  type: 'user.write' | 'user.end',
  chunk: string | Uint8Array | undefined,
  length: number,
  encoding: BufferEncoding | null | undefined,
  callback: Written | undefined,
): void {
  const host = message[own];
  let data = chunk;
  let as: Encoding = 'latin1';
  if (typeof chunk === 'string' && encoding !== 'latin1' && encoding !== 'binary') {
    if (encoding && encoding !== 'utf8' && encoding !== 'utf-8') data = Buffer.from(chunk, encoding);
    else if (length !== chunk.length) as = 'utf8';
  }
  host.call({ type, chunk: data, encoding: as, callback } as OutgoingEvent, true);
}

/** `end()` after `end()`. */
export function endAgain(
  message: ContentMessage,
  chunk: string | Uint8Array | null | undefined,
  encoding: BufferEncoding | null | undefined,
  callback: Written | undefined,
): void {
  if (chunk) hand(message, 'user.write', chunk, 0, encoding, callback);
  else if (callback === undefined) return;
  else if (message.writableFinished) callback(streamAlreadyFinished('end'));
  else {
    message[own].onEnd(callback);
    hand(message, 'user.end', undefined, 0, null, undefined);
  }
}
