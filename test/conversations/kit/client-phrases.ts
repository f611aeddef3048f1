/** Building blocks of client conversations: responses as text, and common listeners. */
import type { Duplex } from 'node:stream';
import type { ClientLine, ClientStep, ClientSteps } from './client-conversation.js';
import { head } from './phrases.js';

/** A response head: `200 OK` and the lines. */
export const ok = (...lines: readonly string[]): string => head('HTTP/1.1 200 OK', ...lines);

/** A response with a body and its Content-Length. */
export const response = (body: string, ...lines: readonly string[]): string =>
  ok(...lines, `Content-Length: ${body.length}`) + body;

/** The head of a chunked response. */
export const chunked = (...lines: readonly string[]): string => ok('Transfer-Encoding: chunked', ...lines);

/** A response whose body has begun but is not complete. */
export const HALF_RESPONSE = `${ok('Content-Length: 10')}begun`;

/** Reads the body to its end. */
export const read: ClientSteps = [['listen', 'res.data']];

/** Sends a complete GET. */
export const sendGet = (path = '/', options: Readonly<Record<string, unknown>> = {}): ClientStep => [
  'request',
  { path, ...options },
  [['req.end']],
];

/** What the peer awaits: the end of a head. */
export const HEAD_END = '\r\n\r\n';

/** Sends a GET; the peer responds with this text. */
export const roundTrip = (text: string, options?: Readonly<Record<string, unknown>>): readonly ClientLine[] => [
  sendGet('/', options),
  ['await bytes', HEAD_END],
  ['send', text],
];

/** Agent options: keep-alive, and keep-alive with a single socket. */
export const KEEP_ALIVE = { keepAlive: true };
export const ONE_SOCKET = { keepAlive: true, maxSockets: 1 };

/** The current peer receives a request and responds. */
export const serve = (body: string, ...lines: readonly string[]): readonly ClientLine[] => [
  ['await bytes', HEAD_END],
  ['send', response(body, ...lines)],
];

/** A whole exchange with the current peer. */
export const exchange = (number: number, path: string, body: string): readonly ClientLine[] => [
  sendGet(path),
  ...serve(body),
  ['await event', `req${number}.close`],
  ['settle'],
];

/** The callback that createConnection gets. */
export type ConnectionCallback = (error: Error | null, socket?: Duplex) => void;

/** Options of a request that creates its own connection. */
export const connectingBy = (createConnection: unknown): Readonly<Record<string, unknown>> => ({
  agent: undefined,
  createConnection,
});
