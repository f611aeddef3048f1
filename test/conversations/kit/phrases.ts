/** Building blocks of conversations: requests as text, and common handlers. */
import type { Conversation, Difference, Line, Steps } from './conversation.js';
import { the } from './steps.js';

/** A message head: the lines joined by CRLF, and the empty line. */
export const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

/** A GET with `Host: a` and further header lines. */
export const get = (path: string, ...lines: readonly string[]): string =>
  head(`GET ${path} HTTP/1.1`, 'Host: a', ...lines);

/** Requests for /1, /2 … */
export const gets = (count: number): string => Array.from({ length: count }, (_, i) => get(`/${i + 1}`)).join('');

/** A POST with a body and its Content-Length. */
export const post = (path: string, body: string, ...lines: readonly string[]): string =>
  head(`POST ${path} HTTP/1.1`, 'Host: a', `Content-Length: ${body.length}`, ...lines) + body;

/** The head of a chunked POST. */
export const postChunked = (path: string, ...lines: readonly string[]): string =>
  head(`POST ${path} HTTP/1.1`, 'Host: a', 'Transfer-Encoding: chunked', ...lines);

export const CLOSE = 'Connection: close';

/** One request, then the server's close: by default a GET with "Connection: close". */
export const exchange = (request: string = get('/', CLOSE)): readonly Line[] => [['send', request], ['await close']];

/** Responds at once to any request. */
export const hello: Steps = [['res.end', 'hello']];

/** Reads the body to its end, then responds. */
export const readThenHello: Steps = [
  ['listen', 'req.data'],
  ['wait', 'req.end'],
  ['res.end', 'hello'],
];

/** Echoes the body as it arrives. */
export const echo: Steps = [['req.pipe', the('res')]];

/** Does not respond. */
export const noResponse: Steps = [];

/** A server whose clientError listener responds itself. */
export const respondsToClientErrors: Conversation['server'] = {
  on: { clientError: [['socket.end', 'HTTP/1.1 400 Mine\r\n\r\n']] },
};

const counted = (body: string): string => `Content-Length: ${body.length}\r\n\r\n${body}`;

/** The beginning of a response with "Connection: close". */
const LAST = 'HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: close\r\n';

/** A response with Content-Length as the peer receives it, on a connection that stays open. */
export const kept = (body: string): string =>
  `HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n${counted(body)}`;

/** A response with Content-Length as the peer receives it, on a connection that is closed after it. */
export const last = (body: string): string => LAST + counted(body);

/** The same over HTTP/1.0, with the body delimited by close. */
export const lastUncounted = (body: string): string => `${LAST}\r\n${body}`;

/** The response to invalid HTTP. */
export const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';

/** The log line of a callback of `write()` or `end()` whose bytes can no longer be sent. */
export const failedCallback = (name: string, method: 'write' | 'end'): string =>
  `callback.${name} Error ERR_STREAM_DESTROYED "Cannot call ${method} after a stream was destroyed"`;

/** Callbacks that the host never calls; statewire does, before the last line that begins with `next`. */
export const addedCallbacks = (next: string, ...lines: readonly string[]): Difference => ({
  row: 'lost-callbacks',
  why: 'the host drops unsent writes together with their callbacks',
  events: (host) => {
    const at = host.findLastIndex((line) => line.startsWith(next));
    return [...host.slice(0, at), ...lines, ...host.slice(at)];
  },
});

/**
 * The body of the first request is cut after its response: statewire closes the request with the socket, the host does not.
 * @param isRead the body is being read, so the request is aborted as one cut before its response
 */
export const forgottenRequest = (isRead = false): Difference => ({
  row: 'forgotten-request',
  why: 'by the documentation each message ends with close',
  events: (host) =>
    host.flatMap((line) => {
      if (line.startsWith('socket1.close')) {
        return isRead
          ? ['req1.aborted', line, 'req1.error Error ECONNRESET "aborted"', 'req1.close']
          : [line, 'req1.close'];
      }
      if (!line.startsWith('req1 is readable')) return [line];
      return [isRead ? 'req1 is aborted, destroyed, readableFlowing, errored' : 'req1 is destroyed, readableFlowing'];
    }),
});
