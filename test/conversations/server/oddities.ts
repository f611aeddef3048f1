/** Oddities: connections that are no sockets, classes of the programmer's, helpers of node:stream. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Duplex, finished, PassThrough, pipeline, Readable } from 'node:stream';
import type { Conversation, Hands, Step } from '../kit/conversation.js';
import { CLOSE, echo, exchange, get, head, hello, never, post, readThenHello } from '../kit/phrases.js';

const HALF_POST = head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4');

const noSockets: readonly Conversation[] = [
  { name: 'duplex: a request and its answer', transport: 'duplex', handler: hello, script: exchange() },
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
      why: 'a body of 200 KB comes in four pieces, so the last write is shorter and flushed earlier',
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
        why: 'the answers leave in one write',
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
    handler: never,
    script: [
      ['send', get('/')],
      ['await event', 'server.request'],
      ['server.closeAllConnections'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
];

/** Tells with which error, if any, the stream was finished. */
const tell =
  (what: string, { note }: Hands) =>
  (error?: NodeJS.ErrnoException | null) =>
    note(`${what} ${error ? `${error.code} ${error.message}` : 'well'}`);

const streams: readonly Conversation[] = [
  {
    name: 'stream.finished of request and answer',
    handler: [
      ['run', (hands) => void finished(hands.req, tell('request finished', hands))],
      ['run', (hands) => void finished(hands.res, tell('answer finished', hands))],
      ...readThenHello,
    ],
    script: exchange(post('/', 'body', CLOSE)),
    differsOn: {
      '>=26': {
        row: 'ends',
        why: 'the request is told before the answer',
        events: (host) => {
          const others = host.filter((event) => event !== 'answer finished well');
          return others.toSpliced(others.indexOf('request finished well'), 0, 'answer finished well');
        },
      },
    },
  },
  {
    name: 'stream.finished when the peer has gone',
    handler: [
      ['run', (hands) => void finished(hands.req, tell('request finished', hands))],
      ['run', (hands) => void finished(hands.res, tell('answer finished', hands))],
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
    name: 'stream.finished of what is finished already',
    handler: [
      ['res.end', 'hello'],
      ['wait', 'req.close'],
      ['run', (hands) => void finished(hands.req, tell('request finished', hands))],
      ['run', (hands) => void finished(hands.res, tell('answer finished', hands))],
    ],
    script: exchange(),
  },
  {
    name: 'stream.pipeline from the request into the answer',
    handler: [
      ['run', (hands) => void pipeline(hands.req, new PassThrough(), hands.res, tell('pipeline ended', hands))],
    ],
    script: exchange(post('/', 'body', CLOSE)),
  },
  {
    name: 'stream.pipeline whose source fails',
    handler: [
      [
        'run',
        (hands) => {
          const source = new Readable({ read: () => source.destroy(new Error('dry')) });
          pipeline(source, hands.res, tell('pipeline ended', hands));
        },
      ],
    ],
    script: exchange(),
  },
  {
    name: 'stream.pipeline when the peer has gone',
    handler: [['run', (hands) => void pipeline(new PassThrough(), hands.res, tell('pipeline ended', hands))]],
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
    name: 'IncomingMessage and ServerResponse of the programmer',
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
    name: 'no listener for requests: nothing is answered',
    script: [['send', get('/')], ['settle']],
  },
  {
    name: 'methods replaced on the answer are called',
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
    name: 'prototypes swapped under request and answer',
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
    name: 'a listener added in a listener, and one that leaves',
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

/** What packages in wide use read, set or call, though no document has it. */
const undocumented: readonly Conversation[] = [
  {
    name: '_header, _headerSent before and behind the head',
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
        why: 'what write() was given leaves when the turn is over',
        events: (host) => {
          const written = host.findIndex((event) => event.startsWith('> res1.write '));
          return host.with(written + 1, 'res1._headerSent is true');
        },
      },
    },
  },
  {
    name: '_implicitHeader() is writeHead(statusCode)',
    handler: [['res.statusCode =', 201], ['res._implicitHeader'], ['res.headersSent ?'], ['res.end', 'x']],
    script: exchange(),
  },
  {
    name: 'shouldKeepAlive, useChunkedEncodingByDefault, chunkedEncoding, as they are and change',
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
    name: 'useChunkedEncodingByDefault = false: the close delimits',
    handler: [
      ['res.useChunkedEncodingByDefault =', false],
      ['res.write', 'one'],
      ['res.end', 'two'],
    ],
    script: [['send', get('/')], ['await close']],
  },
  {
    name: 'socket._httpMessage is the answer whose turn it is',
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

/** What events.captureRejections calls when a listener's promise is rejected. */
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
    name: 'a rejected listener: 500, headers set before are dropped',
    handler: [['res.setHeader', 'X-A', '1'], reject],
    script: [['send', get('/')], ['settle']],
  },
  {
    name: 'a rejected listener behind the head: destroyed',
    handler: [['res.write', 'begun'], reject],
    script: [['send', get('/')], ['settle']],
  },
];

export const oddities = [...noSockets, ...streams, ...extensions, ...undocumented, ...rejections];
