/**
 * The only source of text on the wire: every line of a head, an interim response and trailers is made here
 * (test/architecture.test.ts). A value that is not a string is converted once, and the same string is validated and written, so
 * that no other form of it is sent (RFC 9110 §5.5, §5.6.2; RFC 9112 §3, §4, §11.1).
 */
import {
  hasInvalidPathChar,
  hasInvalidValueChar,
  isFieldLines,
  isHead,
  isStartLine,
  isToken,
} from '../../rules/fields.js';
import * as framing from '../../rules/framing.js';
import * as errors from '../compat/errors.js';
import { validateHeaderName } from '../compat/validate.js';

export type HeaderValue = string | number | readonly string[];

/** A field, with its name as given and in lower case. */
export interface Field {
  readonly lower: string;
  name: string;
  value: HeaderValue;
}

/** The last start line that was valid: it need not be checked again. */
let lastLine = '';

/** The last status line of each code. */
const statusLines: { readonly reason: string; readonly line: string }[] = [];

/** @throws ERR_INVALID_CHAR, with a stack that begins at the caller of `hidden` */
export function statusLine(code: number, given: unknown, hidden: (...args: never[]) => unknown): string {
  const reason = typeof given === 'string' ? given : `${given}`;
  const last = statusLines[code];
  if (last !== undefined && last.reason === reason) return made(last.line);
  if (hasInvalidValueChar(reason)) throw errors.hideFrames(errors.invalidChar('statusMessage'), hidden);
  const line = `HTTP/1.1 ${code} ${reason}\r\n`;
  statusLines[code] = { reason, line };
  return made(line);
}

function made(line: string): string {
  lastLine = line;
  return line;
}

/** @throws ERR_INVALID_HTTP_TOKEN, ERR_UNESCAPED_CHARACTERS */
export function requestLine(method: unknown, path: unknown): string {
  const name = `${method}`;
  if (!isToken(name)) throw errors.invalidHttpToken('Method', name);
  return made(`${name} ${pathText(`${path}`)} HTTP/1.1\r\n`);
}

/** The last valid path: a request's path is checked when the request is made, and usually written at once. */
let lastPath = '/';

/** @throws ERR_UNESCAPED_CHARACTERS, with a stack that begins at the caller */
export function pathText(path: unknown): string {
  const text = String(path);
  if (text === lastPath) return text;
  if (hasInvalidPathChar(text)) {
    throw errors.hideFrames(errors.unescapedCharacters('Request path'), pathText);
  }
  lastPath = text;
  return text;
}

/** The lines of a section under construction, and the framing that its fields declare. */
export class Lines {
  text: string;
  seen = 0;
  contentLength = 0;
  private readonly unique: ReadonlySet<string> | null;
  private readonly isUnframed: boolean;

  /**
   * @param firstLine ERR_INVALID_CHAR unless it is one line
   * @param unique names of fields whose list is one line
   * @param isUnframed Content-Length and Transfer-Encoding stay out: the status forbids them
   */
  constructor(firstLine: string, unique: ReadonlySet<string> | null, isUnframed: boolean) {
    if (firstLine !== lastLine && !isStartLine(firstLine)) throw errors.invalidChar('start line');
    this.text = firstLine;
    this.unique = unique;
    this.isUnframed = isUnframed;
  }

  /** @throws ERR_INVALID_HTTP_TOKEN, ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR */
  add(name: unknown, value: unknown): void {
    validateHeaderName(name);
    if (!Array.isArray(value)) this.addText(name, value);
    else if (this.isOneLine(name, value.length)) this.line(name, valueText(value.join('; '), name));
    else for (const each of value) this.addText(name, each);
  }

  /** A field from `setHeader`, which has validated its name, and a string value. A list may have changed since. */
  addField({ name, value }: Field): void {
    if (typeof value === 'string') this.line(name, value);
    else if (!Array.isArray(value)) this.line(name, valueText(value, name));
    else if (this.isOneLine(name, value.length)) this.line(name, valueText(value.join('; '), name));
    else for (const each of value) this.line(name, valueText(each, name));
  }

