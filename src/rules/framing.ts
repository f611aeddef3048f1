/**
 * How an outgoing message is delimited, and whether its connection is kept (RFC 9112 §6, §9.3).
 *
 * While a head is written its fields are looked at once (`fieldSeen`); the bits that come out, and what is known of the
 * message, decide in `frame` what the engine adds.
 */
import { fieldValue } from './fields.js';

// What the fields of a head say, as bits.

export const CONNECTION = 1;
const CLOSE = 2;
export const CONTENT_LENGTH = 4;
const TRANSFER_ENCODING = 8;
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

// What is known of a message when its head is written, as bits.

/** Content may follow the head: not after HEAD, 1xx, 204, 304 (RFC 9110 §6.4.1). */
export const MAY_HAVE_CONTENT = 1;
/** The length of the content is known. */
export const IS_MEASURED = 2;
/** It is known, and isn't 0. */
export const HAS_CONTENT = 4;
/** Parts of the content may have been sent in chunks: a head that is written anew keeps to it. */
export const IS_CHUNKED = 8;
/** Content of unknown length is sent in chunks; otherwise the close of the connection delimits it. */
export const CHUNKS_UNMEASURED = 16;
/** The connection may be used again, as far as the message is concerned. */
export const MAY_PERSIST = 32;
export const IS_REQUEST = 64;
/** A request whose method usually has no content, and that isn't known to have some. */
export const LACKS_CONTENT = 128;
/** What follows the head isn't content, but data of the tunnel (RFC 9110 §9.3.6). */
export const IS_TUNNEL = 256;
/** The program removed these fields: they are not added. */
export const OMITS_CONNECTION = 512;
export const OMITS_CONTENT_LENGTH = 1024;
export const OMITS_TRANSFER_ENCODING = 2048;
/** A status that allows chunks: all but 204 and 304 (RFC 9112 §6.1). */
export const ALLOWS_CHUNKS = 4096;
/**
 * The last message that the connection may carry: it says close, and yet the connection stays open for the 503 that later
 * requests get (Node's documentation of `server.maxRequestsPerSocket`).
 */
export const SAYS_CLOSE_ONLY = 8192;

/** What is added to a head, and what follows from it. */
export interface Frame {
  /** The Connection field that is added. */
  readonly connection: 'none' | 'keep-alive' | 'close';
  /** The field that is added to delimit the content. */
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

/** Every frame there is: nothing is allocated for a message. */
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
 * @param seen what the fields of the head say
 * @param known what is known of the message
 */
export function frame(seen: number, known: number): Frame {
  const allowsChunks = (known & ALLOWS_CHUNKS) !== 0;
  const mayPersist = (known & MAY_PERSIST) !== 0;
  const wantsChunks = (known & IS_CHUNKED) !== 0 || (seen & CHUNKED) !== 0;
  let isChunked = wantsChunks && allowsChunks;
  let delimiter = 0;
  // RFC 9112 §6.3: a message that nothing delimits ends with its connection.
  let isEndless = (seen & ODD_LENGTH) !== 0;
  let isBare = (known & MAY_HAVE_CONTENT) === 0;
  if ((seen & FRAMING) === 0 && (known & IS_TUNNEL) === 0) {
    // RFC 9110 §10.1.1: who expects 100 may have content. Else, RFC 9112 §6.3, a request that nothing delimits has none.
    const lacksContent = (known & LACKS_CONTENT) !== 0;
    const expects = lacksContent && (seen & EXPECT) !== 0 && (known & IS_MEASURED) === 0;
    if (lacksContent && (known & HAS_CONTENT) === 0 && !expects) isBare = true;
    if (isBare) isChunked = false;
    else if (sendsLength(seen, known)) delimiter = 1;
    else if ((known & OMITS_TRANSFER_ENCODING) !== 0 || ((known & CHUNKS_UNMEASURED) === 0 && !expects))
      isEndless = true;
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

/** RFC 9112 §6.1: a client of HTTP/1.0 can't read a transfer coding, so the close delimits the response. */
function isUnreadable(seen: number, known: number): boolean {
  return (known & (IS_REQUEST | CHUNKS_UNMEASURED)) === 0 && (seen & TRANSFER_ENCODING) !== 0;
}

/**
 * A length is sent when it is known. To HTTP/1.0 only where it keeps the connection: else the close delimits. A request that is
 * sent in chunks stays so when its head is written anew, as agents have it written: its pieces may be chunks already.
 */
function sendsLength(seen: number, known: number): boolean {
  if ((known & IS_MEASURED) === 0 || (known & OMITS_CONTENT_LENGTH) !== 0 || (seen & TRAILER) !== 0) return false;
  if ((known & IS_REQUEST) !== 0) return (known & IS_CHUNKED) === 0;
  return (known & (CHUNKS_UNMEASURED | MAY_PERSIST)) !== 0;
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
