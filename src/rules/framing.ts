/**
 * How an outgoing message is delimited, and whether its connection is kept (RFC 9112 §6, §9.3).
 *
 * While a head is written, `fieldSeen` checks each field once. From the resulting bits and what is known of the message,
 * `frame` decides what the engine adds.
 */
import { fieldValue } from './fields.js';

// What the fields of a head declare, as bits.

export const CONNECTION = 1;
const CLOSE = 2;
export const CONTENT_LENGTH = 4;
/** Without chunks. */
export const TRANSFER_ENCODING = 8;
export const CHUNKED = 16;
export const DATE = 32;
export const TRAILER = 64;
export const KEEP_ALIVE = 128;
export const EXPECT = 256;
/** An invalid Content-Length, or two that differ (RFC 9112 §6.3, rule 5). */
export const ODD_LENGTH = 512;
/** The fields that delimit a body. */
export const FRAMING = CONTENT_LENGTH | TRANSFER_ENCODING;

const close = /(?:^|\W)close(?:$|\W)/i;
const digits = /^[ \t]*\d+[ \t]*$/;
const chunked = /(?:^|\W)chunked(?:$|\W)/i;

/** What a field declares of the framing; 0 for almost all fields. */
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

/** Whether a value of Content-Length is valid (RFC 9110 §8.6). */
export function isLength(value: string): boolean {
  return digits.test(value);
}

const is = (name: string, usual: string, lower: string): boolean =>
  name === usual || name === lower || name.toLowerCase() === lower;

// What is known of a message when its head is written, as bits.

/** Content may follow the head: not after HEAD, 1xx, 204, 304 (RFC 9110 §6.4.1). */
export const MAY_HAVE_CONTENT = 1;
/** The length of the content is known. */
export const IS_MEASURED = 2;
/** The length is known and isn't 0. */
export const HAS_CONTENT = 4;
/** Parts of the content may have been sent in chunks: a rewritten head must keep the chunked coding. */
export const IS_CHUNKED = 8;
/** Content of unknown length is sent in chunks. Without this bit, the close of the connection delimits it. */
export const CHUNKS_UNMEASURED = 16;
/** The message allows the connection to be reused. */
export const MAY_PERSIST = 32;
export const IS_REQUEST = 64;
/** A request whose method usually has no content, unless it is known to have some. */
export const LACKS_CONTENT = 128;
/** Bytes after the head aren't content, but data of the tunnel (RFC 9110 §9.3.6). */
export const IS_TUNNEL = 256;
/** The program removed these fields, so they are not added. */
export const OMITS_CONNECTION = 512;
export const OMITS_CONTENT_LENGTH = 1024;
export const OMITS_TRANSFER_ENCODING = 2048;
/** The status allows chunks: all except 204 and 304 (RFC 9112 §6.1). */
export const ALLOWS_CHUNKS = 4096;
/**
 * The connection's last allowed message. It carries `Connection: close`, but the connection stays open for the 503 responses to
 * later requests (Node's documentation of `server.maxRequestsPerSocket`).
 */
export const SAYS_CLOSE_ONLY = 8192;

/** What is added to a head, and its consequences. */
export interface Frame {
  /** The added Connection field. */
  readonly connection: 'none' | 'keep-alive' | 'close';
  /** The added field that delimits the content. */
  readonly delimiter: 'none' | 'length' | 'chunked';
  /** The content is sent in chunks. */
  readonly isChunked: boolean;
  /** The connection closes after this message. */
  readonly isLast: boolean;
  /** No content can follow. */
  readonly isBare: boolean;
}

const connections = ['none', 'keep-alive', 'close'] as const;
const delimiters = ['none', 'length', 'chunked'] as const;

/** All possible frames, so that messages allocate none. */
const frames: readonly Frame[] = connections.flatMap((connection) =>
  delimiters.flatMap((delimiter) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
      connection,
      delimiter,
      isChunked: (bits & 1) !== 0,
      isLast: (bits & 2) !== 0,
      isBare: (bits & 4) !== 0,
    })),
  ),
);

/**
 * @param seen what the fields of the head declare
 * @param known what is known of the message
 */