  /** A field of an interim response, where a list is one value. @throws as `add` */
  addInterim(name: unknown, value: unknown): void {
    validateHeaderName(name);
    this.addText(name, value);
  }

  private addText(name: string, value: unknown): void {
    if (value === undefined) throw errors.invalidHeaderValue(value, name);
    this.line(name, valueText(value, name));
  }

  private line(name: string, value: string): void {
    const seen = framing.fieldSeen(name, value);
    if (seen !== 0) {
      if (this.isUnframed && (seen & framing.FRAMING) !== 0) {
        // As in Node, a body that would have been sent in chunks closes the connection.
        this.seen |= seen & framing.CHUNKED;
        return;
      }
      // Of no coding: a peer rejects the message, or doesn't know its end (RFC 9112 §6.3).
      if (seen === framing.TRANSFER_ENCODING && value.trim() === '') return;
      if (seen === framing.CONTENT_LENGTH) this.measure(value);
      this.seen |= seen;
    }
    this.text += `${name}: ${value}\r\n`;
  }

  private measure(value: string): void {
    const length = Number(value);
    const differs = (this.seen & framing.CONTENT_LENGTH) !== 0 && length !== this.contentLength;
    if (differs || !framing.isLength(value)) this.seen |= framing.ODD_LENGTH;
    this.contentLength = length;
  }

  /** A list in one line: cookies, and the fields in `uniqueHeaders`. */
  private isOneLine(name: string, length: number): boolean {
    const lower = name.toLowerCase();
    return (length > 1 && lower === 'cookie') || (this.unique?.has(lower) ?? false);
  }
}

/** @throws ERR_INVALID_CHAR */
function valueText(value: unknown, name: string): string {
  const text = typeof value === 'string' ? value : `${value}`;
  if (hasInvalidValueChar(text)) throw errors.invalidChar('header content', name);
  return text;
}

/** @throws ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR */
export function trailerLines(trailers: object): string {
  let text = '';
  for (const [name, value] of (Array.isArray(trailers) ? trailers : Object.entries(trailers)) as [string, unknown][]) {
    validateHeaderName(name, 'Trailer name');
    for (const each of Array.isArray(value) && value.length > 1 ? value : [value]) {
      const content = `${each}`;
      if (hasInvalidValueChar(content)) throw errors.invalidChar('trailer content', name);
      text += `${name}: ${content}\r\n`;
    }
  }
  return text;
}

/** A head, or trailers, that a program has set by hand. @throws ERR_INVALID_CHAR */
export function checkByHand(head: unknown, trailer: unknown): void {
  if (!isHead(head)) throw errors.invalidChar('_header');
  if (!isFieldLines(trailer)) throw errors.invalidChar('_trailer');
}

// Fields that the engine adds. A program may have set their numbers to anything: they are written as numbers.

export const LINE_END = '\r\n';
export const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
export const PROCESSING = 'HTTP/1.1 102 Processing\r\n\r\n';
export const CLOSE = 'Connection: close\r\n';
export const KEEP_ALIVE = 'Connection: keep-alive\r\n';
export const CHUNKED_END = `Transfer-Encoding: chunked\r\n${LINE_END}`;

let measured = { length: -1, text: '' };

/** Content-Length, and the end of the head. Responses are often as long as the one before. */
export function contentLengthEnd(given: unknown): string {
  const length = Number(given);
  if (measured.length !== length) measured = { length, text: `Content-Length: ${length}\r\n${LINE_END}` };
  return measured.text;
}

export const dateLine = (date: string): string => `Date: ${date}\r\n`;

let announced = { timeout: -1, max: -1, lines: '' };

/** @param timeout in ms; announced in whole seconds (RFC 2068 §19.7.1.1) */
export function keepAliveLines(timeout: number, max: number): string {
  if (announced.timeout !== timeout || announced.max !== max) {
    const limit = (max | 0) > 0 ? `, max=${Number(max)}` : '';
    const lines = `${KEEP_ALIVE}Keep-Alive: timeout=${Math.floor(timeout / 1000)}${limit}\r\n`;
    announced = { timeout, max, lines };
  }
  return announced.lines;
}
