import { Stream, type Writable } from 'node:stream';
import { invalidArgType } from '../compat/errors.js';
import type { Statics } from '../compat/types.js';
import { validateHeaderName, validateHeaderValue, validateString } from '../compat/validate.js';
import { headHasLeft } from './headText.js';
import { type Field, type HeaderValue, KEEP_ALIVE, trailerLines } from './lines.js';
import type { OutgoingHttpHeader, OutgoingHttpHeaders, WritableFace } from './types.js';

/**
 * The fields in the order in which they were first set. A list: a message has few, and searching it is cheaper than a Map. A
 * long one has an index by lower-case name, which alone is up to date after a removal.
 */
export interface Fields extends Array<Field> {
  index?: Map<string, Field>;
  isStale?: boolean;
}

/** How many fields are searched one by one. */
const FEW = 24;

/**
 * The header section of an outgoing message while it may still change.
 * Source: Node's documentation of `http.OutgoingMessage`, setHeader and related methods.
 */
export class HeaderSection extends (Stream as unknown as Statics<typeof Writable> & (new () => WritableFace)) {
  /**
   * The head as it is or will be sent; null while headers may change.
   * @internal
   */
  declare _header: string | null;
  /**
   * The program removed these fields, so the engine doesn't add them.
   * @internal
   */
  declare _removedConnection: boolean;
  /** @internal */
  declare _removedContLen: boolean;
  /** @internal */
  declare _removedTE: boolean;
  /** Whether a Date field is added. */
  declare sendDate: boolean;
  /** @internal */
  declare _fields: Fields | null;
  /** @internal */
  declare _trailer: string;

  /** @throws ERR_HTTP_HEADERS_SENT, ERR_INVALID_HTTP_TOKEN, ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR */
  setHeader(name: string, value: HeaderValue): this {
    if (this._header !== null) throw headHasLeft(this, 'set', this.setHeader);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const lower = name.toLowerCase();
    const field = find(this._fields, lower);
    if (field !== undefined) {
      field.name = name;
      field.value = value;
    } else if (this._fields === null) this._fields = [{ lower, name, value }];
    else add(this._fields, { lower, name, value });
    noteRemoval(this, lower, false);
    return this;
  }

  /** @throws as `setHeader`, and ERR_INVALID_ARG_TYPE for anything but a Headers or a Map */
  setHeaders(headers: Headers | Map<string, HeaderValue>): this {
    if (this._header !== null) throw headHasLeft(this, 'set', this.setHeaders);
    const { keys, get } = (headers ?? {}) as Map<string, HeaderValue>;
    if (Array.isArray(headers) || typeof keys !== 'function' || typeof get !== 'function') {
      throw invalidArgType('headers', ['Headers', 'Map'], headers);
    }
    const cookies: string[] = [];
    for (const [name, value] of headers as Map<string, HeaderValue>) {
      if (name === 'set-cookie')
        for (const each of Array.isArray(value) ? value : [value]) cookies.push(each as string);
      else this.setHeader(name, value);
    }
    if (cookies.length > 0) this.setHeader('set-cookie', cookies);
    return this;
  }

  /** @throws as `setHeader` */
  appendHeader(name: string, value: string | readonly string[]): this {
    if (this._header !== null) throw headHasLeft(this, 'append', this.appendHeader);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const field = find(this._fields, name.toLowerCase());
    if (field === undefined) return this.setHeader(name, value);
    field.value = ([] as string[]).concat(field.value as string, value);
    return this;
  }

  /** The value of a field as it was set. Undefined if it wasn’t. */
  getHeader(name: string): OutgoingHttpHeader | undefined {
    validateString(name, 'name');
    return find(this._fields, name.toLowerCase())?.value as OutgoingHttpHeader | undefined;
  }

  /** Lower-case names. */
  getHeaderNames(): string[] {
    return listed(this._fields).map(({ lower }) => lower);
  }

  /** Names as given. */
  getRawHeaderNames(): string[] {
    return listed(this._fields).map(({ name }) => name);
  }

  /** A shallow copy, without prototype. */
  getHeaders(): OutgoingHttpHeaders {
    const copy = Object.create(null) as OutgoingHttpHeaders;
    for (const { lower, value } of listed(this._fields)) copy[lower] = value as OutgoingHttpHeader;
    return copy;
  }

  /** Whether a field is set. */
  hasHeader(name: string): boolean {
    validateString(name, 'name');
    return find(this._fields, name.toLowerCase()) !== undefined;
  }

  /**
   * Removes a field. Default fields as Date or Connection are then not sent.
   * @throws ERR_INVALID_ARG_TYPE, ERR_HTTP_HEADERS_SENT
   */
  removeHeader(name: string): void {
    validateString(name, 'name');
    if (this._header !== null) throw headHasLeft(this, 'remove', this.removeHeader);
    const lower = name.toLowerCase();
    noteRemoval(this, lower, true);
    const { _fields: fields } = this;
    const field = find(fields, lower);
    if (fields === null || field === undefined) return;
    remove(fields, field);
  }

  /** @throws ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR */
  addTrailers(trailers: Readonly<NodeJS.Dict<HeaderValue>> | readonly (readonly [string, string])[]): void {
    this._trailer = trailerLines(trailers);
  }

  /**
   * A status that allows no Transfer-Encoding forbids chunks.
   * @internal
   */
  _mayChunk(): boolean {
    return true;
  }

  /** @internal */
  _keepAliveLines(_announces: boolean): string {
    return KEEP_ALIVE;
  }
}

function find(fields: Fields | null, lower: string): Field | undefined {
  if (fields === null) return undefined;
  if (fields.length > FEW) {
    fields.index ??= new Map(fields.map((field) => [field.lower, field]));
    return fields.index.get(lower);
  }
  for (let i = 0; i < fields.length; i++) if ((fields[i] as Field).lower === lower) return fields[i];
  return undefined;
}

function add(fields: Fields, field: Field): void {
  if (!fields.isStale) fields.push(field);
  fields.index?.set(field.lower, field);
}

function remove(fields: Fields, field: Field): void {
  fields.index?.delete(field.lower);
  // Each removal from a long list would move what follows.
  if (fields.length > FEW) fields.isStale = true;
  else fields.splice(fields.indexOf(field), 1);
}

/** The fields, to be read one by one. */
export function listed(fields: Fields | null | undefined): readonly Field[] {
  if (!fields) return [];
  if (fields.isStale) {
    fields.isStale = false;
    fields.length = 0;
    for (const field of (fields.index as Map<string, Field>).values()) fields.push(field);
  }
  return fields;
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

/** The names of an option `uniqueHeaders`, in lower case; null when there are none. */
export function uniqueNames(lists: readonly (string | readonly string[])[] | undefined): ReadonlySet<string> | null {
  if (!Array.isArray(lists) || lists.length === 0) return null;
  return new Set((lists as readonly (string | readonly string[])[]).flat().map((name) => name.toLowerCase()));
}