export function frame(seen: number, known: number): Frame {
  const allowsChunks = (known & ALLOWS_CHUNKS) !== 0;
  const mayPersist = (known & MAY_PERSIST) !== 0;
  const wantsChunks = (known & IS_CHUNKED) !== 0 || (seen & CHUNKED) !== 0;
  let isChunked = wantsChunks && allowsChunks;
  let delimiter = 0;
  // RFC 9112 §6.3: a message without a delimiter ends with its connection.
  let isEndless = (seen & ODD_LENGTH) !== 0;
  let isBare = (known & MAY_HAVE_CONTENT) === 0;
  if ((seen & FRAMING) === 0 && (known & IS_TUNNEL) === 0) {
    // A request that expects 100 may have content (RFC 9110 §10.1.1); others without a delimiter have none (RFC 9112 §6.3).
    const lacksContent = (known & LACKS_CONTENT) !== 0;
    const expects = lacksContent && (seen & EXPECT) !== 0 && (known & IS_MEASURED) === 0;
    if (lacksContent && (known & HAS_CONTENT) === 0 && !expects) isBare = true;
    if (isBare) isChunked = false;
    else if (sendsLength(seen, known)) delimiter = 1;
    else if ((known & OMITS_TRANSFER_ENCODING) !== 0 || !(expects || announcesChunks(known))) isEndless = true;
    else {
      delimiter = 2;
      isChunked = true;
    }
  }
  let connection = 0;
  let isLast = (seen & CLOSE) !== 0 || isEndless;
  if ((known & OMITS_CONNECTION) !== 0) isLast ||= !mayPersist;
  else if ((seen & CONNECTION) === 0) {
    isLast = isEndless || !mayPersist || (allowsChunks ? isUnreadable(seen, known) : wantsChunks);
    connection = isLast || (known & SAYS_CLOSE_ONLY) !== 0 ? 2 : 1;
  }
  const bits = (isChunked ? 1 : 0) | (isLast ? 2 : 0) | (isBare ? 4 : 0);
  return frames[(connection * 3 + delimiter) * 8 + bits] as Frame;
}

/** Content of unknown length has Transfer-Encoding: also that of a request for which the program has asked for chunks. */
function announcesChunks(known: number): boolean {
  return (known & CHUNKS_UNMEASURED) !== 0 || (known & (IS_REQUEST | IS_CHUNKED)) === (IS_REQUEST | IS_CHUNKED);
}

/** An HTTP/1.0 client can't read a transfer coding, so the close delimits the response (RFC 9112 §6.1). */
function isUnreadable(seen: number, known: number): boolean {
  return (known & (IS_REQUEST | CHUNKS_UNMEASURED)) === 0 && (seen & TRANSFER_ENCODING) !== 0;
}

/**
 * A known length is sent; to HTTP/1.0 only if the connection is kept, since otherwise the close delimits the message, and not if
 * the program has asked for chunks (`chunkedEncoding`): they are longer. A request that is sent in chunks stays chunked when an
 * agent has its head rewritten: its pieces may already be chunks.
 */
function sendsLength(seen: number, known: number): boolean {
  if ((known & IS_MEASURED) === 0 || (known & OMITS_CONTENT_LENGTH) !== 0 || (seen & TRAILER) !== 0) return false;
  if ((known & IS_REQUEST) !== 0) return (known & IS_CHUNKED) === 0;
  return (known & CHUNKS_UNMEASURED) !== 0 || (known & (MAY_PERSIST | IS_CHUNKED)) === MAY_PERSIST;
}

/**
 * Whether a message before HTTP/1.1 may keep its connection. With Transfer-Encoding its framing counts as faulty, and the
 * connection closes after it (RFC 9112 §6.1).
 */
export function isUncoded(rawHeaders: readonly string[]): boolean {
  return fieldValue(rawHeaders, 'transfer-encoding') === undefined;
}

/** Whether content may follow the head of a request. Without these fields, there is none (RFC 9112 §6.3, rule 7). */
export function mayHaveContent(rawHeaders: readonly string[]): boolean {
  return (
    fieldValue(rawHeaders, 'content-length') !== undefined || fieldValue(rawHeaders, 'transfer-encoding') !== undefined
  );
}
