/** Closing the server, and the limits that close connections. */
import type { Conversation, Line } from '../kit/conversation.js';
import { CLOSE, get, gets, head, hello, kept, last, noResponse, post, readThenHello } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const serveAll = (...names: string[]): readonly Line[] =>
  names.flatMap(
    (name) =>
      [
        ['as', name],
        ['send', get('/')],
        ['await bytes', 'hello'],
      ] as const,
  );

/** A connection with one request, whose response has "Connection: close". */
const SERVED_AND_CLOSED = [
  'server.connection socket1',
  '> server.close -> server',
  'server.request req1 GET / 1.1',
  'res1.prefinish',
  '> res1.end -> res1',
  'res1.finish',
  'res1.close',
  'req1.end',
  'req1.close',
  'server.close',
  'callback.close',
  'socket1.close false',
];

const KEPT_IN_CHUNKS = kept('').replace('Content-Length: 0', 'Transfer-Encoding: chunked');

const serverCloses: readonly Conversation[] = [
  {
    name: 'server.close() ends idle connections and calls back',
    deaf: ['socket.close'], // these come in no fixed order
    handler: hello,
    script: [
      ...serveAll('a', 'b'),
      ['server.close', cb('close')],
      ['await event', 'server.close'],
      ['await close'],
      ['as', 'a'],
      ['await close'],
      ['server.listening ?'],
    ],
  },
  {
    name: 'server.close() lets an active exchange finish',
    handler: { '/': hello, '/slow': noResponse },
    script: [
      ['send', get('/slow')],
      ['await event', 'server.request'],
      ['server.close', cb('close')],
      ['settle'],
      ['res1.end', 'late'],
      ['await bytes', 'late'],
    ],
    differs: {
      row: 'server-close',
      why: 'after server.close() responses have Connection: close, and the connection is closed',
      events: [
        'server.connection socket1',
        'server.request req1 GET /slow 1.1',
        '> server.close -> server',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'server.close',
        'callback.close',
        'socket1.close false',
      ],
      peers: { a: { received: last('late'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() with half a response sent, whose head has Connection: keep-alive',
    handler: [['res.write', 'one']],
    script: [
      ['send', get('/')],
      ['await bytes', 'one'],
      ['server.close', cb('close')],
      ['settle'],
      ['res1.end', 'two'],
      ['await bytes', '0\r\n\r\n'],
      ['settle'],
    ],
  },
  {
    name: 'server.close() on a connection that has sent nothing yet',
    handler: hello,
    script: [['server.close', cb('close')], ['settle']],
    differsOn: {
      '<26': {
        row: 'server-close',
        why: 'the host waits, perhaps forever, for connections that were never used',
        events: [
          'server.connection socket1',
          '> server.close -> server',
          'server.close',
          'callback.close',
          'socket1.close false',
        ],
        peers: { a: { ended: 'fin' } },
      },
    },
  },
  {
    name: 'server.close() with half a head: its deadline still applies',
    deaf: ['socket'], // its events and the clock come in no fixed order
    server: { options: { connectionsCheckingInterval: 15, headersTimeout: 40 } },
    handler: [['res.setTimeout', 200, cb('clock')]],
    script: [
      ['send', 'GET / HTTP/1.1\r\nHost: a\r\n'],
      ['as', 'b'],
      ['send', get('/')],
      ['await event', 'server.request'],
      ['server.close'],
      ['await event', 'callback.clock'],
      ['settle'],
    ],
    differs: {
      row: 'server-close',
      why: 'the host stops checking deadlines',
      peers: { a: { received: 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', ended: 'fin' } },
    },
  },
  {
    name: 'server.close() on a connection whose first request has arrived but is not read yet',
    handler: hello,
    script: [['send', get('/')], ['server.close', cb('close')], ['settle']],
    differs: {
      row: 'server-close',
      why: 'the host sends Connection: keep-alive and never calls back; since Node 26 it resets the connection',
      events: SERVED_AND_CLOSED,
      peers: { a: { received: last('hello'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() on an idle connection whose next request has arrived but is not read yet',
    deaf: ['socket'], // the host resets it
    handler: hello,
    script: [...serveAll('a'), ['send', get('/2')], ['server.close', cb('close')], ['await close'], ['settle']],
    differs: {
      row: 'server-close',
      why: 'the host resets the connection',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        '> server.close -> server',
        'server.request req2 GET /2 1.1',
        'res2.prefinish',
        '> res2.end -> res2',
        'res2.finish',
        'res2.close',
        'req2.end',
        'req2.close',
        'server.close',
        'callback.close',
      ],
      peers: { a: { received: kept('hello') + last('hello'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() with responses due: the last one has Connection: close',
    deaf: ['res', 'req', 'socket'],
    handler: noResponse,
    script: [
      ['send', gets(3)],
      ['await event', 'server.request', 3],
      ['server.close', cb('close')],
      ['res3.end', 'three'],
      ['res1.end', 'one'],
      ['settle'],
      ['res2.end', 'two'],
      ['await bytes', 'three'],
      ['settle'],
    ],
    differs: {
      row: 'server-close',
      why: 'the host sends Connection: keep-alive and never calls back',
      events: (host) => [...host, 'server.close', 'callback.close'],
      peers: { a: { received: kept('one') + kept('two') + last('three'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() in the handler of the first of three requests in a packet: the last response has Connection: close',
    deaf: ['res', 'req', 'socket'],
    handler: {
      '/1': [
        ['server.close', cb('close')],
        ['res.end', 'one'],
      ],
      '/2': [['res.end', 'two']],
      '/3': hello,
    },
    script: [['send', gets(3)], ['await bytes', 'hello'], ['settle']],
    differs: {
      row: 'server-close',
      why: 'the host sends Connection: keep-alive and never calls back',
      events: (host) => [...host, 'server.close', 'callback.close'],
      peers: { a: { received: kept('one') + kept('two') + last('hello'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() with a response due, then further requests',
    deaf: ['res', 'req', 'socket'],
    handler: { '/1': noResponse, '/2': hello, '/3': hello },
    script: [
      ['send', get('/1')],
      ['await event', 'server.request'],
      ['server.close', cb('close')],
      ['send', get('/2') + get('/3')],
      ['settle'],
      ['res1.end', 'one'],
      ['settle'],
    ],
    differs: {
      row: 'server-close',
      why: 'the host sends Connection: keep-alive, responds to further requests and never calls back',
      events: [
        'server.connection socket1',
        'server.request req1 GET /1 1.1',
        '> server.close -> server',
        '> res1.end -> res1',
        'server.close',
        'callback.close',
      ],
      peers: { a: { received: last('one'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() after the head of the last response was sent: the next request is the last',
    deaf: ['res', 'req', 'socket'],
    handler: { '/1': [['res.write', 'one']], '/2': hello },
    script: [
      ['send', get('/1')],
      ['await bytes', 'one'],
      ['server.close', cb('close')],
      ['res1.end'],
      ['await bytes', '0\r\n\r\n'],
      ['send', get('/2')],
      ['await bytes', 'hello'],
      ['settle'],
    ],
    differs: {
      row: 'server-close',
      why: 'the host sends Connection: keep-alive',
      events: (host) => [...host, 'server.close', 'callback.close'],
      peers: { a: { received: `${KEPT_IN_CHUNKS}3\r\none\r\n0\r\n\r\n${last('hello')}`, ended: 'fin' } },
    },
  },
  {
    name: 'server.close() calls closeIdleConnections()',
    handler: hello,
    script: [
      [
        'run',
        ({ server, note }) => {
          const { closeIdleConnections } = server;
          server.closeIdleConnections = () => {
            note('closeIdleConnections');
            closeIdleConnections.call(server);
          };
        },
      ],
      ...serveAll('a'),
      ['server.close', cb('close')],
      ['await close'],
      ['settle'],
    ],
  },
  {
    name: 'server.close() twice: the second callback gets an error',
    handler: hello,
    script: [
      ...serveAll('a'),
      ['server.close', cb('first')],
      ['server.close', cb('second')],
      ['await event', 'callback.second'],
      ['settle'],
    ],
    differs: {
      row: 'server-close',
      why: 'the host ends the idle connection at once; its net.Server emits ‘close’ twice',
      events: (host) => host.filter((line, index) => line !== 'server.close' || index === host.indexOf(line)),
    },
  },
  {
    name: 'closeIdleConnections() spares an active connection',
    handler: { '/': hello, '/slow': noResponse },
    script: [
      ...serveAll('a'),
      ['as', 'b'],
      ['send', get('/slow')],
      ['await event', 'server.request', 2],
      ['server.closeIdleConnections'],
      ['as', 'a'],
      ['await close'],
      ['settle'],
      ['as', 'b'],
      ['res2.end', 'late'],
      ['await bytes', 'late'],
    ],
  },
  {
    name: 'closeIdleConnections() in the middle of a request body',
    handler: readThenHello,
    script: [
      ['send', head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', CLOSE)],
      ['await event', 'server.request'],
      ['server.closeIdleConnections'],
      ['settle'],
      ['send', 'body'],
      ['await close'],
    ],
  },
  {
    name: 'closeIdleConnections() in the middle of a head',
    handler: hello,
    script: [['send', get('/').slice(0, 12)], ['settle'], ['server.closeIdleConnections'], ['settle']],
  },
  {
    name: 'closeAllConnections() ends all connections, busy or not',
    deaf: ['socket.close'], // these come in no fixed order
    handler: { '/': hello, '/slow': [['res.write', 'some']] },
    script: [
      ...serveAll('a'),
      ['as', 'b'],
      ['send', get('/slow')],
      ['await bytes', 'some'],
      ['as', 'c'],
      ['server.closeAllConnections'],
      ['await close'],
      ['as', 'b'],
      ['await close'],
      ['as', 'a'],
      ['await close'],
      ['look', 'res2'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'server.close() in a handler',
    handler: [
      ['server.close', cb('close')],
      ['res.end', 'last'],
    ],
    script: [['send', get('/')], ['await bytes', 'last'], ['settle']],
    differs: {
      row: 'server-close',
      why: 'after server.close() responses have Connection: close, and the connection is closed',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        '> server.close -> server',
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'server.close',
        'callback.close',
        'socket1.close false',
      ],
      peers: { a: { received: last('last'), ended: 'fin' } },
    },
  },
  {
    name: 'server.getConnections',
    handler: hello,
    script: [
      ...serveAll('a', 'b'),
      ['server.getConnections', cb('count')],
      ['await event', 'callback.count'],
      ['send', get('/', CLOSE)],
      ['await close'],
      ['settle'],
      ['server.getConnections', cb('count')],
      ['await event', 'callback.count', 2],
    ],
  },
];

const limits: readonly Conversation[] = [
  {
    name: 'maxRequestsPerSocket: the last response has Connection: close, and the connection stays open',
    server: { props: { maxRequestsPerSocket: 2 } },
    handler: hello,
    script: [['send', get('/1')], ['await bytes', 'hello'], ['send', get('/2')], ['await bytes', 'hello'], ['settle']],
  },
  {
    name: 'maxRequestsPerSocket: an upgrade after the last allowed request',
    deaf: ['res', 'req', 'socket'],
    server: { props: { maxRequestsPerSocket: 1 }, on: { upgrade: [['socket.destroy']] } },
    handler: hello,
    script: [
      ['send', get('/1')],
      ['await bytes', 'hello'],
      ['send', get('/2', 'Connection: Upgrade', 'Upgrade: x')],
      ['await close'],
    ],
  },
  {
    name: 'maxRequestsPerSocket: a request after the last allowed one is dropped while that is due',
    server: { props: { maxRequestsPerSocket: 1 } },
    handler: noResponse,
    script: [
      ['send', get('/1')],
      ['await event', 'server.request'],
      ['send', get('/2')],
      ['await event', 'server.dropRequest'],
      ['res1.end', 'first'],
      ['settle'],
    ],
  },
  {
    name: 'maxRequestsPerSocket: each request after the last response gets 503',
    server: { props: { maxRequestsPerSocket: 1 } },
    handler: hello,
    script: [
      ['send', get('/1')],
      ['await bytes', 'hello'],
      ...[get('/2'), post('/3', 'body'), get('/4', 'Expect: 100-continue')].flatMap((request): Line[] => [
        ['send', request],
        ['await bytes', '0\r\n\r\n'],
        ['settle'],
      ]),
    ],
  },
  {
    name: 'maxRequestsPerSocket: CONNECT after the last response',
    deaf: ['res', 'req', 'socket'],
    server: { props: { maxRequestsPerSocket: 1 }, on: { connect: [['socket.destroy']] } },
    handler: hello,
    script: [
      ['send', get('/1')],
      ['await bytes', 'hello'],
      ['send', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'],
      ['await close'],
    ],
  },
  {
    name: 'maxRequestsPerSocket: a request with Connection: close after the last response',
    server: { props: { maxRequestsPerSocket: 1 } },
    handler: hello,
    script: [['send', get('/1')], ['await bytes', 'hello'], ['send', get('/2', CLOSE)], ['await close'], ['settle']],
  },
  {
    name: 'maxRequestsPerSocket: HTTP/1.0 does not count, and is not limited',
    server: { props: { maxRequestsPerSocket: 1 } },
    handler: [['res.setHeader', 'Content-Length', 5], ...hello],
    script: [
      ...['1.0', '1.1', '1.0', '1.1'].flatMap((version, index): Line[] => [
        ['send', `GET /${index} HTTP/${version}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`],
        ['settle'],
      ]),
    ],
  },
  {
    name: 'maxRequestsPerSocket: Keep-Alive counts down',
    server: { props: { maxRequestsPerSocket: 3 } },
    handler: hello,
    script: [
      ['send', get('/1')],
      ['await bytes', 'hello'],
      ['send', get('/2')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'maxRequestsPerSocket: further pipelined requests are dropped with 503',
    server: { props: { maxRequestsPerSocket: 1 } },
    handler: noResponse,
    script: [
      ['send', get('/1') + get('/2') + get('/3')],
      ['await event', 'server.dropRequest'],
      ['res1.end', 'first'],
      ['settle'],
    ],
  },
  {
    name: 'maxConnections: one too many is dropped',
    server: { props: { maxConnections: 1 } },
    handler: hello,
    script: [['as', 'b'], ['await close'], ['as', 'a'], ['send', get('/')], ['await bytes', 'hello']],
  },
];

export const closing = [...serverCloses, ...limits];
