/** Closing: the server's, and the limits that end connections. */
import type { Conversation, Line } from '../kit/conversation.js';
import { CLOSE, get, gets, head, hello, kept, last, never, readThenHello } from '../kit/phrases.js';
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

/** A connection with one request, whose answer says close. */
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
    name: 'server.close() with half an answer sent: its head said keep-alive',
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
    name: 'server.close() on a connection whose first request has come, and is not read yet',
    handler: hello,
    script: [['send', get('/')], ['server.close', cb('close')], ['settle']],
    differs: {
      row: 'server-close',
      why: 'the host’s answer says keep-alive, and the callback does not come; since Node 26 it resets the connection',
      events: SERVED_AND_CLOSED,
      peers: { a: { received: last('hello'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() on an idle connection whose next request has come, and is not read yet',
    deaf: ['socket'], // the host resets it
    handler: hello,
    script: [...greetAll('a'), ['send', get('/2')], ['server.close', cb('close')], ['await close'], ['settle']],
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
    name: 'server.close() with answers due: the last of them says close',
    deaf: ['res', 'req', 'socket'],
    handler: never,
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
      why: 'the host says keep-alive, and the callback does not come',
      events: (host) => [...host, 'server.close', 'callback.close'],
      peers: { a: { received: kept('one') + kept('two') + last('three'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() in the handler of the first of three in a packet: the last of them says close',
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
      why: 'the host says keep-alive, and the callback does not come',
      events: (host) => [...host, 'server.close', 'callback.close'],
      peers: { a: { received: kept('one') + kept('two') + last('hello'), ended: 'fin' } },
    },
  },
  {
    name: 'server.close() with an answer due, and requests that come behind it',
    deaf: ['res', 'req', 'socket'],
    handler: { '/1': never, '/2': hello, '/3': hello },
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
      why: 'the host says keep-alive, goes on answering, and the callback does not come',
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
    name: 'server.close() with the head of the last answer fixed: the next request is the last',
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
      why: 'the host’s answer says keep-alive',
      events: (host) => [...host, 'server.close', 'callback.close'],
      peers: { a: { received: `${KEPT_IN_CHUNKS}3\r\none\r\n0\r\n\r\n${last('hello')}`, ended: 'fin' } },
    },
  },
  {
    name: 'closeIdleConnections is called by server.close()',
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
      ...greetAll('a'),
      ['server.close', cb('close')],
      ['await close'],
      ['settle'],
    ],
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
    differs: {
      row: 'server-close',
      why: 'the host ends the idle connection at once; its net.Server tells ‘close’ a second time',
      events: (host) => host.filter((line, index) => line !== 'server.close' || index === host.indexOf(line)),
    },
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

const DROPPED =
  'HTTP/1.1 503 Service Unavailable\r\nDate: <date>\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';

const limits: readonly Conversation[] = [
  {
    name: 'maxRequestsPerSocket: the last answer says close, and the connection is closed',
    server: { props: { maxRequestsPerSocket: 2 } },
    handler: hello,
    script: [['send', get('/1')], ['await bytes', 'hello'], ['send', get('/2')], ['await bytes', 'hello'], ['settle']],
    differs: {
      row: 'limit-close',
      why: 'RFC 9112 §9.6: the host says close, and reads on',
      events: (host) => [...host, 'socket1.close false'],
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'maxRequestsPerSocket: an upgrade behind the last request',
    deaf: ['res', 'req', 'socket'],
    server: { props: { maxRequestsPerSocket: 1 }, on: { upgrade: [['socket.destroy']] } },
    handler: never,
    script: [
      ['send', get('/1')],
      ['await event', 'server.request'],
      ['send', get('/2', 'Connection: Upgrade', 'Upgrade: x')],
      ['settle'],
      ['res1.end', 'one'],
      ['settle'],
    ],
    differs: {
      row: 'limit-close',
      why: 'RFC 9112 §9.6: the host takes the change of protocol',
      events: ['server.connection socket1', 'server.request req1 GET /1 1.1', '> res1.end -> res1'],
      peers: { a: { received: last('one') } },
    },
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
      ['await event', 'server.dropRequest'],
      ['res1.end', 'first'],
      ['settle'],
    ],
    differs: {
      row: 'limit-close',
      why: 'RFC 9112 §9.6: nothing is processed behind the 503, which says close',
      events: (host) => [...host.filter((line) => !line.includes('req3')), 'socket1.close false'],
      peers: { a: { received: `${last('first')}${DROPPED}`, ended: 'fin' } },
    },
  },
  {
    name: 'maxConnections: one too many is dropped',
    server: { props: { maxConnections: 1 } },
    handler: hello,
    script: [['as', 'b'], ['await close'], ['as', 'a'], ['send', get('/')], ['await bytes', 'hello']],
  },
];

export const closing = [...serverCloses, ...limits];
