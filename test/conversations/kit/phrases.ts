/** What many conversations say and do: requests as text, and the behaviours of common handlers. */
import type { Conversation, Difference, Line, Steps } from './conversation.js';
import { the } from './steps.js';

/** A message head: the lines joined by CRLF, and the empty line. */
export const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

/** A GET with `Host: a` and further header lines. */
export const get = (path: string, ...lines: readonly string[]): string =>
  head(`GET ${path} HTTP/1.1`, 'Host: a', ...lines);

/** Requests for /1, /2 … */
export const gets = (count: number): string => Array.from({ length: count }, (_, i) => get(`/${i + 1}`)).join('');

/** A request whose body has its Content-Length. */
export const post = (path: string, body: string, ...lines: readonly string[]): string =>
  head(`POST ${path} HTTP/1.1`, 'Host: a', `Content-Length: ${body.length}`, ...lines) + body;

/** The head of a chunked POST. */
export const postChunked = (path: string, ...lines: readonly string[]): string =>
  head(`POST ${path} HTTP/1.1`, 'Host: a', 'Transfer-Encoding: chunked', ...lines);

export const CLOSE = 'Connection: close';

/** One request that ends in the server's close: by default a GET that asks for it. */
export const exchange = (request: string = get('/', CLOSE)): readonly Line[] => [['send', request], ['await close']];

/** Answers at once, whatever was asked. */
export const hello: Steps = [['res.end', 'hello']];

/** Reads the body to its end, then answers. */
export const readThenHello: Steps = [
  ['listen', 'req.data'],
  ['wait', 'req.end'],
  ['res.end', 'hello'],
];

/** Sends back what comes, as it comes. */
export const echo: Steps = [['req.pipe', the('res')]];

/** Leaves the request unanswered. */
export const never: Steps = [];

/** A server whose clientError listener answers itself. */
export const answersClientErrors: Conversation['server'] = {
  on: { clientError: [['socket.end', 'HTTP/1.1 400 Mine\r\n\r\n']] },
};

const counted = (body: string): string => `Content-Length: ${body.length}\r\n\r\n${body}`;

/** The start of an answer after which the connection is closed. */
const LAST = 'HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: close\r\n';

/** An answer with a counted body, as it arrives, on a connection that is kept. */
export const kept = (body: string): string =>
  `HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n${counted(body)}`;

/** An answer with a counted body, as it arrives, on a connection that is closed behind it. */
export const last = (body: string): string => LAST + counted(body);

/** The same over HTTP/1.0, where the close delimits the body. */
export const lastUncounted = (body: string): string => `${LAST}\r\n${body}`;

/** The answer to what is not HTTP. */
export const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';

/** The call of a callback of `write()` or `end()`, of something that can't be sent any more. */
export const lost = (name: string, method: 'write' | 'end'): string =>
  `callback.${name} Error ERR_STREAM_DESTROYED "Cannot call ${method} after a stream was destroyed"`;

/** The host never calls these callbacks; statewire does, in front of the last line that begins so. */
export const owed = (next: string, ...lines: readonly string[]): Difference => ({
  row: 'lost-callbacks',
  why: 'the host drops what waits with its callback',
  events: (host) => {
    const at = host.findLastIndex((line) => line.startsWith(next));
    return [...host.slice(0, at), ...lines, ...host.slice(at)];
  },
});

/**
 * The first request's body is cut behind its answer: statewire tells so when the socket has closed, the host doesn't.
 * @param isRead somebody reads the body: it is told as one that is cut before its answer
 */
export const forgottenRequest = (isRead = false): Difference => ({
  row: 'forgotten-request',
  why: 'the documents have each message end in close',
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
