/**
 * Writes a head: the start line, the program's fields unchanged, and the fields that the engine adds (RFC 9112 §2.1, §5). Its
 * text is made in lines.ts.
 */
import { httpDate } from '../../io/clock.js';
import * as framing from '../../rules/framing.js';
import { invalidArgValue, trailerInvalid } from '../compat/errors.js';
import { type Fields, listed } from './HeaderSection.js';
import { CHUNKED_END, CLOSE, contentLengthEnd, dateLine, type HeaderValue, LINE_END, Lines } from './lines.js';
import type { Outgoing } from './OutgoingState.js';

export type GivenHeaders =
  | Readonly<Record<string, HeaderValue | undefined>>
  | readonly HeaderValue[]
  | readonly (readonly [string, HeaderValue])[];

/**
 * Fixes the head of `message`: sets `_header`, and the members that follow from the framing. Its fields are those that were
 * set, or the given `headers`.
 * @returns whether it has an Expect field, so that it is sent at once (RFC 9110 §10.1.1)
 */
export function writeHeadOf(message: Outgoing, firstLine: string, headers: Fields | GivenHeaders | null): boolean {
  const lines = new Lines(firstLine, message._uniqueHeaders, forbidsFraming(message));
  if (headers === message._fields) for (const field of listed(message._fields)) lines.addField(field);
  else if (Array.isArray(headers)) addList(lines, headers);
  else if (headers) {
    for (const name of Object.keys(headers)) lines.add(name, (headers as Record<string, HeaderValue>)[name]);
  }
  return finish(message, lines);
}

/** RFC 9110 §8.6, RFC 9112 §6.1: neither Content-Length nor Transfer-Encoding. */
function forbidsFraming(message: Outgoing): boolean {
  const { statusCode } = message as { readonly statusCode?: number };
  return statusCode !== undefined && (statusCode < 200 || statusCode === 204);
}

/**
 * Alternating names and values, from a list of that form or of pairs.
 * @throws ERR_INVALID_ARG_VALUE for a name without a value
 */
// biome-ignore lint/suspicious/noExplicitAny: what a program gives is looked at when it is written.
export function flatten(headers: readonly any[]): readonly unknown[] {
  const flat = Array.isArray(headers[0]) ? headers.flatMap((pair) => [pair[0], pair[1]]) : headers;
  if (flat.length % 2 !== 0) throw invalidArgValue('headers', headers);
  return flat;
}

function addList(lines: Lines, headers: readonly unknown[]): void {
  const flat = flatten(headers);
  for (let i = 0; i < flat.length; i += 2) lines.add(flat[i], flat[i + 1]);
}

function finish(message: Outgoing, lines: Lines): boolean {
  const { seen } = lines;
  const frame = framing.frame(seen, knownOf(message));
  const date = message.sendDate && (seen & framing.DATE) === 0 ? httpDate() : '';
  const text = lines.text + commonLines(date, connectionLines(message, frame.connection, seen));
  if ((seen & framing.TRAILER) !== 0 && !frame.isChunked) throw trailerInvalid();
  if ((seen & framing.CONTENT_LENGTH) !== 0) message._contentLength = lines.contentLength;
  if (frame.isBare) message._hasBody = false;
  else if (message._lacksContent) message._lacksContent = false;
  message.chunkedEncoding = frame.isChunked;
  message._last ||= frame.isLast;
  // After a message that declares close, or that only the close delimits, there is no other (RFC 9112 §9.6).
  if (message._isRequest && (frame.isLast || (seen & framing.CONNECTION) !== 0)) {
    message.shouldKeepAlive = !frame.isLast;
  }
  message._header = text + endOf(message, frame.delimiter);
  return (seen & framing.EXPECT) !== 0;
}

function endOf({ _contentLength }: Outgoing, delimiter: framing.Frame['delimiter']): string {
  if (delimiter === 'length') return contentLengthEnd(_contentLength);
  return delimiter === 'chunked' ? CHUNKED_END : LINE_END;
}

/** Node's members, and those that a program sets, in the terms of the RFCs. */
function knownOf(message: Outgoing): number {
  const length = message._contentLength;
  return (
    (message._hasBody ? framing.MAY_HAVE_CONTENT : 0) |
    (length !== null ? framing.IS_MEASURED : 0) |
    (length ? framing.HAS_CONTENT : 0) |
    (message.chunkedEncoding ? framing.IS_CHUNKED : 0) |
    (message.useChunkedEncodingByDefault ? framing.CHUNKS_UNMEASURED : 0) |
    (message.shouldKeepAlive ? framing.MAY_PERSIST : 0) |
    (message._isRequest ? framing.IS_REQUEST : 0) |
    (message._lacksContent ? framing.LACKS_CONTENT : 0) |
    (message._isTunnel ? framing.IS_TUNNEL : 0) |
    (message._removedConnection ? framing.OMITS_CONNECTION : 0) |
    (message._removedContLen ? framing.OMITS_CONTENT_LENGTH : 0) |
    (message._removedTE ? framing.OMITS_TRANSFER_ENCODING : 0) |
    (message._mayChunk() ? framing.ALLOWS_CHUNKS : 0) |
    (message.maxRequestsOnConnectionReached ? framing.SAYS_CLOSE_ONLY : 0)
  );
}

function connectionLines(message: Outgoing, connection: framing.Frame['connection'], seen: number): string {
  if (connection === 'none') return '';
  if (connection === 'close') return CLOSE;
  return message._keepAliveLines((seen & framing.KEEP_ALIVE) === 0);
}

let common = { date: '', connection: '', text: '' };

/** The lines that nearly all heads within a second have in common, as one flat string. */
function commonLines(date: string, connection: string): string {
  if (common.date === date && common.connection === connection) return common.text;
  const text = date === '' ? connection : dateLine(date) + connection;
  common = { date, connection, text: Buffer.from(text, 'latin1').toString('latin1') };
  return common.text;
}
