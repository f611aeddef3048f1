/** Where the host breaks the RFC or its own document: each entry says how, and what statewire does. */
import type { Server } from 'node:http';
import type { Conversation, Line, Steps } from '../kit/conversation.js';
import {
  answersClientErrors,
  BAD_REQUEST,
  CLOSE,
  forgottenRequest,
  get,
  head,
  hello,
  kept,
  last,
  never,
  readThenHello,
} from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

/** More than a peer that reads nothing may have dispatched. */
const MANY = 5000;

const dispatched = new WeakMap<Server, number>();

const count = (server: Server) => dispatched.set(server, (dispatched.get(server) ?? 0) + 1);

/** In milliseconds. */
const strict = { connectionsCheckingInterval: 15, headersTimeout: 40, requestTimeout: 80 };

/** A second connection, whose deadline passes after that of the first. */
const late = [['as', 'b'], ['send', 'GET / HTTP/1.1\r\n'], ['await close'], ['as', 'a']] as const;

const behindRequests: readonly Conversation[] = [
  {
    name: 'garbage behind a good request: the answer goes out, then the 400',
    handler: never,
    script: [
      ['send', `${get('/')}garbage\r\n\r\n`],
      ['await event', 'server.request'],
      ['settle'],
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host sends the 400 at once and drops the answer',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'socket1.error Error HPE_INVALID_METHOD "Parse Error: Invalid method encountered" bytesParsed=27 rawPacket=38',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close true',
      ],
      peers: { a: { received: kept('late') + BAD_REQUEST } },
    },
  },
  {
    name: 'garbage behind a request that is answered at once',
    handler: hello,
    script: [['send', `${get('/')}garbage\r\n\r\n`], ['settle']],
    differs: {
      row: 'late-fault',
      why: 'the host sends the 400 only when the garbage comes in a packet of its own',
      peers: { a: { received: kept('hello') + BAD_REQUEST } },
    },
    differsOn: {
      '>=24': {
        row: 'late-fault',
        why: 'the host destroys the socket before it tells that the answer is out',
        events: [
          'server.connection socket1',
          'server.request req1 GET / 1.1',
          'res1.prefinish',
          '> res1.end -> res1',
          'res1.finish',
          'socket1.error Error HPE_INVALID_METHOD "Parse Error: Invalid method encountered" bytesParsed=27 rawPacket=38',
          'res1.close',
          'req1.end',
          'req1.close',
          'socket1.close true',
        ],
      },
    },
  },
  {
    name: 'a bad body behind a good request',
    handler: { '/1': never, '/2': readThenHello },
    script: [
      ['send', `${get('/1')}${head('POST /2 HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}xyz\r\n`],
      ['await event', 'server.request', 2],
      ['settle'],
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host sends the 400 at once and drops the answer',
      events: [
        'server.connection socket1',
        'server.request req1 GET /1 1.1',
        'server.request req2 POST /2 1.1',
        'req2.aborted',
        'req2.error Error ECONNRESET "aborted"',
        'req2.close',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'socket1.error Error HPE_INVALID_CHUNK_SIZE "Parse Error: Invalid character in chunk size" bytesParsed=85 rawPacket=90',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close true',
        'res2.close',
      ],
      peers: { a: { received: kept('late') + BAD_REQUEST } },
    },
  },
  {
    name: 'a body that goes wrong after the answer: no second one',
    handler: hello,
    script: [
      ['send', head('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', 'xyz\r\n'],
      ['settle'],
    ],
    differs: {
      row: 'one-answer',
      why: 'RFC 9112 §9.2: one final response per request',
      events: forgottenRequest().events,
      peers: { a: { received: kept('hello') } },
    },
  },
  {
    name: 'a body too slow after the answer: no 408',
    server: { options: { connectionsCheckingInterval: 15, headersTimeout: 30, requestTimeout: 40 } },
    handler: hello,
    script: [['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4')], ['await close']],
    differs: {
      row: 'one-answer',
      why: 'RFC 9112 §9.2: one final response per request',
      events: forgottenRequest().events,
      peers: { a: { received: kept('hello') } },
    },
  },
  {
    name: 'a request behind one that says close is not processed',
    handler: hello,
    script: [['send', get('/1', CLOSE) + get('/2')], ['settle']],
    differs: {
      row: 'behind-close',
      why: 'RFC 9112 §9.6',
      events: [
        'server.connection socket1',
        'server.request req1 GET /1 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close false',
      ],
    },
  },
  {
    name: 'a head too slow behind a good request: the answer goes out, then the 408',
    server: { options: strict },
    handler: never,
    script: [
      ['send', `${get('/')}GET / HTTP/1.1\r\n`],
      ['await event', 'server.request'],
      ...late,
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host sends the 408 at once and drops the answer',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'server.connection socket2',
        'socket2.error Error ERR_HTTP_REQUEST_TIMEOUT "Request timeout"',
        'socket2.close true',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'socket1.error Error ERR_HTTP_REQUEST_TIMEOUT "Request timeout"',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close true',
      ],
      peers: { a: { received: `${kept('late')}HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n` } },
    },
  },
  {
    name: 'a head too slow behind a good request, clientError listening',
    server: { ...answersClientErrors, options: strict },
    handler: never,
    script: [
      ['send', `${get('/')}GET / HTTP/1.1\r\n`],
      ['await event', 'server.request'],
      ...late,
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the listener of the host overtakes the answer',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'server.connection socket2',
        'server.clientError Error ERR_HTTP_REQUEST_TIMEOUT "Request timeout" socket2',
        '> socket2.end -> socket2',
        'res1.prefinish',
        '> res1.end -> res1',
        'server.clientError Error ERR_HTTP_REQUEST_TIMEOUT "Request timeout" socket1',
        '> socket1.end -> socket1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
      ],
      peers: { a: { received: `${kept('late')}HTTP/1.1 400 Mine\r\n\r\n` } },
    },
  },
  {
    name: 'CONNECT that nobody listens to behind a good request: the answer goes out, then the close',
    handler: never,
    script: [
      ['send', get('/') + head('CONNECT far:443 HTTP/1.1', 'Host: far:443')],
      ['await event', 'server.request'],
      ['settle'],
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host closes at once and drops the answer',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close false',
      ],
      peers: { a: { received: kept('late') } },
    },
  },
];

