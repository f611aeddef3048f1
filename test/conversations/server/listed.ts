/** Where the host breaks the RFC or its own documentation: each entry states how, and what statewire does. */
import type { Server } from 'node:http';
import type { Conversation, Line, Steps } from '../kit/conversation.js';
import {
  BAD_REQUEST,
  CLOSE,
  forgottenRequest,
  get,
  head,
  hello,
  kept,
  last,
  noResponse,
  readThenHello,
  respondsToClientErrors,
} from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

/** More requests than are dispatched for a peer that reads nothing. */
const MANY = 5000;

const dispatched = new WeakMap<Server, number>();

const count = (server: Server) => dispatched.set(server, (dispatched.get(server) ?? 0) + 1);

/** In milliseconds. */
const strict = { connectionsCheckingInterval: 15, headersTimeout: 40, requestTimeout: 80 };

/** A second connection, whose deadline expires after that of the first. */
const late = [['as', 'b'], ['send', 'GET / HTTP/1.1\r\n'], ['await close'], ['as', 'a']] as const;

const afterRequests: readonly Conversation[] = [
  {
    name: 'garbage after a good request: the response is sent, then the 400',
    handler: noResponse,
    script: [
      ['send', `${get('/')}garbage\r\n\r\n`],
      ['await event', 'server.request'],
      ['settle'],
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host sends the 400 at once and drops the response',
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
    name: 'garbage after a request with an immediate response',
    handler: hello,
    script: [['send', `${get('/')}garbage\r\n\r\n`], ['settle']],
    differs: {
      row: 'late-fault',
      why: 'the host sends the 400 only if the garbage has a packet of its own',
      peers: { a: { received: kept('hello') + BAD_REQUEST } },
    },
    differsOn: {
      '>=24': {
        row: 'late-fault',
        why: 'the host destroys the socket before it emits finish',
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
    name: 'a bad body after a good request',
    handler: { '/1': noResponse, '/2': readThenHello },
    script: [
      ['send', `${get('/1')}${head('POST /2 HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}xyz\r\n`],
      ['await event', 'server.request', 2],
      ['settle'],
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host sends the 400 at once and drops the response',
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
    name: 'an invalid body after the response: no second response',
    handler: hello,
    script: [
      ['send', head('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', 'xyz\r\n'],
      ['settle'],
    ],
    differs: {
      row: 'one-response',
      why: 'RFC 9112 §9.2: one final response per request',
      events: forgottenRequest().events,
      peers: { a: { received: kept('hello') } },
    },
  },
  {
    name: 'a slow body after the response: no 408',
    server: { options: { connectionsCheckingInterval: 15, headersTimeout: 30, requestTimeout: 40 } },
    handler: hello,
    script: [['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4')], ['await close']],
    differs: {
      row: 'one-response',
      why: 'RFC 9112 §9.2: one final response per request',
      events: forgottenRequest().events,
      peers: { a: { received: kept('hello') } },
    },
  },
  {
    name: 'a request after one with Connection: close is not processed',
    handler: hello,
    script: [['send', get('/1', CLOSE) + get('/2')], ['settle']],
    differs: {
      row: 'after-close',
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
    name: 'a slow head after a good request: the response is sent, then the 408',
    server: { options: strict },
    handler: noResponse,
    script: [
      ['send', `${get('/')}GET / HTTP/1.1\r\n`],
      ['await event', 'server.request'],
      ...late,
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host sends the 408 at once and drops the response',
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
    name: 'a slow head after a good request, with a clientError listener',
    server: { ...respondsToClientErrors, options: strict },
    handler: noResponse,
    script: [
      ['send', `${get('/')}GET / HTTP/1.1\r\n`],
      ['await event', 'server.request'],
      ...late,
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: on the host, the listener responds before the response that is due',
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
    name: 'CONNECT without a listener after a good request: the response is sent, then close',
    handler: noResponse,
    script: [
      ['send', get('/') + head('CONNECT far:443 HTTP/1.1', 'Host: far:443')],
      ['await event', 'server.request'],
      ['settle'],
      ['res1.end', 'late'],
      ['settle'],
    ],
    differs: {
      row: 'late-fault',
      why: 'RFC 9112 §9.3.2: the host closes at once and drops the response',
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

/** HTTP/1.0 responses whose length is known without Content-Length: method, handler and head. */
const measured: readonly (readonly [name: string, method: string, handler: Steps, head: string])[] = [
  ['end() without a body', 'GET', [['res.end']], `200 OK\r\n${KEPT}Content-Length: 0`],
  ['HEAD', 'HEAD', hello, `200 OK\r\n${KEPT.trimEnd()}`],
  ['204', 'GET', [['res.writeHead', 204], ['res.end']], `204 No Content\r\n${KEPT.trimEnd()}`],
  ['304', 'GET', [['res.writeHead', 304], ['res.end']], `304 Not Modified\r\n${KEPT.trimEnd()}`],
];

const http10: readonly Conversation[] = [
  ...measured.map(
    ([name, method, handler, received]): Conversation => ({
      name: `HTTP/1.0 keep-alive, ${name}: the connection stays open`,
      handler,
      script: [['send', head(`${method} / HTTP/1.0`, 'Connection: keep-alive')], ['settle']],
      differs: {
        row: 'http10-length',
        why: 'RFC 9112 §9.3: the host closes, though close delimits nothing',
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
    name: 'HTTP/1.0 keep-alive, a request with Transfer-Encoding: the connection closes',
    handler: [
      ['res.setHeader', 'Content-Length', 5],
      ['res.end', 'hello'],
    ],
    script: [
      ['send', `${head('POST / HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
      ['await bytes', 'hello'],
      ['settle'],
    ],
    differs: {
      row: 'http10-coding',
      why: 'RFC 9112 §6.1: the host keeps the connection',
      events: (host) => [...host, 'socket1.close false'],
      peers: {
        a: {
          received: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: <date>\r\nConnection: close\r\n\r\nhello',
          ended: 'fin',
        },
      },
    },
  },
  {
    name: 'HTTP/1.0 keep-alive, Transfer-Encoding and Content-Length set: the connection closes',
    handler: [
      ['res.setHeader', 'Transfer-Encoding', 'chunked'],
      ['res.setHeader', 'Content-Length', 5],
      ['res.end', 'hello'],
    ],
    script: [['send', head('GET / HTTP/1.0', 'Connection: keep-alive')], ['await bytes', '0\r\n\r\n'], ['settle']],
    differs: {
      row: 'http10-coding',
      why: 'RFC 9112 §6.1: the host keeps the connection',
      events: (host) => [...host, 'socket1.close false'],
      peers: {
        a: {
          received: `${head(
            'HTTP/1.1 200 OK',
            'Transfer-Encoding: chunked',
            'Content-Length: 5',
            'Date: <date>',
            'Connection: close',
          )}5\r\nhello\r\n0\r\n\r\n`,
          ended: 'fin',
        },
      },
    },
  },
  {
    name: 'HTTP/1.0 keep-alive, end(body): Content-Length, and the connection stays open',
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
    name: `two Hosts and an invalid body, in ${name}: one 400`,
    server: { on: { clientError: [['socket.end', 'HTTP/1.1 400 Mine\r\n\r\n']] } },
    handler: noResponse,
    script: [...script(head('POST / HTTP/1.1', 'Host: a', 'Host: b', 'Transfer-Encoding: chunked')), ['settle']],
    differs: {
      row: 'host-field',
      why: 'RFC 9112 §3.2: the host emits the request, and rejects only the body',
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
    what: 'a body with Content-Length',
    text: `${head('POST /2 HTTP/1.1', 'Host: a', 'Content-Length: 5')}ab`,
    isRequest: true,
  },
  { what: 'a chunked body', text: head('POST /2 HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked'), isRequest: true },
].flatMap(({ what, text, isRequest }) =>
  [false, true].map(
    (hasListener): Conversation => ({
      name: `FIN in ${what} after a request whose response is due${hasListener ? ', with a clientError listener' : ''}`,
      ...(hasListener && { server: { on: { clientError: [] } } }),
      handler: noResponse,
      script: [
        ['send', get('/1') + text],
        ['await event', 'server.request', isRequest ? 2 : 1],
        ['settle'],
        ['end'],
        ['settle'],
      ],
      differs: {
        row: 'cut-after',
        why: 'the host sends a 400, which the peer takes for the first response, or leaves the connection open',
        events: [
          'server.connection socket1',
          'server.request req1 GET /1 1.1',
          ...(isRequest ? ['server.request req2 POST /2 1.1'] : []),
          ...(hasListener
            ? ['server.clientError Error HPE_INVALID_EOF_STATE "Parse Error" bytesParsed=0 socket1']
            : []),
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
        peers: { a: hasListener ? { ended: 'fin' } : { received: '' } },
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
      why: 'the host dispatches every request, even if no response is read',
      events: ['server.connection socket1', 'some held back'],
    },
  },
  {
    name: 'a peer with many pipelined requests, whose socket the handler ends: it is closed',
    deaf: ['req', 'res', 'server.request'],
    handler: {
      '/': noResponse,
      '/end': [
        ['wait', 'turn'],
        ['run', ({ req }) => void req.socket.end()],
      ],
    },
    script: [['send', get('/end') + get('/').repeat(40)], ['settle'], ['end'], ['settle']],
    differs: {
      row: 'bounded-pipeline',
      why: 'the host keeps reading, and waits for the peer to end',
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
      hostCrashes: true,
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

export const listed = [...afterRequests, ...http10, ...hosts, ...refusedBodies, ...cuts, ...memory];
