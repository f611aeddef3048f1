/**
 * Requests that recur.
 *
 * A client that polls sends the same bytes again and again; others send the same fields with targets that differ. A request
 * without content is kept with its header section, and llhttp isn't run again over what is the same (decision 0020). That is
 * safe because between two messages llhttp's state doesn't depend on what it has read: equal bytes give equal facts. The fields
 * change nothing about how the request line is read, and of what follows from them, the method and the version, all are equal.
 */
import { Buffer } from 'node:buffer';
import type { KnownRequest, MessageHead } from '../events/wire.js';

/** What follows the target in the first line. */
const VERSION = ' HTTP/1.1\r\n';
const END = '\r\n\r\n';
export const LF = 10;

/** The length of the longest request that is kept. */
const LONGEST = 4096;
/** Reading so few bytes again is cheaper than comparing them. */
const SHORTEST_REST = 256;

/** A request with the method and the fields of `head`, and with its target, if that came twice in a row; undefined if none is known. */
export function recallRequest({ section, method, url }: MessageHead): KnownRequest | undefined {
  if (section === undefined || url.length > LONGEST) return undefined;
  const { request } = section;
  const isRepeated = section.target === url;
  if (!isRepeated) section.target = url;
  if (request?.head.method !== method) return undefined;
  return !isRepeated || request.head.url === url ? request : undefined;
}

/**
 * Keeps the request at the end of `bytes`, if the empty line after its fields is the end of it.
 * @param targetStart where its target begins
 * @param fieldsEnd where the last of its fields ends
 */
export function rememberRequest(
  head: MessageHead,
  bytes: Buffer,
  targetStart: number,
  fieldsEnd: number,
): KnownRequest | undefined {
  const { section, method, url } = head;
  const from = targetStart - method.length - 1;
  const targetEnd = targetStart + url.length;
  if (section === undefined || from < 0 || bytes.length - from > LONGEST) return undefined;
  const isPlain =
    bytes.latin1Slice(from, targetStart) === `${method} ` &&
    bytes.latin1Slice(targetEnd, targetEnd + VERSION.length) === VERSION &&
    bytes.latin1Slice(fieldsEnd, bytes.length) === END;
  if (!isPlain) return undefined;
  const whole = copyOf(bytes.subarray(from));
  // Otherwise `recallRequest` had found it.
  const isRepeated = section.request?.head.method === method;
  const fields = section.fields as string[];
  section.request = {
    head: { ...head, url: isRepeated ? url : '', rawHeaders: fields, heeded: fields },
    whole: isRepeated ? whole : undefined,
    start: whole.subarray(0, targetStart - from),
    rest: whole.subarray(targetEnd - from),
  };
  return section.request;
}

/** A copy with memory of its own: one in Buffer's pool would keep 8 KiB. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** The head of another message that is the same. */
export function headAgain({ head }: KnownRequest): MessageHead {
  const fields = head.rawHeaders.slice();
  // A spread takes 3 % of a hello.
  return {
    method: head.method,
    url: head.url,
    statusCode: 0,
    statusMessage: '',
    versionMajor: 1,
    versionMinor: 1,
    rawHeaders: fields,
    heeded: fields,
    section: head.section,
    shouldKeepAlive: true,
    upgrade: false,
  };
}

/** Where the same request ends that begins at `at`; -1 if it's another. */
export function endOfSame(chunk: Buffer, at: number, { whole }: KnownRequest): number {
  return whole !== undefined && isAt(chunk, at, whole) ? at + whole.length : -1;
}

/** Where the line ends of a request that begins at `at` and differs in its target alone; -1 if it's another. */
export function endOfLine(chunk: Buffer, at: number, { start, rest }: KnownRequest): number {
  if (rest.length < SHORTEST_REST) return -1;
  for (let index = 0; index < start.length; index++) if (chunk[at + index] !== start[index]) return -1;
  let end = at + start.length;
  while (end < chunk.length && chunk[end] !== LF) end++;
  end++;
  const targetEnd = end - VERSION.length;
  return targetEnd > at + start.length && isAt(chunk, targetEnd, rest) ? end : -1;
}

/** Where the request ends whose line ends at `lineEnd`. */
export function endOfKnown(lineEnd: number, { rest }: KnownRequest): number {
  return lineEnd - VERSION.length + rest.length;
}

function isAt(chunk: Buffer, at: number, known: Buffer): boolean {
  if (at === 0 && chunk.length === known.length) return chunk.equals(known);
  const end = at + known.length;
  return end <= chunk.length && chunk.compare(known, 0, known.length, at, end) === 0;
}
