import { Stream } from 'node:stream';
import { headersSent, hideFrames, invalidArgType } from './compat/errors.js';
import { validateHeaderName, validateHeaderValue, validateString } from './compat/validate.js';

export type HeaderValue = string | number | readonly string[];

/** Fields by their lower-case name, each with the name as it was given. */
export type Fields = Map<string, [name: string, value: HeaderValue]>;

/**
 * The header section of an outgoing message while it may still change.
 * Source: Node's documentation of `http.OutgoingMessage`, setHeader and the methods beside it.
 */
export class HeaderSection extends Stream {
  /** The head as it is, or will be, sent; null while headers may change. */
  declare _header: string | null;
  /** These fields were removed by hand, so the engine doesn't add them. */
  declare _removedConnection: boolean;
  declare _removedContLen: boolean;
  declare _removedTE: boolean;
  /** Whether a Date field is added. */
  declare sendDate: boolean;
  declare _fields: Fields | null;

  /** @throws ERR_HTTP_HEADERS_SENT, ERR_INVALID_HTTP_TOKEN, ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR */
  setHeader(name: string, value: HeaderValue): this {
    if (this._header !== null) throw hideFrames(headersSent('set'), this.setHeader);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    this._fields ??= new Map();
    const lower = name.toLowerCase();
    this._fields.set(lower, [name, value]);
    noteRemoval(this, lower, false);
    return this;
  }

  /** @throws as `setHeader`, and ERR_INVALID_ARG_TYPE for anything but a Headers or a Map */
  setHeaders(headers: Headers | Map<string, HeaderValue>): this {
    if (this._header !== null) throw hideFrames(headersSent('set'), this.setHeaders);
    const { keys, get } = (headers ?? {}) as Map<string, HeaderValue>;
    if (Array.isArray(headers) || typeof keys !== 'function' || typeof get !== 'function') {
      throw invalidArgType('headers', ['Headers', 'Map'], headers);
    }
    const cookies: string[] = [];
    for (const [name, value] of headers as Map<string, HeaderValue>) {
      if (name === 'set-cookie') cookies.push(...([value].flat() as string[]));
      else this.setHeader(name, value);
    }
    if (cookies.length > 0) this.setHeader('set-cookie', cookies);
    return this;
  }

  /** @throws as `setHeader` */
  appendHeader(name: string, value: string | readonly string[]): this {
    if (this._header !== null) throw hideFrames(headersSent('append'), this.appendHeader);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const field = this._fields?.get(name.toLowerCase());
    if (field === undefined) return this.setHeader(name, value);
    field[1] = [field[1] as string, value].flat();
    return this;
  }

  getHeader(name: string): HeaderValue | undefined {
    validateString(name, 'name');
    return this._fields?.get(name.toLowerCase())?.[1];
  }

  /** Lower-case names. */
  getHeaderNames(): string[] {
    return [...(this._fields?.keys() ?? [])];
  }

  /** Names as they were given. */
  getRawHeaderNames(): string[] {
    return Array.from(this._fields?.values() ?? [], ([name]) => name);
  }

  /** A shallow copy, without prototype. */
  getHeaders(): Record<string, HeaderValue> {
    const copy = Object.create(null) as Record<string, HeaderValue>;
    for (const [lower, [, value]] of this._fields ?? []) copy[lower] = value;
    return copy;
  }

  hasHeader(name: string): boolean {
    validateString(name, 'name');
    return this._fields?.has(name.toLowerCase()) ?? false;
  }

  removeHeader(name: string): void {
    validateString(name, 'name');
    if (this._header !== null) throw hideFrames(headersSent('remove'), this.removeHeader);
    const lower = name.toLowerCase();
    noteRemoval(this, lower, true);
    this._fields?.delete(lower);
  }
}

function noteRemoval(message: HeaderSection, lower: string, removed: boolean): void {
  switch (lower) {
    case 'connection':
      message._removedConnection = removed;
      break;
    case 'content-length':
      message._removedContLen = removed;
      break;
    case 'transfer-encoding':
      message._removedTE = removed;
      break;
    case 'date':
      message.sendDate = !removed;
      break;
  }
}