const KEPT = 'Date: <date>\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n';

/** Answers over HTTP/1.0 whose length is known though nobody gives it: how they are asked for and given, and their heads. */
const measured: readonly (readonly [name: string, method: string, handler: Steps, head: string])[] = [
  ['end() without a body', 'GET', [['res.end']], `200 OK\r\n${KEPT}Content-Length: 0`],
  ['HEAD', 'HEAD', hello, `200 OK\r\n${KEPT.trimEnd()}`],
  ['204', 'GET', [['res.writeHead', 204], ['res.end']], `204 No Content\r\n${KEPT.trimEnd()}`],
  ['304', 'GET', [['res.writeHead', 304], ['res.end']], `304 Not Modified\r\n${KEPT.trimEnd()}`],
];

const answers: readonly Conversation[] = [
  ...measured.map(
    ([name, method, handler, received]): Conversation => ({
      name: `HTTP/1.0 keep-alive, ${name}: the connection stays`,
      handler,
      script: [['send', head(`${method} / HTTP/1.0`, 'Connection: keep-alive')], ['settle']],
      differs: {
        row: 'http10-length',
        why: 'RFC 9112 §9.3: the host closes, though nothing has to be delimited',
        events: (host) => host.filter((line) => line !== 'socket1.close false'),
        peers: { a: { received: `HTTP/1.1 ${received}\r\n\r\n`, ended: 'open' } },
      },
    }),
  ),
  {
    name: 'HTTP/1.0 keep-alive, Transfer-Encoding set: the connection closes',
    handler: [['res.setHeader', 'Transfer-Encoding', 'chunked'], ...hello],
    script: [['send', head('GET / HTTP/1.0', 'Connection: keep-alive')], ['await bytes', '0\r\n\r\n'], ['settle']],
  },
  {
    name: 'HTTP/1.0 keep-alive, end(body): Content-Length, and the connection stays',
    handler: hello,
    script: [['send', head('GET / HTTP/1.0', 'Connection: keep-alive')], ['await bytes', 'hello'], ['settle']],
    differs: {
      row: 'http10-length',
      why: 'RFC 9112 §9.3: the host sends no length and closes',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.0',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
      ],
      peers: { a: { received: kept('hello'), ended: 'open' } },
    },
  },
];

const OLD_HOSTS = ['1.0', '0.9', '2.0'].flatMap((version) => [
  [`two Hosts over HTTP/${version}`, ['Host: a', 'Host: b'], version],
  [`a Host with a path over HTTP/${version}`, ['Host: a/b'], version],
]);

const hosts: readonly Conversation[] = [
  ['two Hosts', ['Host: a', 'Host: b']],
  ['the same Host twice', ['Host: a', 'Host: a']],
  ['a Host with a space', ['Host: a b']],
  ['a Host with a path', ['Host: a/b']],
  ['a Host with a user', ['Host: me@a']],
  ['a list of Hosts', ['Host: a, b']],
  ...OLD_HOSTS,
].map(([name, lines, version = '1.1']) => ({
  name: `${name}: 400`,
  handler: hello,
  script: [['send', head(`GET / HTTP/${version}`, ...(lines as string[]))], ['settle']],
  differs: {
    row: 'host-field',
    why: 'RFC 9112 §3.2: a duplicate or malformed Host is 400',
    events: ['server.connection socket1', 'socket1.close false'],
    peers: {
      a: {
        received: `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nDate: <date>\r\n${
          version === '1.1' ? 'Transfer-Encoding: chunked\r\n\r\n0\r\n' : ''
        }\r\n`,
        ...(version === '1.1' && { ended: 'fin' as const }),
      },
    },
  },
}));

