/** Upgrade and CONNECT: the socket is handed over complete, with the bytes after the head, or not at all. */
import type { Socket } from 'node:net';
import type { Conversation, Steps } from '../kit/conversation.js';
import { CLOSE, exchange, get, head, hello, kept, last, noResponse, readThenHello } from '../kit/phrases.js';

const UPGRADE = get('/chat', 'Connection: Upgrade', 'Upgrade: chat');
const CONNECT = head('CONNECT far:443 HTTP/1.1', 'Host: far:443');

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n';
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/** Accepts, then echoes. */
const chat = (response: string): Steps => [
  ['socket.write', response],
  ['run', ({ socket, head }) => void socket.write(`head:${head};`)],
  ['run', ({ socket }) => void socket.on('data', (bytes) => socket.write(`echo:${bytes};`))],
  ['run', ({ socket }) => void socket.on('end', () => socket.end('bye'))],
];

const HANDED_OVER = ['data', 'readable', 'drain', 'timeout', 'end', 'error', 'close'];

/** What the engine leaves on a socket that it hands over. */
const countListeners: Steps = [
  [
    'run',
    ({ socket, note }) => {
      for (const event of HANDED_OVER) note(`${event}: ${socket.listenerCount(event)}`);
      note(`_httpMessage: ${(socket as unknown as { _httpMessage?: unknown })._httpMessage}`);
      note(`flowing: ${socket.readableFlowing}`);
    },
  ],
];

