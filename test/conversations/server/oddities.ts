/** Connections that are not sockets, subclasses by the program, helpers of node:stream, undocumented members. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Duplex, finished, PassThrough, pipeline, Readable } from 'node:stream';
import type { Conversation, RunScope, Step } from '../kit/conversation.js';
import { CLOSE, echo, exchange, get, head, hello, kept, noResponse, post, readThenHello } from '../kit/phrases.js';

const HALF_POST = head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4');

const noSockets: readonly Conversation[] = [
  { name: 'duplex: a request and its response', transport: 'duplex', handler: hello, script: exchange() },
  {
    name: 'duplex: keep-alive',
    transport: 'duplex',
    handler: hello,
    script: [
      ['send', get('/1')],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', get('/2')],
      ['await bytes', 'hello'],
      ['settle'],
      ['end'],
      ['await close'],
    ],
  },
  { name: 'duplex: an echo', transport: 'duplex', handler: echo, script: exchange(post('/', 'body', CLOSE)) },
  {
    name: 'duplex: 200 KB both ways',
    transport: 'duplex',
    deaf: ['res.drain'],
    handler: [['res.setHeader', 'Content-Length', 200_000], ...echo],
    script: exchange(post('/', 'z'.repeat(200_000), CLOSE)),
    differs: {
      row: 'body-pieces',
      why: 'a body of 200 KB arrives in four pieces, so the last write is shorter and flushed earlier',
      events: [
        'server.connection socket1',
        'server.request req1 POST / 1.1',
        '> res1.setHeader -> res1',
        'res1.pipe req1',
        '> req1.pipe -> res1',
        'req1.end',
        'res1.prefinish',
        'res1.finish',
        'res1.unpipe req1 {"hasUnpiped":false}',
        'req1.close',
        'res1.close',
      ],
    },
  },
  {
    name: 'duplex: pipelined',
    transport: 'duplex',
    handler: hello,
    script: [['send', get('/1') + get('/2') + get('/3', CLOSE)], ['await close']],
    differsOn: {
      '<24': {
        row: 'one-write',
        why: 'statewire sends the responses in one write',
        events: [
          'server.connection socket1',
          'server.request req1 GET /1 1.1',
          'res1.prefinish',
          '> res1.end -> res1',
          'server.request req2 GET /2 1.1',
          '> res2.end -> res2',
          'server.request req3 GET /3 1.1',
          '> res3.end -> res3',
          'res2.prefinish',
          'res1.finish',
          'res1.close',
          'res3.prefinish',
          'res2.finish',
          'req1.end',
          'res2.close',
          'res3.finish',
          'req2.end',
          'res3.close',
          'req1.close',
          'req3.end',
          'req2.close',
          'req3.close',
        ],
      },
    },
  },
  {
    name: 'duplex: garbage',
    transport: 'duplex',
    handler: hello,
    script: exchange('garbage\r\n\r\n'),
  },
  {
    name: 'duplex: destroyed by the handler',
    transport: 'duplex',
    handler: [['res.destroy'], ['look', 'res']],
    script: [['send', get('/')], ['settle']],
  },
  {
    name: 'duplex: an upgrade',
    transport: 'duplex',
    server: { on: { upgrade: [['run', ({ socket, head }) => void socket.end(`HTTP/1.1 101 S\r\n\r\n${head}`)]] } },
    handler: hello,
    script: exchange(`${get('/', 'Connection: Upgrade', 'Upgrade: chat')}more`),
  },
  {
    name: 'duplex: server.closeAllConnections',
    transport: 'duplex',
    handler: noResponse,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['server.closeAllConnections'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
];

/** Logs the error, if any, with which a stream finished. */
const report =
  (what: string, { note }: RunScope) =>
  (error?: NodeJS.ErrnoException | null) =>
    note(`${what} ${error ? `${error.code} ${error.message}` : 'well'}`);

