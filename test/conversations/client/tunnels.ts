/** Upgrades and CONNECT, with and without listeners. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { HEAD_END, read, response, sendGet } from '../kit/client-phrases.js';
import { head } from '../kit/phrases.js';
import { END_OF_IDLE, HANDED_OVER, UNCLAIMED } from './document.js';

const SWITCHING = head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: thing');

const UPGRADES = { headers: { Connection: 'Upgrade', Upgrade: 'thing' } };

const CONNECTS = { method: 'CONNECT', path: 'other.test:443' };

const ESTABLISHED = head('HTTP/1.1 200 Connection established');

/** What the program does with the handed-over socket. */
const TALK: ClientSteps = [
  ['listen', 'socket.data'],
  ['socket.write', 'ping'],
  ['look', 'req'],
];

/** A CONNECT whose final response follows an interim one. */
const connectedAfter = (...interim: readonly string[]): ClientConversation['differs'] => ({
  row: 'connect-interim',
  why: 'RFC 9110 §15.2: the host takes the interim response as the final one',
  events: [
    '> request -> req1',
    '> req1.end -> req1',
    'req1.socket socket1',
    'req1.prefinish',
    'socket1.connect',
    'req1.finish',
    ...interim,
    'req1.connect res1 1.1 200 Connection established {} socket1 bytes ""',
    '> socket1.write -> true',
    'req1 is headersSent, writableEnded, writableFinished, finished, writable, socket',
    'req1.close',
    'socket1.data bytes "pong"',
    'agent is sockets 0, freeSockets 0, requests 0',
    'socket1.end',
    'socket1.close false',
    'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
  ],
});

/** One request and its response; then the peer ends the connection, unless the client has. */
const conversation = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  response: string,
  more: Partial<ClientConversation> = {},
): ClientConversation => ({
  name,
  agent: { keepAlive: true },
  ...more,
  script: [
    sendGet('/', options),
    ['await bytes', HEAD_END],
    ['send', response],
    ['settle'],
    ...(more.script ?? []),
    ['settle'],
    ['look', 'agent'],
    ['end'],
    ['settle'],
    ['look', 'req1'],
  ],
});

const upgrades: readonly ClientConversation[] = [
  conversation('upgrade', UPGRADES, SWITCHING, { handler: read, on: { upgrade: TALK }, script: [['send', 'pong']] }),
  conversation('upgrade with bytes after the head', UPGRADES, `${SWITCHING}first`, {
    on: { upgrade: TALK },
    script: [['send', 'second']],
  }),
  conversation('upgrade without a listener', UPGRADES, SWITCHING, { handler: read, differs: UNCLAIMED }),
  conversation('101 without any listener', UPGRADES, SWITCHING, { differs: UNCLAIMED }),
  conversation('101 without Upgrade in the request', {}, SWITCHING, { handler: read, on: { upgrade: TALK } }),
  conversation('101 without Upgrade in the request, without a listener', {}, SWITCHING, {
    handler: read,
    differs: UNCLAIMED,
  }),
  conversation('101 without Upgrade', UPGRADES, head('HTTP/1.1 101 Switching Protocols'), {
    handler: read,
    on: { upgrade: TALK },
    differsOn: END_OF_IDLE,
  }),
  conversation(
    '101 without Upgrade, with bytes after the head',
    UPGRADES,
    `${head('HTTP/1.1 101 Switching Protocols')}first`,
    {
      handler: read,
      on: { upgrade: TALK },
      differs: {
        row: 'unasked-bytes',
        why: 'the host ignores the bytes, and keeps the socket',
        events: [
          '> request -> req1',
          '> req1.end -> req1',
          'req1.socket socket1',
          'req1.prefinish',
          'socket1.connect',
          'req1.finish',
          'req1.response res1 1.1 101 Switching Protocols {}',
          'req1.error Error HPE_INVALID_CONSTANT "Parse Error: Expected HTTP/, RTSP/ or ICE/" bytesParsed=36 rawPacket=41',
          'res1.end',
          'req1.close',
          'agent.free socket1',
          'res1.close',
          'socket1.close false',
          'agent is sockets 0, freeSockets 0, requests 0',
          'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
        ],
      },
    },
  ),
  conversation('an ordinary response to an upgrade', UPGRADES, response('hello'), {
    handler: read,
    on: { upgrade: TALK },
    differsOn: END_OF_IDLE,
  }),
  conversation('200 with Upgrade', UPGRADES, response('hello', 'Connection: Upgrade', 'Upgrade: thing'), {
    handler: read,
    on: { upgrade: TALK },
    differsOn: END_OF_IDLE,
  }),
  conversation(
    '426 with Upgrade',
    {},
    `${head('HTTP/1.1 426 Required', 'Connection: Upgrade', 'Upgrade: thing', 'Content-Length: 2')}no`,
    {
      handler: read,
      on: { upgrade: TALK },
      differsOn: END_OF_IDLE,
    },
  ),
  conversation('103 before 101', UPGRADES, head('HTTP/1.1 103 Early Hints') + SWITCHING, { on: { upgrade: TALK } }),
  conversation('destroy() in the upgrade listener', UPGRADES, SWITCHING, {
    on: { upgrade: [['req.destroy'], ['look', 'req']] },
    differsOn: HANDED_OVER,
  }),
  conversation('the socket is destroyed in the upgrade listener', UPGRADES, SWITCHING, {
    on: { upgrade: [['socket.destroy']] },
  }),
  conversation('the socket is ended in the upgrade listener', UPGRADES, SWITCHING, {
    on: { upgrade: [['socket.end', 'bye']] },
  }),
  conversation('an upgrade listener that throws', UPGRADES, SWITCHING, {
    on: { upgrade: [['throw', 'boom']] },
    differs: {
      row: 'throwing-listener',
      why: 'the host never emits close of the request',
      events: (host) =>
        host.flatMap((line) => {
          if (line.startsWith('process.uncaughtException')) return ['req1.close', line];
          return line.replace(' finished, writable', ' finished, destroyed, writable');
        }),
    },
  }),
  conversation('HTTP on an upgraded socket is not parsed', UPGRADES, SWITCHING + response('x'), {
    on: { upgrade: TALK },
  }),
  conversation('upgrade of a POST during its upload', { ...UPGRADES, method: 'POST' }, SWITCHING, {
    on: { upgrade: [...TALK, ['req.write', 'late']] },
  }),
];

