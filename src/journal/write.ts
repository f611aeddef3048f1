/** Writes the parts of frames: what frames.ts reads. */
import { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import type { EventLike } from '../engine/args.js';
import type { NetFact } from '../events/net.js';
import type { Recorded } from '../io/record.js';
import { STREAM as STREAM_DOOR } from '../io/record.js';
import type { Ended } from './line.js';
import type { Bytes, Opening } from './opening.js';
import type { Pen } from './pen.js';
import * as v from './vocabulary.js';

export type { Pen } from './pen.js';

const STREAM = STREAM_DOOR;

/** Reasons of a gap. */
export const UNCAUSED = 1;
export const TOO_LONG = 2;
export const OVERWRITTEN = 3;
export const MISSED = 4;

/** Texts of the world are cut after so many characters. */
const LONGEST_TEXT = 80;

/** An outgoing message: the members that are recorded with its head and its end. */
export interface Outgoing {
  readonly _header: string | null;
  readonly _trailer: unknown;
  readonly chunkedEncoding: unknown;
  readonly shouldKeepAlive: unknown;
  readonly _hasBody: unknown;
  readonly _last: unknown;
  readonly _lacksContent?: unknown;
  readonly _isTunnel?: unknown;
  readonly _contentLength: number | null;
  readonly statusCode?: unknown;
}

/** Bits of a message. */
export const CHUNKED = 1;
export const KEEPS = 2;
export const HAS_BODY = 4;
export const LAST = 8;
export const NO_HEAD = 16;
export const LACKS_CONTENT = 32;
export const IS_TUNNEL = 64;

/** What a request was offered. */
export interface Offered {
  readonly socket: unknown;
  readonly error: (Error & { code?: unknown }) | null | undefined;
  readonly host: { readonly message: { readonly reusedSocket?: unknown } };
}

export function offer(pen: Pen, exchange: number, { socket, error, host }: Offered): void {
  pen.byte((socket ? 1 : 0) | (error ? 2 : 0) | (host.message.reusedSocket === true ? 4 : 0));
  pen.utf8(String(error?.code ?? '').slice(0, 12));
  // It is sent again: its line is that of the connection on which it was.
  if (exchange > 0) pen.number(exchange);
}

export function other(pen: Pen, kind: number, exchange: number, chart: number, detail: unknown): void {
  pen.byte(kind);
  pen.number(exchange);
  pen.byte(chart);
  const passed = detail as { headLate?: boolean; wholeLate?: boolean } | null | undefined;
  const bits = (passed?.headLate === true ? 1 : 0) | (passed?.wholeLate === true ? 2 : 0);
  pen.number(typeof detail === 'number' && detail >= 0 ? Math.floor(detail) : detail instanceof Error ? 1 : bits);
}

export function fact(pen: Pen, given: NetFact): void {
  pen.byte(v.FACTS.indexOf(given.type));
  if (given.type !== 'net.failed') return;
  const { code, message } = Object(given.error) as { code?: unknown; message?: unknown };
  pen.utf8(String(code ?? '').slice(0, LONGEST_TEXT));
  pen.utf8(String(message ?? '').slice(0, LONGEST_TEXT));
}

/** A part of a message, before it is written. */
export interface Given {
  readonly form: number;
  readonly data: string | Uint8Array;
  /** In bytes. */
  readonly size: number;
  readonly hasCallback: boolean;
  readonly isHole: boolean;
  isElsewhere: boolean;
}

type Chunked = EventLike & { readonly chunk?: unknown; readonly encoding?: unknown; readonly callback?: unknown };

/** What a call hands over; undefined for one that hands nothing over. */
export function givenOf(event: EventLike, bytes: Bytes): Given | undefined {
  const { type, chunk, encoding, callback } = event as Chunked;
  if (type !== 'user.write' && type !== 'user.end' && type !== 'user.inform') return undefined;
  const keeps = bytes === 'raw' || bytes === 'bodies' || (bytes === 'heads' && type === 'user.inform');
  const data = (chunk ?? '') as string | Uint8Array;
  const isText = typeof data === 'string';
  const form = chunk === undefined || chunk === null ? 0 : !isText ? 3 : encoding === 'utf8' ? 2 : 1;
  const size = isText && form === 2 ? Buffer.byteLength(data) : data.length;
  return { form, data, size, hasCallback: typeof callback === 'function', isHole: !keeps, isElsewhere: false };
}

/** What is handed over, in parts. */
export function* parts({ data, form, isHole }: Given, longest: number): Generator<Buffer> {
  if (isHole) return;
  const all =
    typeof data === 'string'
      ? Buffer.from(data, form === 2 ? 'utf8' : 'latin1')
      : Buffer.from(data.buffer, data.byteOffset, data.length);
  for (let at = 0; at < all.length; at += longest) yield all.subarray(at, at + longest);
}

function payload(pen: Pen, { form, data, size, hasCallback, isHole, isElsewhere }: Given): void {
  pen.byte(form | (hasCallback ? 8 : 0) | (isHole ? 16 : 0) | (isElsewhere && !isHole ? 32 : 0));
  if (form === 0) return;
  pen.number(size);
  if (form === 2) pen.number(data.length);
  if (isHole || isElsewhere) return;
  if (typeof data !== 'string') pen.bytes(data);
  else if (size > data.length) pen.at += pen.buffer.write(data, pen.at, size, 'utf8');
  else pen.latin1(data);
}

type Headed = EventLike & { readonly last?: boolean; readonly bodyless?: boolean; readonly switches?: boolean };

export function call(
  pen: Pen,
  exchange: number,
  chart: number,
  code: number,
  event: EventLike,
  message: Outgoing,
  given: Given | undefined,
  bytes: Bytes,
): void {
  pen.number(exchange);
  pen.byte(chart);
  pen.byte(code);
  switch (event.type) {
    case 'user.head':
      head(pen, event as Headed, message, bytes);
      break;
    case 'user.inform':
    case 'user.write':
      payload(pen, given as Given);
      break;
    case 'user.end':
      payload(pen, given as Given);
      pen.utf8(bytes === 'none' ? '' : String(message._trailer ?? ''));
      break;
    case 'user.destroy':
    case 'user.misused':
    case 'user.abort':
    case 'user.forsake': {
      const { _errored: error } = message as Outgoing & { readonly _errored?: { code?: unknown } | null };
      pen.byte(error ? 1 : 0);
      pen.utf8(String(error?.code ?? '').slice(0, 12));
      break;
    }
  }
}

function head(pen: Pen, { last, bodyless, switches }: Headed, message: Outgoing, bytes: Bytes): void {
  const { _header: text, _contentLength: declared, statusCode } = message;
  pen.byte((last ? 1 : 0) | (bodyless ? 2 : 0) | (switches ? 4 : 0));
  pen.byte(
    (message.chunkedEncoding ? CHUNKED : 0) |
      (message.shouldKeepAlive ? KEEPS : 0) |
      (message._hasBody ? HAS_BODY : 0) |
      (message._last ? LAST : 0) |
      (text === null ? NO_HEAD : 0) |
      (message._lacksContent ? LACKS_CONTENT : 0) |
      (message._isTunnel ? IS_TUNNEL : 0),
  );
  pen.number(typeof declared === 'number' && declared >= 0 ? Math.floor(declared) + 1 : 0);
  pen.number(typeof statusCode === 'number' && statusCode > 0 ? Math.floor(statusCode) : 0);
  const data = text ?? '';
  payload(pen, { form: 1, data, size: data.length, hasCallback: false, isHole: bytes === 'none', isElsewhere: false });
}

/** Longer ones are judged by their beginning and their end. */
const SAMPLE = 1024;

/** A hash of what is handed to a socket or a stream; 0 if its bytes are not kept. */
export function hash(data: string | Uint8Array, bytes: Bytes): number {
  if (bytes === 'none' || bytes === 'heads') return 0;
  if (data.length <= 2 * SAMPLE) return crc32(data);
  const [begin, end] =
    typeof data === 'string'
      ? [data.slice(0, SAMPLE), data.slice(-SAMPLE)]
      : [data.subarray(0, SAMPLE), data.subarray(data.length - SAMPLE)];
  return crc32(end, crc32(begin));
}

export function door(pen: Pen, kind: number, code: number | undefined, detail: unknown, bytes: Bytes): void {
  pen.byte(kind);
  pen.byte(code === undefined ? 0 : code + 1);
  const isChunk = kind === STREAM && typeof detail === 'object';
  pen.number(isChunk ? (detail as Uint8Array).length : 0);
  pen.word(isChunk ? hash(detail as Uint8Array, bytes) : 0);
}

export const lengthOf = (data: string | Uint8Array, encoding: string): number =>
  typeof data !== 'string' || encoding === 'latin1' ? data.length : Buffer.byteLength(data, encoding as BufferEncoding);

export function wrote(pen: Pen, data: string | Uint8Array, encoding: string, accepted: boolean, bytes: Bytes): void {
  pen.number(lengthOf(data, encoding));
  pen.byte((accepted ? 1 : 0) | (typeof data === 'string' ? 2 : 0));
  pen.word(hash(data, bytes));
}

/** Optional numbers are one larger. */
const optional = (value: number | undefined): number =>
  value === undefined || !(value >= 0) ? 0 : Math.floor(value) + 1;

export function ended(pen: Pen, exchange: number, chart: number, given: Ended): void {
  pen.number(exchange);
  pen.byte(chart);
  pen.utf8(given.code);
  pen.number(optional(given.status));
  pen.number(optional(given.ms));
  pen.number(optional(given.bytesIn));
  pen.number(optional(given.bytesOut));
  pen.utf8(given.method ?? '');
  pen.byte(given.path === undefined ? 0 : 1);
  pen.utf8(given.path ?? '');
  pen.utf8(given.what);
}

/**
 * The lengths of the pieces of a chunk, of a hole `~length`. An empty piece is where it leaves HTTP.
 * @param until where it does so
 * @param isLate whether it will be read later, so that this isn't known
 */
export function piecesOf(
  length: number,
  content: readonly number[],
  until: number | undefined,
  isLate: boolean,
  bytes: Bytes,
): number[] {
  if (bytes === 'none') return [~length];
  const found = isLate ? [~0] : [];
  const end = until ?? length;
  let at = 0;
  for (let i = 0; bytes === 'heads' && i < content.length; i += 2) {
    const from = content[i]!;
    if (from > at) found.push(from - at);
    found.push(~content[i + 1]!);
    at = from + content[i + 1]!;
  }
  if (at < end) found.push(end - at);
  if (until !== undefined) found.push(0);
  if (end < length) found.push(bytes === 'heads' ? ~(length - end) : length - end);
  return found;
}

/** How many bytes of them are kept. */
export function sizeOf(pieces: readonly number[]): number {
  let size = 0;
  for (const length of pieces) if (length > 0) size += length;
  return size;
}

export function split(pieces: readonly number[], longest: number): { first: number[]; rest: number[] } {
  const first: number[] = [];
  const rest = [...pieces];
  let left = longest;
  while (rest.length > 0 && left > 0) {
    const length = rest.shift()!;
    if (length > left) rest.unshift(length - left);
    first.push(length > 0 ? Math.min(length, left) : length);
    if (length > 0) left -= Math.min(length, left);
  }
  return { first, rest };
}

/** @returns where the next piece begins */
export function pieces(pen: Pen, chunk: Uint8Array, from: number, lengths: readonly number[]): number {
  let at = from;
  pen.number(lengths.length);
  for (const piece of lengths) {
    const isHole = piece < 0;
    const length = isHole ? ~piece : piece;
    pen.number(length * 2 + (isHole ? 1 : 0));
    if (!isHole) pen.bytes(chunk, at, at + length);
    at += length;
  }
  return at;
}

type Bag = Readonly<Record<string, unknown>>;

/** The settings of a server that the engine reads. */
const SETTINGS = [
  ...['requireHostHeader', 'maxRequestsPerSocket', 'maxHeadersCount', 'joinDuplicateHeaders', '_rejectsExcess'],
  ...['httpValidation', 'insecureHTTPParser', '_optimizesEmpty', 'httpAllowHalfOpen', 'keepAliveTimeout', 'timeout'],
  ...['rejectNonStandardBodyWrites', 'keepAliveTimeoutBuffer'],
];

const plain = (value: unknown): value is string | number | boolean =>
  typeof value === 'boolean' || typeof value === 'number' || (typeof value === 'string' && value.length < LONGEST_TEXT);

export function openingOf(host: Recorded, socket: object, isServerSide: boolean): Opening {
  const bag = socket as Bag;
  const server = ((host as unknown as Bag)['server'] ?? {}) as Bag & { _maxHeaderSize?(): number };
  const settings: Record<string, unknown> = {};
  if (isServerSide) {
    for (const name of SETTINGS) if (plain(server[name])) settings[name] = server[name];
    settings['maxHeaderSize'] = server._maxHeaderSize?.();
  }
  const address = (which: string) =>
    typeof bag[`${which}Address`] === 'string'
      ? ([String(bag[`${which}Address`]).slice(0, LONGEST_TEXT), Number(bag[`${which}Port`]) || 0] as const)
      : undefined;
  return {
    role: isServerSide ? 'server' : 'client',
    isSocket: socket instanceof Socket,
    isTls: bag['encrypted'] === true,
    mark: Number(bag['writableHighWaterMark']) || 0,
    remote: address('remote'),
    local: address('local'),
    settings,
  };
}
