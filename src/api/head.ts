/**
 * Writing of a head: the start line, the user's fields as they are, and what the engine adds (RFC 9112 §2.1, §5).
 */
import { httpDate } from '../io/clock.js';
import * as framing from '../rules/framing.js';
import { invalidArgValue, trailerInvalid } from './compat/errors.js';
import { validateHeaderName, validateHeaderValue } from './compat/validate.js';
import type { Fields, HeaderValue } from './headers.js';
import type { OutgoingMessage } from './OutgoingMessage.js';

export type GivenHeaders =
  | Readonly<Record<string, HeaderValue | undefined>>
  | readonly HeaderValue[]
  | readonly (readonly [string, HeaderValue])[];

/** A head in the making: its text, and what its fields say of the framing. */
class Draft {
  text: string;
  seen = 0;
  contentLength = 0;
  private readonly unique: ReadonlySet<string> | null;

  constructor(firstLine: string, unique: ReadonlySet<string> | null) {
    this.text = firstLine;
    this.unique = unique;
  }

  /** @throws ERR_INVALID_HTTP_TOKEN, ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR */
  addChecked(name: string, value: HeaderValue | undefined): void {
    validateHeaderName(name);
    if (!Array.isArray(value)) validateHeaderValue(name, value);
    this.add(name, value as HeaderValue, true);
  }

  add(name: string, value: HeaderValue, checks: boolean): void {
    if (typeof value === 'string') this.line(name, value);
    else if (!Array.isArray(value)) this.line(name, `${value}`);
    else if (this.isOneLine(name, value.length)) this.line(name, value.join('; '));
    else {
      for (const each of value as readonly string[]) {
        if (checks) validateHeaderValue(name, each);
        this.line(name, each);
      }
    }
  }

  private line(name: string, value: string): void {
    this.text += `${name}: ${value}\r\n`;
    const seen = framing.fieldSeen(name, value);
    if (seen === 0) return;
    if (seen === framing.CONTENT_LENGTH) this.measure(value);
    this.seen |= seen;
  }

  private measure(value: string): void {
    const length = Number(value);
    const differs = (this.seen & framing.CONTENT_LENGTH) !== 0 && length !== this.contentLength;
    if (differs || !framing.isLength(value)) this.seen |= framing.ODD_LENGTH;
    this.contentLength = length;
  }

  /** A list in one line: cookies, and what `uniqueHeaders` names. */
  private isOneLine(name: string, length: number): boolean {
    const lower = name.toLowerCase();
    return (length > 1 && lower === 'cookie') || (this.unique?.has(lower) ?? false);
  }
}

/**
 * Fixes the head of `message`: sets `_header`, and what follows from the framing. Its fields are those that were set, or
 * the `headers` that are given.
 * @returns whether it expects something, so that it is sent at once (RFC 9110 §10.1.1)
 */
export function writeHeadOf(
  message: OutgoingMessage,
  firstLine: string,
  headers: Fields | GivenHeaders | null,
): boolean {
  const draft = new Draft(firstLine, message._uniqueHeaders);
  if (headers === message._fields) for (const field of message._fields ?? []) draft.add(field.name, field.value, false);
  else if (Array.isArray(headers)) addList(draft, headers);
  else if (headers) {
    for (const name in headers) {
      if (Object.hasOwn(headers, name)) draft.addChecked(name, (headers as Record<string, HeaderValue>)[name]);
    }
  }
  return finish(message, draft);
}

/**
 * Names and values by turns, of a list that has them so or in pairs.
 * @throws ERR_INVALID_ARG_VALUE for a name without a value
 */
// biome-ignore lint/suspicious/noExplicitAny: what a program gives is looked at when it is written.
export function flatten(headers: readonly any[]): readonly unknown[] {
  const flat = Array.isArray(headers[0]) ? headers.flatMap((pair) => [pair[0], pair[1]]) : headers;
  if (flat.length % 2 !== 0) throw invalidArgValue('headers', headers);
  return flat;
}

function addList(draft: Draft, headers: readonly unknown[]): void {
  const flat = flatten(headers);
  for (let i = 0; i < flat.length; i += 2) draft.addChecked(flat[i] as string, flat[i + 1] as HeaderValue);
}

function finish(message: OutgoingMessage, draft: Draft): boolean {
  const { seen } = draft;
  const { adds, chunked, last, bare } = framing.frame(message, seen, message._mayChunk());
  const date = message.sendDate && (seen & framing.DATE) === 0 ? httpDate() : '';
  let text = draft.text + commonLines(date, connectionLines(message, seen, adds));
  if ((adds & framing.CONTENT_LENGTH) !== 0) text += `Content-Length: ${message._contentLength}\r\n`;
  else if ((adds & framing.CHUNKED) !== 0) text += 'Transfer-Encoding: chunked\r\n';
  if ((seen & framing.TRAILER) !== 0 && !chunked) throw trailerInvalid();
  if ((seen & framing.CONTENT_LENGTH) !== 0) message._contentLength = draft.contentLength;
  if (bare) message._hasBody = false;
  else message._lacksContent = false;
  message.chunkedEncoding = chunked;
  message._last ||= last;
  // Behind a request that says close there is none, however it says so (RFC 9112 §9.6).
  if (message._isRequest && (seen & framing.CONNECTION) !== 0) message.shouldKeepAlive = (seen & framing.CLOSE) === 0;
  message._header = `${text}\r\n`;
  return (seen & framing.EXPECT) !== 0;
}

function connectionLines(message: OutgoingMessage, seen: number, adds: number): string {
  if ((adds & framing.CONNECTION) === 0) return '';
  if ((adds & framing.CLOSE) !== 0) return 'Connection: close\r\n';
  return message._keepAliveLines((seen & framing.KEEP_ALIVE) === 0);
}

let common = { date: '', connection: '', text: '' };

/** The lines that nearly all heads of a second have in common, as one flat piece of text. */
function commonLines(date: string, connection: string): string {
  if (common.date === date && common.connection === connection) return common.text;
  const text = date === '' ? connection : `Date: ${date}\r\n${connection}`;
  common = { date, connection, text: Buffer.from(text, 'latin1').toString('latin1') };
  return common.text;
}