const upgrades: readonly Conversation[] = [
  {
    name: 'upgrade: accepted, then raw bytes both ways',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: [
      ['send', UPGRADE],
      ['await bytes', 'head:;'],
      ['send', 'one'],
      ['await bytes', 'echo:one;'],
      ['end'],
      ['await close'],
    ],
  },
  {
    name: 'upgrade: bytes after the head arrive as head',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: [['send', `${UPGRADE}\0\x01GET / HTTP/1.1\r\n\r\n`], ['await bytes', 'head:'], ['settle']],
  },
  {
    name: 'upgrade: the properties of the request',
    server: {
      on: {
        upgrade: [
          ['req.headers ?'],
          ['req.upgrade ?'],
          ['look', 'req'],
          ['req.socket ?'],
          ['socket.end', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
        ],
      },
    },
    handler: hello,
    script: exchange(UPGRADE),
  },
  {
    name: 'upgrade: nothing of the engine is left on the socket',
    deaf: ['socket'],
    server: { on: { upgrade: countListeners } },
    handler: hello,
    script: [['send', UPGRADE], ['await event', 'server.upgrade'], ['settle']],
  },
  {
    name: 'upgrade after a served request on the same connection',
    server: { on: { upgrade: [...countListeners, ...chat(SWITCH)] } },
    deaf: ['socket'],
    handler: hello,
    script: [
      ['send', get('/')],
      ['await bytes', 'hello'],
      ['send', `${UPGRADE}x`],
      ['await bytes', 'head:x;'],
    ],
  },
  {
    name: 'upgrade: the listener destroys the socket',
    server: { on: { upgrade: [['socket.destroy']] } },
    handler: hello,
    script: exchange(UPGRADE),
  },
  {
    name: 'upgrade: the peer resets later',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: [['send', UPGRADE], ['await bytes', 'head:;'], ['reset'], ['await event', 'socket1.close']],
  },
  {
    name: 'upgrade with Content-Length',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: [
      [
        'send',
        `${head('POST /chat HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Connection: Upgrade', 'Upgrade: chat')}body`,
      ],
      ['await event', 'server.upgrade'],
      ['settle'],
    ],
    differsOn: {
      '>=26': {
        row: 'upgrade-body',
        why: 'on the host the body belongs to the request',
        events: (host) =>
          host.map((event) =>
            event.replace('socket1 bytes ""', 'socket1 bytes "body"').replace('head:;', 'head:body;'),
          ),
        peers: { a: { received: `${SWITCH}head:body;` } },
      },
    },
  },
  {
    name: 'Upgrade without an upgrade listener: an ordinary request',
    handler: [['req.upgrade ?'], ['req.headers ?'], ...hello],
    script: [['send', UPGRADE], ['await bytes', 'hello'], ['send', get('/', CLOSE)], ['await close']],
  },
  {
    name: 'Upgrade with a body, without an upgrade listener: the body is read',
    handler: readThenHello,
    script: [
      [
        'send',
        `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Connection: Upgrade', 'Upgrade: chat')}body`,
      ],
      ['await bytes', 'hello'],
      ['send', get('/', CLOSE)],
      ['await close'],
    ],
  },
  {
    name: 'Upgrade without an upgrade listener, then a request in the same packet',
    handler: hello,
    script: [['send', UPGRADE + get('/', CLOSE)], ['settle']],
    differs: {
      row: 'unclaimed-upgrade',
      why: 'the host loses the following request',
      events: [
        'server.connection socket1',
        'server.request req1 GET /chat 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'server.request req2 GET / 1.1',
        '> res2.end -> res2',
        'res2.prefinish',
        'res1.finish',
        'res1.close',
        'res2.finish',
        'req1.end',
        'res2.close',
        'req2.end',
        'req1.close',
        'req2.close',
        'socket1.close false',
      ],
      peers: { a: { received: kept('hello') + last('hello'), ended: 'fin' } },
    },
  },
  {
    name: 'Upgrade without Connection: upgrade is an ordinary request',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: exchange(get('/', 'Upgrade: chat', CLOSE)),
  },
  {
    name: 'Connection: upgrade without Upgrade is an ordinary request',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: [
      ['send', get('/', 'Connection: upgrade')],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'an upgrade after a request with an immediate response, in one packet',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: [
      ['send', `${get('/')}${UPGRADE}x`],
      ['await bytes', 'head:x;'],
    ],
  },
  {
    name: 'an upgrade while a response is due',
    server: { on: { upgrade: [['socket.write', SWITCH]] } },
    handler: noResponse,
    script: [
      ['send', get('/') + UPGRADE],
      ['await event', 'server.request'],
      ['settle'],
      ['res1.end', 'first'],
      ['settle'],
    ],
    differs: {
      row: 'in-turn',
      why: 'RFC 9112 §9.3.2: responses are sent in request order',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'server.upgrade req2 GET /chat 1.1 socket1 bytes ""',
        '> socket1.write -> true',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
      ],
      peers: { a: { received: kept('first') + SWITCH } },
    },
  },
  {
    name: 'the server no longer closes an upgraded connection',
    server: { on: { upgrade: chat(SWITCH) } },
    handler: hello,
    script: [
      ['send', UPGRADE],
      ['await bytes', 'head:;'],
      ['server.closeAllConnections'],
      ['settle'],
      ['send', 'still'],
      ['await bytes', 'echo:still;'],
    ],
  },
];

const tunnels: readonly Conversation[] = [
  {
    name: 'CONNECT: accepted, then raw bytes both ways',
    server: { on: { connect: [['req.url ?'], ['req.headers ?'], ...chat(ESTABLISHED)] } },
    handler: hello,
    script: [
      ['send', `${CONNECT}early`],
      ['await bytes', 'head:early;'],
      ['send', 'one'],
      ['await bytes', 'echo:one;'],
      ['end'],
      ['await close'],
    ],
  },
  {
    name: 'CONNECT: nothing of the engine is left on the socket',
    deaf: ['socket'],
    server: { on: { connect: countListeners } },
    handler: hello,
    script: [['send', CONNECT], ['await event', 'server.connect'], ['settle']],
  },
  {
    name: 'CONNECT without a listener: the connection is closed',
    handler: hello,
    script: exchange(CONNECT),
  },
  {
    name: 'CONNECT while a response is due',
    server: { on: { connect: [['socket.write', ESTABLISHED]] } },
    handler: noResponse,
    script: [
      ['send', get('/') + CONNECT],
      ['await event', 'server.request'],
      ['settle'],
      ['res1.end', 'first'],
      ['settle'],
    ],
    differs: {
      row: 'in-turn',
      why: 'RFC 9112 §9.3.2: responses are sent in request order',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        'res1.prefinish',
        '> res1.end -> res1',
        'server.connect req2 CONNECT far:443 1.1 socket1 bytes ""',
        '> socket1.write -> true',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
      ],
      peers: { a: { received: kept('first') + ESTABLISHED } },
    },
  },
  ...Object.entries({ upgrade: UPGRADE, CONNECT, 'CONNECT without a listener': CONNECT }).map(
    ([what, bytes]): Conversation => ({
      name: `${what} while a response is due on a socket that the handler has ended`,
      server: what.endsWith('listener') ? {} : { on: { upgrade: [['socket.end']], connect: [['socket.end']] } },
      handler: [
        ['wait', 'turn'],
        ['run', ({ req }) => void req.socket.end()],
      ],
      script: [
        ['send', get('/') + bytes],
        ['await event', 'server.request'],
        ['settle'],
        ['res1.end', 'late'],
        ['settle'],
      ],
      differs: {
        row: 'in-turn',
        why: 'its turn never comes',
        events: [
          'server.connection socket1',
          'server.request req1 GET / 1.1',
          'req1.aborted',
          'socket1.close false',
          'res1.close',
          'req1.error Error ECONNRESET "aborted"',
          'req1.close',
          'res1.prefinish',
          '> res1.end -> res1',
        ],
      },
    }),
  ),
  {
    name: 'CONNECT with an Upgrade header is CONNECT',
    server: { on: { connect: chat(ESTABLISHED), upgrade: chat(SWITCH) } },
    handler: hello,
    script: [
      ['send', head('CONNECT far:443 HTTP/1.1', 'Host: far:443', 'Connection: Upgrade', 'Upgrade: chat')],
      ['await bytes', 'head:;'],
    ],
  },
  {
    name: 'a timeout set by the program on a handed-over socket',
    server: { on: { connect: [['run', ({ socket }) => void (socket as Socket).setTimeout(20)]] } },
    script: [
      ['send', CONNECT],
      ['await event', 'socket1.timeout'],
    ],
  },
];

const SWITCHED = SWITCH.replace('\r\n\r\n', '\r\nDate: <date>\r\n\r\n');

/** A handler that responds with 101 itself: what follows is not HTTP. */
const byHand: readonly Conversation[] = [
  {
    name: '101 by a handler: nothing after it is processed',
    handler: { '/chat': [['res.writeHead', 101, { Connection: 'Upgrade', Upgrade: 'chat' }], ['res.end']], '/': hello },
    script: [['send', UPGRADE], ['await bytes', '\r\n\r\n'], ['send', get('/')], ['settle']],
    differs: {
      row: 'own-101',
      why: 'RFC 9110 §7.8: the host parses the bytes of the other protocol',
      events: (host) => host.filter((line) => !/re[qs]2/.test(line)),
      peers: { a: { received: SWITCHED } },
    },
  },
  {
    name: '101 by a handler: the program has the socket',
    handler: [
      ['res.writeHead', 101, { Connection: 'Upgrade', Upgrade: 'chat' }],
      ['res.end'],
      ['run', ({ req }) => void req.socket.on('data', (bytes) => req.socket.write(`echo:${bytes};`))],
    ],
    script: [['send', UPGRADE], ['await bytes', '\r\n\r\n'], ['send', '%%%'], ['await bytes', 'echo:%%%;'], ['settle']],
  },
];

export const upgrade = [...upgrades, ...tunnels, ...byHand];