const streams: readonly Conversation[] = [
  {
    name: 'stream.finished() of request and response',
    handler: [
      ['run', (scope) => void finished(scope.req, report('request finished', scope))],
      ['run', (scope) => void finished(scope.res, report('response finished', scope))],
      ...readThenHello,
    ],
    script: exchange(post('/', 'body', CLOSE)),
    differsOn: {
      '>=26': {
        row: 'ends',
        why: 'on the host the request finishes before the response',
        events: (host) => {
          const others = host.filter((event) => event !== 'response finished well');
          return others.toSpliced(others.indexOf('request finished well'), 0, 'response finished well');
        },
      },
    },
  },
  {
    name: 'stream.finished() after a reset by the peer',
    handler: [
      ['run', (scope) => void finished(scope.req, report('request finished', scope))],
      ['run', (scope) => void finished(scope.res, report('response finished', scope))],
    ],
    script: [
      ['send', HALF_POST],
      ['await event', 'server.request'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
    ],
  },
  {
    name: 'stream.finished() of messages that have already finished',
    handler: [
      ['res.end', 'hello'],
      ['wait', 'req.close'],
      ['run', (scope) => void finished(scope.req, report('request finished', scope))],
      ['run', (scope) => void finished(scope.res, report('response finished', scope))],
    ],
    script: exchange(),
  },
  {
    name: 'stream.pipeline() from the request into the response',
    handler: [
      ['run', (scope) => void pipeline(scope.req, new PassThrough(), scope.res, report('pipeline ended', scope))],
    ],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'stream.pipeline() whose source fails',
    handler: [
      [
        'run',
        (scope) => {
          const source = new Readable({ read: () => source.destroy(new Error('dry')) });
          pipeline(source, scope.res, report('pipeline ended', scope));
        },
      ],
    ],
    script: exchange(),
  },
  {
    name: 'stream.pipeline(), then a reset by the peer',
    handler: [['run', (scope) => void pipeline(new PassThrough(), scope.res, report('pipeline ended', scope))]],
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['settle'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
    ],
  },
];

const extensions: readonly Conversation[] = [
  {
    name: 'subclasses of IncomingMessage and ServerResponse',
    server: {
      options: (http) => ({
        IncomingMessage: class extends http.IncomingMessage {
          get agent() {
            return this.headers['user-agent'];
          }
        } as typeof IncomingMessage,
        ServerResponse: class extends http.ServerResponse {
          json(value: unknown) {
            this.setHeader('Content-Type', 'application/json');
            return this.end(JSON.stringify(value));
          }
        } as unknown as typeof ServerResponse,
      }),
    },
    handler: [['req.agent ?'], ['res.json', { a: 1 }]],
    script: exchange(get('/', 'User-Agent: me', CLOSE)),
  },
  {
    name: 'no request listener: no response',
    script: [['send', get('/')], ['settle']],
  },
  {
    name: 'methods replaced on the response are called',
    handler: [
      [
        'run',
        ({ res, note }) => {
          const { writeHead, end } = res;
          res.writeHead = function (this: ServerResponse, ...args: unknown[]) {
            note(`writeHead(${args[0]})`);
            return Reflect.apply(writeHead, this, args) as ServerResponse;
          } as typeof res.writeHead;
          res.end = function (this: ServerResponse, ...args: unknown[]) {
            note(`end(${args[0]})`);
            return Reflect.apply(end, this, args) as ServerResponse;
          } as typeof res.end;
        },
      ],
      ['res.statusCode =', 201],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'prototypes swapped under request and response',
    handler: [
      [
        'run',
        ({ req, res }) => {
          Object.setPrototypeOf(req, Object.create(Object.getPrototypeOf(req), { param: { value: () => 'p' } }));
          Object.setPrototypeOf(
            res,
            Object.create(Object.getPrototypeOf(res), { send: { value: (x: string) => res.end(x) } }),
          );
        },
      ],
      ['req.param'],
      ['res.send', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'server[Symbol.asyncDispose]() closes',
    handler: hello,
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['run', async ({ server, note }) => note(`disposed ${await server[Symbol.asyncDispose]()}`)],
      ['await close'],
      ['await event', 'server.close'],
    ],
  },
  {
    name: 'a listener added in a listener, and a once listener',
    handler: [
      ['run', ({ server, note }) => void server.once('request', () => note('the second sees it'))],
      ['run', ({ res, note }) => void res.once('finish', () => note('finish, once'))],
      ...hello,
    ],
    script: [
      ['send', get('/1')],
      ['await bytes', 'hello'],
      ['send', get('/2')],
      ['await bytes', 'hello'],
    ],
  },
];

/** Undocumented members that widely used packages read, set or call. */
const undocumented: readonly Conversation[] = [
  {
    name: '_header, _headerSent before and after the head',
    handler: [
      ['res._header ?'],
      ['res._headerSent ?'],
      ['res.sendDate =', false],
      ['res.writeHead', 200, { 'X-A': '1' }],
      ['res._header ?'],
      ['res._headerSent ?'],
      ['res.write', 'x'],
      ['res._headerSent ?'],
      ['res.end'],
    ],
    script: exchange(),
    differsOn: {
      '>=26': {
        row: 'joined-chunks',
        why: 'the host sends what write() was given at the end of the turn',
        events: (host) => {
          const written = host.findIndex((event) => event.startsWith('> res1.write '));
          return host.with(written + 1, 'res1._headerSent is true');
        },
      },
    },
  },
  {
    name: '_implicitHeader() calls writeHead(statusCode)',
    handler: [['res.statusCode =', 201], ['res._implicitHeader'], ['res.headersSent ?'], ['res.end', 'x']],
    script: exchange(),
  },
  {
    name: 'shouldKeepAlive, useChunkedEncodingByDefault and chunkedEncoding over time',
    handler: [
      ['res.shouldKeepAlive ?'],
      ['res.useChunkedEncodingByDefault ?'],
      ['res.chunkedEncoding ?'],
      ['res.write', 'x'],
      ['res.chunkedEncoding ?'],
      ['res.end'],
    ],
    script: [['send', get('/')], ['await bytes', '0\r\n\r\n'], ['send', head('GET / HTTP/1.0')], ['await close']],
  },
  {
    name: 'useChunkedEncodingByDefault = false: delimited by close',
    handler: [
      ['res.useChunkedEncodingByDefault =', false],
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'useChunkedEncodingByDefault = false, end(body)',
    handler: [['res.useChunkedEncodingByDefault =', false], ...hello],
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle']],
    differs: {
      row: 'http10-length',
      why: 'RFC 9112 §9.3: the host sends no length and closes',
      events: (host) => host.filter((line) => line !== 'socket1.close false'),
      peers: { a: { received: kept('hello'), ended: 'open' } },
    },
  },
  {
    name: 'chunkedEncoding = true over HTTP/1.0: no length, delimited by close',
    handler: [['res.chunkedEncoding =', true], ...hello],
    script: [['send', head('GET / HTTP/1.0', 'Connection: keep-alive')], ['await close']],
  },
  {
    name: 'Connection: keep-alive by the handler, for a request with Connection: close',
    handler: [['res.setHeader', 'Connection', 'keep-alive'], ...hello],
    script: [['send', get('/', 'Connection: close')], ['await bytes', 'hello'], ['settle']],
    differs: {
      row: 'after-close',
      why: 'RFC 9112 §9.6: the server closes, whatever its response declares; the host waits for the peer',
      events: (host) => [...host, 'socket1.close false'],
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'Connection: keep-alive by the handler, for a HEAD request of HTTP/1.0',
    handler: [['res.setHeader', 'Connection', 'keep-alive'], ['res.end']],
    script: [['send', head('HEAD / HTTP/1.0')], ['await bytes', '\r\n\r\n'], ['settle']],
    differs: {
      row: 'after-close',
      why: 'RFC 9112 §9.6: the server closes, whatever its response declares; the host waits for the peer',
      events: (host) => [...host, 'socket1.close false'],
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'socket._httpMessage is the current response',
    handler: [
      ['run', ({ socket, note, res }) => note(String((socket as Owned)._httpMessage === res))],
      ...hello,
      ['wait', 'res.close'],
      ['run', ({ socket, note }) => note(String((socket as Owned)._httpMessage))],
    ],
    script: [['send', get('/')], ['await bytes', 'hello'], ['settle']],
  },
  {
    name: 'socket.server is the server',
    handler: [['run', ({ socket, note, server }) => note(String((socket as Owned).server === server))], ...hello],
    script: exchange(),
  },
];

type Owned = Duplex & { _httpMessage?: unknown; server?: unknown };

/** What events.captureRejections calls if the promise of a listener rejects. */
const reject: Step = [
  'run',
  ({ server, req, res }) => {
    const capture = Reflect.get(server, Symbol.for('nodejs.rejection')) as (...args: unknown[]) => void;
    Reflect.apply(capture, server, [new Error('boom'), 'request', req, res]);
  },
];

const rejections: readonly Conversation[] = [
  { name: 'a rejected listener: 500', handler: [reject], script: [['send', get('/')], ['settle']] },
  {
    name: 'a rejected listener: 500, headers set earlier are dropped',
    handler: [['res.setHeader', 'X-A', '1'], reject],
    script: [['send', get('/')], ['settle']],
  },
  {
    name: 'a rejected listener after the head: destroyed',
    handler: [['res.write', 'begun'], reject],
    script: [['send', get('/')], ['settle']],
  },
];

export const oddities = [...noSockets, ...streams, ...extensions, ...undocumented, ...rejections];
