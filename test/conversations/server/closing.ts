/** Closing: the server's, and the limits that end connections. */
import type { Conversation, Line } from '../kit/conversation.js';
import { CLOSE, get, head, hello, last, never, readThenHello } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const greetAll = (...names: string[]): readonly Line[] =>
  names.flatMap(
    (name) =>
      [
        ['as', name],
        ['send', get('/')],
        ['await bytes', 'hello'],
      ] as const,
  );

const serverCloses: readonly Conversation[] = [
  {
    name: 'server.close() ends idle connections and calls back',
    deaf: ['socket.close'], // in no order
    handler: hello,
    script: [
      ...greetAll('a', 'b'),
      ['server.close', cb('close')],
      ['await event', 'server.close'],
      ['await close'],
      ['as', 'a'],
      ['await close'],
      ['server.listening ?'],
    ],
  },
  {
    name: 'server.close() lets an active exchange end',
    handler: { '/': hello, '/slow': never },
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
      why: 'after server.close() answers say close, and the connection is closed',
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
    name: 'server.close() with half an answer sent',
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
    differs: {
      row: 'server-close',
      why: 'the connection is closed when its answer is complete, so the callback comes',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        '> res1.write -> true',
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
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'server.close() on a connection that has not spoken yet',
    handler: hello,
    script: [['server.close', cb('close')], ['settle']],
    differsOn: {
      '<26': {
        row: 'server-close',
        why: 'the host waits for connections that were never used, perhaps for ever',
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
    name: 'server.close() with half a head: its deadline holds',
    deaf: ['socket'], // in no order with the clock
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
      why: 'the host looks at no deadline any more',
      peers: { a: { received: 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', ended: 'fin' } },
    },
  },
  {
    name: 'server.close() twice: the second callback has an error',
    handler: hello,
    script: [
      ...greetAll('a'),
      ['server.close', cb('first')],
      ['server.close', cb('second')],
      ['await event', 'callback.second'],
      ['settle'],
    ],
  },
  {
    name: 'closeIdleConnections spares the active one',
    handler: { '/': hello, '/slow': never },
    script: [
      ...greetAll('a'),
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
    name: 'closeIdleConnections and a body still coming',
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
    name: 'closeIdleConnections and half a head',
    handler: hello,
    script: [['send', get('/').slice(0, 12)], ['settle'], ['server.closeIdleConnections'], ['settle']],
  },
  {
    name: 'closeAllConnections ends them all, whatever they do',
    deaf: ['socket.close'], // in no order
    handler: { '/': hello, '/slow': [['res.write', 'some']] },
    script: [
      ...greetAll('a'),
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
    name: 'server.close() from inside a handler',
    handler: [
      ['server.close', cb('close')],
      ['res.end', 'last'],
    ],
    script: [['send', get('/')], ['await bytes', 'last'], ['settle']],
    differs: {
      row: 'server-close',
      why: 'after server.close() answers say close, and the connection is closed',
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
      ...greetAll('a', 'b'),
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
    name: 'maxRequestsPerSocket: the last answer says close, the connection stays',
    server: { props: { maxRequestsPerSocket: 2 } },
    handler: hello,
    script: [
      ['send', get('/1')],
      ['await bytes', 'hello'],
      ['send', get('/2')],
      ['await bytes', 'hello'],
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
    name: 'maxRequestsPerSocket: requests pipelined behind are dropped with 503',
    server: { props: { maxRequestsPerSocket: 1 } },
    handler: never,
    script: [
      ['send', get('/1') + get('/2') + get('/3')],
      ['await event', 'server.dropRequest', 2],
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