const connects: readonly ClientConversation[] = [
  conversation('CONNECT', CONNECTS, ESTABLISHED, { on: { connect: TALK }, script: [['send', 'pong']] }),
  conversation('CONNECT with bytes after the head', CONNECTS, `${ESTABLISHED}first`, { on: { connect: TALK } }),
  conversation('CONNECT without a listener', CONNECTS, ESTABLISHED, { handler: read, differs: UNCLAIMED }),
  conversation(
    'CONNECT with Content-Length in the response',
    CONNECTS,
    `${head('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`,
    {
      on: { connect: TALK },
    },
  ),
  conversation('CONNECT refused', CONNECTS, `${head('HTTP/1.1 407 Auth', 'Content-Length: 2')}no`, {
    handler: read,
    on: { connect: TALK },
  }),
  conversation(
    'CONNECT refused, without a connect listener',
    CONNECTS,
    `${head('HTTP/1.1 407 Auth', 'Content-Length: 2')}no`,
    { handler: read, differs: UNCLAIMED },
  ),
  conversation('CONNECT after 100', CONNECTS, head('HTTP/1.1 100 Continue') + ESTABLISHED, {
    handler: read,
    on: { connect: TALK },
    script: [['send', 'pong']],
    differs: connectedAfter(
      'req1.continue',
      'req1.information {"statusCode":100,"statusMessage":"Continue","httpVersion":"1.1","httpVersionMajor":1,"httpVersionMinor":1,"headers":{},"rawHeaders":[]}',
    ),
  }),
  conversation('CONNECT after 103', CONNECTS, head('HTTP/1.1 103 Early Hints', 'Link: </a>') + ESTABLISHED, {
    handler: read,
    on: { connect: TALK },
    script: [['send', 'pong']],
    differs: connectedAfter(
      'req1.information {"statusCode":103,"statusMessage":"Early Hints","httpVersion":"1.1","httpVersionMajor":1,"httpVersionMinor":1,"headers":{"link":"</a>"},"rawHeaders":["Link","</a>"]}',
    ),
  }),
  conversation('CONNECT with a 101 response', CONNECTS, SWITCHING, {
    handler: read,
    on: { connect: TALK, upgrade: TALK },
    differs: {
      row: 'connect-interim',
      why: 'RFC 9110 §15.2.2: 101 responds to an upgrade',
      events: (host) => host.map((event) => event.replace(/^req1.connect/, 'req1.upgrade')),
    },
  }),
  conversation('CONNECT with a body', { ...CONNECTS, headers: { 'Content-Length': 4 } }, ESTABLISHED, {
    on: { connect: TALK },
  }),
  conversation(
    'CONNECT: bytes after the response are not parsed as a body',
    CONNECTS,
    `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
    {
      on: { connect: TALK },
    },
  ),
  conversation('destroy() in the connect listener', CONNECTS, ESTABLISHED, {
    on: { connect: [['req.destroy'], ['look', 'req']] },
    differsOn: HANDED_OVER,
  }),
];

const others: readonly ClientConversation[] = [
  {
    name: 'the peer closes instead of upgrading',
    on: { upgrade: TALK },
    script: [sendGet('/', UPGRADES), ['await bytes', HEAD_END], ['end'], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'an upgraded socket has left the agent',
    agent: { keepAlive: true, maxSockets: 1 },
    handler: read,
    on: { upgrade: { '/1': TALK } },
    script: [
      sendGet('/1', UPGRADES),
      ['await bytes', HEAD_END],
      sendGet('/2'),
      ['look', 'agent'],
      ['send', SWITCHING],
      ['settle'],
      ['look', 'agent'],
      ['as', 'b'],
      ['await bytes', HEAD_END],
      ['send', response('two')],
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'an upgrade with timeouts set',
    agent: { keepAlive: true },
    on: { upgrade: [['socket.timeout ?'], ...TALK] },
    script: [sendGet('/', { ...UPGRADES, timeout: 5000 }), ['await bytes', HEAD_END], ['send', SWITCHING], ['settle']],
  },
  {
    name: 'no listener of the engine is left on a handed-over socket',
    agent: { keepAlive: true },
    on: {
      upgrade: [
        [
          'run',
          ({ socket, note }) => {
            for (const event of ['data', 'readable', 'end', 'drain', 'timeout', 'error', 'close'])
              note(`${event}: ${socket.listenerCount(event)}`);
          },
        ],
      ],
    },
    deaf: ['socket'],
    script: [sendGet('/', UPGRADES), ['await bytes', HEAD_END], ['send', SWITCHING], ['settle']],
  },
];

export const tunnels = [...upgrades, ...connects, ...others];
