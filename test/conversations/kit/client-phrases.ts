/** What many conversations of a client say and do: answers as text, and the behaviours of common listeners. */
import type { ClientLine, ClientStep, ClientSteps } from './client-conversation.js';
import { head } from './phrases.js';

/** A response head: `200 OK` and the lines. */
export const ok = (...lines: readonly string[]): string => head('HTTP/1.1 200 OK', ...lines);

/** A response whose body has its Content-Length. */
export const answer = (body: string, ...lines: readonly string[]): string =>
  ok(...lines, `Content-Length: ${body.length}`) + body;

/** The head of a chunked response. */
export const chunked = (...lines: readonly string[]): string => ok('Transfer-Encoding: chunked', ...lines);

/** A response head with more to come: its body has begun. */
export const HALF = `${ok('Content-Length: 10')}begun`;

/** Reads the body to its end. */
export const read: ClientSteps = [['listen', 'res.data']];

/** A GET that is complete. */
export const ask = (path = '/', options: Readonly<Record<string, unknown>> = {}): ClientStep => [
  'request',
  { path, ...options },
  [['req.end']],
];

/** The peer awaits a whole head. */
export const HEAD_END = '\r\n\r\n';

/** Asks, and lets the peer answer. */
export const asked = (response: string, options?: Readonly<Record<string, unknown>>): readonly ClientLine[] => [
  ask('/', options),
  ['await bytes', HEAD_END],
  ['send', response],
];
