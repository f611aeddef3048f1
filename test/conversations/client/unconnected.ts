/** Requests that get no connection. */
import { Socket } from 'node:net';
import type { ClientConversation } from '../kit/client-conversation.js';
import { type ConnectionCallback, connectingBy, read, sendGet } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';

const FAILS = connectingBy(
  (_options: unknown, callback: ConnectionCallback) => void setImmediate(callback, new Error('no way')),
);

const FAILS_AT_ONCE = connectingBy((_options: unknown, callback: ConnectionCallback) => callback(new Error('no way')));

const THROWS = connectingBy(() => {
  throw new Error('no way');
});

const GIVES_NOTHING = connectingBy(() => undefined);

const failing = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  more: Partial<ClientConversation> = {},
): ClientConversation => ({
  name,
  handler: read,
  script: [sendGet('/', options), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  ...more,
});

/** What statewire emits when createConnection fails: 'close', too. */
const FAILED: Difference = {
  row: 'failed-connection',
  why: 'the host emits no close',
  events: [
    '> request -> req1',
    '> req1.end -> req1',
    'req1.error Error "no way"',
    'req1.close',
    'req1 is headersSent, writableEnded, finished, destroyed, writable',
  ],
};

/** What statewire emits when a request without a socket is destroyed. */
const PROMPT: Difference = {
  row: 'prompt-end',
  why: 'the host never emits anything',
  events: [
    '> request -> req1',
    '> req1.end -> req1',
    'req1 is headersSent, writableEnded, finished, writable',
    '> req1.destroy -> req1',
    'req1.error Error ECONNRESET "socket hang up"',
    'req1.close',
    'req1 is headersSent, writableEnded, finished, destroyed, writable',
  ],
};

const failedConnection = (name: string, options: Readonly<Record<string, unknown>>): ClientConversation => ({
  name,
  handler: read,
  script: [sendGet('/', options), ['settle'], ['look', 'req1']],
  differs: FAILED,
});

export const unconnected: readonly ClientConversation[] = [
  failedConnection('createConnection fails', FAILS),
  failedConnection('createConnection fails at once', FAILS_AT_ONCE),
  failedConnection('createConnection throws', THROWS),
  {
    name: 'createConnection returns nothing',
    handler: read,
    script: [sendGet('/', GIVES_NOTHING), ['settle'], ['look', 'req1'], ['req1.destroy'], ['settle'], ['look', 'req1']],
    differs: PROMPT,
  },
  {
    name: 'createConnection of the agent fails',
    agent: ({ http }) =>
      Object.assign(new http.Agent(), {
        createConnection: (_: unknown, callback: ConnectionCallback) =>
          void setImmediate(callback, new Error('no way')),
      }),
    handler: read,
    script: [sendGet(), ['settle'], ['look', 'req1'], ['look', 'agent']],
  },
  {
    name: 'createConnection of the agent throws',
    agent: ({ http }) =>
      Object.assign(new http.Agent(), {
        createConnection: () => {
          throw new Error('no way');
        },
      }),
    handler: read,
    script: [sendGet(), ['settle'], ['look', 'agent']],
  },
  failing('connection refused', {}, { peers: 'nobody' }),
  failing('connection refused, no agent', { agent: false }, { peers: 'nobody' }),
  failing('connection refused, without an error listener', {}, { peers: 'nobody', deaf: ['req.error', 'socket'] }),
  failing(
    'connection refused with a body to send',
    {},
    {
      peers: 'nobody',
      script: [
        [
          'request',
          { method: 'POST' },
          [
            ['req.write', 'x'],
            ['req.end', 'y'],
          ],
        ],
        ['await event', 'req1.close'],
        ['settle'],
        ['look', 'req1'],
      ],
    },
  ),
  failing('no such Unix socket', { socketPath: '/nowhere/socket', host: undefined, port: undefined }),
  failing('a lookup that fails', {
    host: 'nowhere.invalid',
    lookup: (_host: string, _options: unknown, found: (error: Error) => void) =>
      setImmediate(found, Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
  }),
  failing(
    'a lookup that throws',
    {
      host: 'nowhere.invalid',
      lookup: () => {
        throw new Error('no lookup');
      },
    },
    {
      script: [
        sendGet('/', {
          host: 'nowhere.invalid',
          lookup: () => {
            throw new Error('no lookup');
          },
        }),
        ['settle'],
      ],
    },
  ),
  {
    name: 'an agent that never assigns a socket',
    agent: ({ http }) => Object.assign(new http.Agent(), { addRequest: () => {} }),
    handler: read,
    script: [sendGet(), ['settle'], ['look', 'req1'], ['req1.destroy'], ['settle'], ['look', 'req1']],
    differs: PROMPT,
  },
  {
    name: 'a socket that is already destroyed',
    deaf: ['socket'],
    handler: read,
    script: [
      sendGet(
        '/',
        connectingBy(() => new Socket().destroy()),
      ),
      ['settle'],
      ['look', 'req1'],
    ],
    differs: {
      row: 'dead-socket',
      why: 'the host never emits anything',
      events: [
        '> request -> req1',
        '> req1.end -> req1',
        'req1.socket socket1',
        'req1.error Error ECONNRESET "socket hang up"',
        'req1.close',
        'req1 is headersSent, writableEnded, finished, destroyed, writable, socket',
      ],
    },
  },
];