const refusedBodies: readonly Conversation[] = [
  { name: 'one packet', script: (head: string): readonly Line[] => [['send', `${head}none\r\n`]] },
  {
    name: 'two packets',
    script: (head: string): readonly Line[] => [['send', head], ['settle'], ['send', 'none\r\n']],
  },
].map(
  ({ name, script }): Conversation => ({
    name: `two Hosts and a bad body, in ${name}: one refusal`,
    server: { on: { clientError: [['socket.end', 'HTTP/1.1 400 Mine\r\n\r\n']] } },
    handler: never,
    script: [...script(head('POST / HTTP/1.1', 'Host: a', 'Host: b', 'Transfer-Encoding: chunked')), ['settle']],
    differs: {
      row: 'host-field',
      why: 'RFC 9112 §3.2: the host gives the request to its handler, and refuses the body alone',
      events: ['server.connection socket1', 'socket1.close false'],
      peers: {
        a: {
          received:
            'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nDate: <date>\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        },
      },
    },
  }),
);

const cuts: readonly Conversation[] = [
  { what: 'a head', text: 'GET /2 HT', isRequest: false },
  {
    what: 'a counted body',
    text: `${head('POST /2 HTTP/1.1', 'Host: a', 'Content-Length: 5')}ab`,
    isRequest: true,
  },
  { what: 'a chunked body', text: head('POST /2 HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked'), isRequest: true },
].flatMap(({ what, text, isRequest }) =>
  [false, true].map(
    (hears): Conversation => ({
      name: `FIN in ${what} behind a request whose answer is due${hears ? ', with a clientError listener' : ''}`,
      ...(hears && { server: { on: { clientError: [] } } }),
      handler: never,
      script: [
        ['send', get('/1') + text],
        ['await event', 'server.request', isRequest ? 2 : 1],
        ['settle'],
        ['end'],
        ['settle'],
      ],
      differs: {
        row: 'cut-behind',
        why: 'the host sends a 400 that is taken for the answer to the first, or leaves the connection',
        events: [
          'server.connection socket1',
          'server.request req1 GET /1 1.1',
          ...(isRequest ? ['server.request req2 POST /2 1.1'] : []),
          ...(hears ? ['server.clientError Error HPE_INVALID_EOF_STATE "Parse Error" bytesParsed=0 socket1'] : []),
          'socket1.end',
          'req1.aborted',
          ...(isRequest ? ['req2.aborted'] : []),
          'socket1.close false',
          'res1.close',
          ...(isRequest ? ['res2.close'] : []),
          'req1.error Error ECONNRESET "aborted"',
          'req1.close',
          ...(isRequest ? ['req2.error Error ECONNRESET "aborted"', 'req2.close'] : []),
        ],
        peers: { a: hears ? { ended: 'fin' } : { received: '' } },
      },
    }),
  ),
);

const memory: readonly Conversation[] = [
  {
    name: 'requests of a peer that reads nothing are not all dispatched',
    deaf: ['req', 'res', 'server.request'],
    handler: [['run', ({ server }) => count(server)]],
    script: [
      ['send', get('/').repeat(MANY)],
      ['settle'],
      ['run', ({ server, note }) => note(dispatched.get(server) === MANY ? 'all of them' : 'some held back')],
    ],
    differs: {
      row: 'bounded-pipeline',
      why: 'the host dispatches all that it is sent, unread answers or not',
      events: ['server.connection socket1', 'some held back'],
    },
  },
  {
    name: 'a peer that waits, and whose socket the handler has ended: it is closed',
    deaf: ['req', 'res', 'server.request'],
    handler: {
      '/': never,
      '/end': [
        ['wait', 'turn'],
        ['run', ({ req }) => void req.socket.end()],
      ],
    },
    script: [['send', get('/end') + get('/').repeat(40)], ['settle'], ['end'], ['settle']],
    differs: {
      row: 'bounded-pipeline',
      why: 'the host reads on, and waits for the peer to end',
      events: (host) => host.filter((line) => line !== 'socket1.end'),
    },
  },
  {
    name: "end('686', 'hex'): an odd number of digits",
    handler: [['res.end', '686', 'hex', cb('end')]],
    script: [['send', get('/', CLOSE)], ['await close']],
    differs: {
      row: 'odd-hex',
      why: 'the host aborts the process',
      hostDies: true,
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'callback.end null',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close false',
      ],
      peers: { a: { received: last('h'), ended: 'fin' } },
    },
  },
];

export const listed = [...behindRequests, ...answers, ...hosts, ...refusedBodies, ...cuts, ...memory];
