/**
 * How an outgoing message is delimited, and whether its connection is kept (RFC 9112 §6, §9.3).
 *
 * While a head is written its fields are looked at once (`fieldSeen`); the bits that come out, and what is known of the
 * message, decide in `frame` what the engine adds.
 */

import { fieldValue } from './fields.js';

export const CONNECTION = 1;
export const CLOSE = 2;
export const CONTENT_LENGTH = 4;
export const TRANSFER_ENCODING = 8;
export const CHUNKED = 16;
export const DATE = 32;
export const TRAILER = 64;
export const KEEP_ALIVE = 128;
export const EXPECT = 256;
/** A Content-Length that is none, or two that differ (RFC 9112 §6.3, rule 5). */
export const ODD_LENGTH = 512;
/** What says how a body is delimited. */
export const FRAMING = CONTENT_LENGTH | TRANSFER_ENCODING;

const close = /(?:^|\W)close(?:$|\W)/i;
const digits = /^[ \t]*\d+[ \t]*$/;
const chunked = /(?:^|\W)chunked(?:$|\W)/i;

/** What a field says of the framing; 0 for almost all of them. */
export function fieldSeen(name: string, value: string): number {
  switch (name.length) {
    case 4:
      return is(name, 'Date', 'date') ? DATE : 0;
    case 6:
      return is(name, 'Expect', 'expect') ? EXPECT : 0;
    case 7:
      return is(name, 'Trailer', 'trailer') ? TRAILER : 0;
    case 10:
      if (is(name, 'Connection', 'connection')) return close.test(value) ? CONNECTION | CLOSE : CONNECTION;
      return is(name, 'Keep-Alive', 'keep-alive') ? KEEP_ALIVE : 0;
    case 14:
      return is(name, 'Content-Length', 'content-length') ? CONTENT_LENGTH : 0;
    case 17:
      if (!is(name, 'Transfer-Encoding', 'transfer-encoding')) return 0;
      return chunked.test(value) ? TRANSFER_ENCODING | CHUNKED : TRANSFER_ENCODING;
    default:
      return 0;
  }
}

/** Whether a value of Content-Length is one (RFC 9110 §8.6). */
export function isLength(value: string): boolean {
  return digits.test(value);
}

const is = (name: string, usual: string, lower: string): boolean =>
  name === usual || name === lower || name.toLowerCase() === lower;

/** What is known of a message when its head is fixed. The names are those of Node's OutgoingMessage. */
export interface Draft {
  /** A body may follow (not HEAD, 1xx, 204, 304: RFC 9110 §6.4.1). */
  readonly _hasBody: boolean;
  /** The body's length in bytes, when all of it is known. */
  readonly _contentLength: number | null;
  readonly chunkedEncoding: boolean;
  /** The peer understands chunked: HTTP/1.1. */
  readonly useChunkedEncodingByDefault: boolean;
  readonly shouldKeepAlive: boolean;
  readonly _isRequest: boolean;
  /** A request whose method mostly has no content, and that isn't known to have some. */
  readonly _lacksContent: boolean;
  /** What follows the head is not content, but for whom the tunnel leads to (RFC 9110 §9.3.6). */
  readonly _isTunnel: boolean;
  /** The user took these fields out, and they stay out. */
  readonly _removedConnection: boolean;
  readonly _removedContLen: boolean;
  readonly _removedTE: boolean;
  /**
   * This is the last request that the connection may carry. Node's document has it say close, and stay open for the
   * 503 that later ones get (`server.maxRequestsPerSocket`).
   */
  readonly maxRequestsOnConnectionReached: boolean;
}

/** What the engine adds to a head, as bits: `CONNECTION` with or without `CLOSE`, `CONTENT_LENGTH`, `CHUNKED`. */
export interface Frame {
  readonly adds: number;
  /** The body is sent in chunks. */
  readonly chunked: boolean;
  /** The connection closes behind this message. */
  readonly last: boolean;
  /** No content can follow. */
  readonly bare: boolean;
}

/** Every frame there is, by its bits: nothing is allocated for a message. */
const frames: readonly Frame[] = Array.from({ length: 8 * 32 }, (_, index) => ({
  adds: index & 31,
  chunked: (index & 32) !== 0,
  last: (index & 64) !== 0,
  bare: (index & 128) !== 0,
}));

/**
 * @param seen the bits of all fields of the head
 * @param mayChunk false for 204 and 304, which are never sent in chunks (RFC 9112 §6.1)
 */
export function frame(draft: Draft, seen: number, mayChunk: boolean): Frame {
  let adds = 0;
  let inChunks = (draft.chunkedEncoding || (seen & CHUNKED) !== 0) && mayChunk;
  let last = (seen & CLOSE) !== 0;
  // RFC 9112 §6.3: a message that nothing delimits ends with its connection.
  let endless = (seen & ODD_LENGTH) !== 0;
  let bare = !draft._hasBody;
  if ((seen & FRAMING) === 0 && !draft._isTunnel) {
    // RFC 9110 §10.1.1: who expects 100 may have content. Else, RFC 9112 §6.3, a request that nothing delimits has none.
    const expects = draft._lacksContent && (seen & EXPECT) !== 0 && draft._contentLength === null;
    if (draft._lacksContent && !draft._contentLength && !expects) bare = true;
    if (bare) inChunks = false;
    else if (isMeasured(draft, seen)) adds |= CONTENT_LENGTH;
    else if (draft._removedTE || (!draft.useChunkedEncodingByDefault && !expects)) endless = true;
    else {
      adds |= CHUNKED;
      inChunks = true;
    }
  }
  const forbidden = mayChunk
    ? // RFC 9112 §6.1: what a client of HTTP/1.0 can't read is delimited by the close.
      !draft._isRequest && !draft.useChunkedEncodingByDefault && (seen & TRANSFER_ENCODING) !== 0
    : draft.chunkedEncoding || (seen & CHUNKED) !== 0;
  if (draft._removedConnection) last ||= endless || !draft.shouldKeepAlive;
  else if ((seen & CONNECTION) === 0) {
    adds |= CONNECTION;
    last = endless || forbidden || !draft.shouldKeepAlive;
    if (last || draft.maxRequestsOnConnectionReached) adds |= CLOSE;
  } else last ||= endless;
  return frames[adds | (inChunks ? 32 : 0) | (last ? 64 : 0) | (bare ? 128 : 0)] as Frame;
}

/**
 * A length is sent when it is known. To HTTP/1.0 only where it keeps the connection: else the close delimits. A request that is
 * sent in chunks stays so when its head is made anew, as agents have it made: its pieces may be chunks already.
 */
function isMeasured(draft: Draft, seen: number): boolean {
  if (draft._contentLength === null || draft._removedContLen || (seen & TRAILER) !== 0) return false;
  if (draft._isRequest) return !draft.chunkedEncoding;
  return draft.useChunkedEncodingByDefault || draft.shouldKeepAlive;
}

/**
 * Whether a message before HTTP/1.1 may keep its connection: with Transfer-Encoding its framing counts as faulty, and the
 * connection closes behind it (RFC 9112 §6.1).
 */
export function isUncoded(rawHeaders: readonly string[]): boolean {
  return fieldValue(rawHeaders, 'transfer-encoding') === undefined;
}

/** Whether content may follow the head of a request: without these fields there is none (RFC 9112 §6.3, rule 7). */
export function mayHaveContent(rawHeaders: readonly string[]): boolean {
  return (
    fieldValue(rawHeaders, 'content-length') !== undefined || fieldValue(rawHeaders, 'transfer-encoding') !== undefined
  );
}
