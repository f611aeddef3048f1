/** What many conversations of a client say and do: answers as text, and the behaviours of common listeners. */
import type { Duplex } from 'node:stream';
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

/** Options of an agent that keeps its sockets, and of one that has one socket only. */
export const KEEPS = { keepAlive: true };
export const ONE = { keepAlive: true, maxSockets: 1 };

/** The speaking peer takes a request and answers it. */
export const serve = (body: string, ...lines: readonly string[]): readonly ClientLine[] => [
  ['await bytes', HEAD_END],
  ['send', answer(body, ...lines)],
];

/** A whole exchange, on whichever peer speaks. */
export const exchange = (number: number, path: string, body: string): readonly ClientLine[] => [
  ask(path),
  ...serve(body),
  ['await event', `req${number}.close`],
  ['settle'],
];

/** What createConnection is given to answer with. */
export type Given = (error: Error | null, socket?: Duplex) => void;

/** Options of a request that makes its own connection. */
export const by = (createConnection: unknown): Readonly<Record<string, unknown>> => ({
  agent: undefined,
  createConnection,
});
