/** The conversations that are not run over TLS, with the reason. */

export type Side = 'server' | 'client';

/** Reasons, with the names of conversations. */
type Reasons = Readonly<Record<string, readonly string[]>>;

const plain = 'the script opens a plain socket, or names http:';
const held = 'it awaits what a socket without TLS holds, or has';
const landing = 'over TLS, the host lands the writes of a turn together, see `tls-writes` in differences-from-node.md';
const dropped = 'over TLS, a destroyed socket drops what it was given in the same turn, see `tls-writes`';

const ofServer: Reasons = {
  'node:https ignores this option, see `https-unique-headers`': ['uniqueHeaders joins an array given to setHeader()'],
  [held]: ['highWaterMark applies to the request and the response', 'chunk extensions over 16 KiB'],
  'the connection has no peer before its handshake': ['maxConnections: one too many is dropped'],
  [landing]: [
    '2 requests in one packet',
    '16 requests in one packet, immediate responses',
    '16 requests in one packet, responses a turn later',
    '16 requests in one packet, responses in several encodings and as bytes',
    'a large response before a small one',
    'responses ended in reverse order are sent in request order',
    'bodies between pipelined requests',
    'a chunked body, then a request, in one packet',
    'HEAD, 304 and 204 among others: no body is sent for them',
    'FIN after pipelined requests: all responses are sent, then close',
    'FIN after pipelined requests, immediate responses',
    '100 Continue waits, with a response of bytes after it',
    'httpAllowHalfOpen: FIN after two requests, then late responses',
    'garbage after a request with an immediate response',
    'maxRequestsPerSocket: further pipelined requests are dropped with 503',
  ],
  [dropped]: [
    'req.destroy() right after end()',
    'req.destroy(error) right after end()',
    'res.destroy() right after end()',
    'res.destroy(error) right after end()',
    'socket.destroy() right after end()',
    'socket.destroy(error) right after end()',
    'write() after end() and destroy()',
  ],
  'the host no longer differs as listed': [
    'end() after end()',
    'stream.finished() of request and response',
    'FIN in a head after a request whose response is due, with a clientError listener',
    'FIN in a body with Content-Length after a request whose response is due, with a clientError listener',
    'FIN in a chunked body after a request whose response is due, with a clientError listener',
  ],
};

const ofClient: Reasons = {
  [plain]: [
    'a socket that is already connected',
    'an agent of the program that has only addRequest()',
    'a URL as a string',
    'a URL with a user',
    'options override the URL',
    'a URL, then a callback',
    'a URL object with a fragment and an empty query',
    'a URL object outside ASCII',
    'the global agent with a URL',
    'get() with a URL object',
    'the callback of get() is a response listener',
  ],
  [held]: [
    'an idle socket is unreferenced, a busy one is not',
    'chunk extensions over 16 KiB',
    'more header lines than maxHeadersCount',
  ],
  'the connection has no peer before its handshake': [
    'a signal that is already aborted',
    'destroy() at once',
    'destroy(error) at once',
    'abort() at once',
    'a signal at once',
    'a signal with a reason at once',
  ],
  'Node 20 has no default port and protocol in the options of an HTTPS agent, see `https-agent-options`': [
    'the properties of an agent',
    'the default properties of an agent',
    'the properties of the global agent',
  ],
  [dropped]: ['a response with Connection: close, the upload ended in its listener'],
  'over TLS, writableFinished becomes false again on the host, see `tls-writes`': [
    'upgrade',
    'upgrade with bytes after the head',
    'upgrade of a POST during its upload',
    '101 without Upgrade in the request',
    '103 before 101',
    'HTTP on an upgraded socket is not parsed',
    'an upgrade with timeouts set',
    'an upgraded socket has left the agent',
    'CONNECT',
    'CONNECT with bytes after the head',
    'CONNECT with Content-Length in the response',
    'CONNECT refused',
    'CONNECT with a 101 response',
    'CONNECT with a body',
    'CONNECT: bytes after the response are not parsed as a body',
  ],
  'the host no longer differs as listed': ['req.finish throws'],
};

const RESET = 'a peer cannot reset a TLS connection: Node has no call for it';
const DUPLEX = 'it is handed to the server by emit()';

const byName = (reasons: Reasons): ReadonlyMap<string, string> =>
  new Map(Object.entries(reasons).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)));

/** The reasons by the names of conversations. */
export const leftOut: Readonly<Record<Side, ReadonlyMap<string, string>>> = {
  server: byName(ofServer),
  client: byName(ofClient),
};

interface Conversation {
  readonly name: string;
  readonly script: readonly unknown[];
  readonly transport?: unknown;
}

/** Why a conversation is not run over TLS; undefined if it is. */
export function whyNot(side: Side, { name, script, transport }: Conversation): string | undefined {
  if (transport === 'duplex') return DUPLEX;
  if (script.some((line) => Array.isArray(line) && line[0] === 'reset')) return RESET;
  return leftOut[side].get(name);
}
