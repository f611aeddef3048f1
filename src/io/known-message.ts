/**
 * Messages that recur.
 *
 * A client that polls sends the same bytes again and again; others send the same fields with targets that differ. A server that
 * is polled responds with the same fields for as long as Date is the same. A message is kept with its header section, and llhttp
 * isn't run again over what is the same (decision 0020). That is safe because between two messages llhttp's state doesn't depend
 * on what it has read: equal bytes give equal facts, and content of the same length follows. The fields change nothing about how
 * the request line is read, and of what follows from them, the method and the version, all are equal.
 */
import { Buffer } from 'node:buffer';
import { type KnownMessage, type MessageHead, wireHead } from '../events/wire.js';

/** What follows the target in the first line. */
const VERSION = ' HTTP/1.1\r\n';
const END = '\r\n\r\n';
export const LF = 10;

/** The length of the longest head that is kept. */
const LONGEST = 4096;
/** Reading so few bytes again is cheaper than comparing them. */
const SHORTEST_REST = 256;

/** A message with the start line and the fields of `head`, or but for a target that didn't come twice in a row. */
export function recallMessage({
  section,
  method,
  url,
  statusCode,
  statusMessage,
}: MessageHead): KnownMessage | undefined {
  if (section === undefined || url.length > LONGEST) return undefined;
  const { message } = section;
  const isRepeated = section.target === url;
  if (!isRepeated) section.target = url;
  if (message === undefined) return undefined;
  const { head } = message.fact;
  const isAlike = head.method === method && head.statusCode === statusCode && head.statusMessage === statusMessage;
  return isAlike && (!isRepeated || head.url === url) ? message : undefined;
}

/**
 * Keeps the message at the end of `bytes`, if nothing but its content follows the empty line after its fields.
 * @param startOfText where its target begins, or its reason phrase
 * @param fieldsEnd where the last of its fields ends
 * @param content the length of its content
 */
export function rememberMessage(
  head: MessageHead,
  bytes: Buffer,
  startOfText: number,
  fieldsEnd: number,
  content: number,
): KnownMessage | undefined {
  const { section, method, url, statusCode, statusMessage } = head;
  const isRequest = statusCode === 0;
  const before = isRequest ? `${method} ` : `HTTP/1.1 ${statusCode} `;
  const after = isRequest ? VERSION : '\r\n';
  const from = startOfText - before.length;
  const endOfText = startOfText + (isRequest ? url : statusMessage).length;
  const headEnd = fieldsEnd + END.length;
  if (section === undefined || from < 0 || headEnd - from > LONGEST) return undefined;
  const isPlain =
    headEnd + content === bytes.length &&
    bytes.latin1Slice(from, startOfText) === before &&
    bytes.latin1Slice(endOfText, endOfText + after.length) === after &&
    bytes.latin1Slice(fieldsEnd, headEnd) === END;
  if (!isPlain) return undefined;
  const whole = copyOf(bytes.subarray(from, headEnd));
  // Otherwise `recallMessage` had found it.
  const isRepeated = !isRequest || section.message?.fact.head.method === method;
  const { fields } = section;
  section.message = {
    fact: wireHead({ ...head, url: isRepeated ? url : '', rawHeaders: fields, heeded: fields }),
    whole: isRepeated ? whole : undefined,
    content,
    start: whole.subarray(0, startOfText - from),
    rest: whole.subarray(endOfText - from),
  };
  return section.message;
}

/** A copy with memory of its own: one in Buffer's pool would keep 8 KiB. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Where the content begins of the same message that begins at `at`; -1 if it's another, or not whole. */
export function startOfContent(chunk: Buffer, at: number, { whole, content }: KnownMessage): number {
  if (whole === undefined || at + whole.length + content > chunk.length) return -1;
  return isAt(chunk, at, whole) ? at + whole.length : -1;
}

/** Where the line ends of a request without content that begins at `at` and differs in its target alone; -1 if it's another. */
export function endOfLine(chunk: Buffer, at: number, { fact, start, rest, content }: KnownMessage): number {
  if (fact.head.statusCode !== 0 || content > 0 || rest.length < SHORTEST_REST) return -1;
  for (let index = 0; index < start.length; index++) if (chunk[at + index] !== start[index]) return -1;
  let end = at + start.length;
  while (end < chunk.length && chunk[end] !== LF) end++;
  end++;
  const targetEnd = end - VERSION.length;
  return targetEnd > at + start.length && isAt(chunk, targetEnd, rest) ? end : -1;
}

/** Where the request ends whose line ends at `lineEnd`. */
export function endOfKnown(lineEnd: number, { rest }: KnownMessage): number {
  return lineEnd - VERSION.length + rest.length;
}

function isAt(chunk: Buffer, at: number, known: Buffer): boolean {
  if (at === 0 && chunk.length === known.length) return chunk.equals(known);
  const end = at + known.length;
  return end <= chunk.length && chunk.compare(known, 0, known.length, at, end) === 0;
}
