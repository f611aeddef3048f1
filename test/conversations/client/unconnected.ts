/** Requests that get no connection. */
import { Socket } from 'node:net';
import type { ClientConversation } from '../kit/client-conversation.js';
import { ask, by, type Given, read } from '../kit/client-phrases.js';
import type { Difference } from '../kit/conversation.js';

const FAILS = by((_options: unknown, given: Given) => void setImmediate(given, new Error('no way')));

const FAILS_AT_ONCE = by((_options: unknown, given: Given) => given(new Error('no way')));

const THROWS = by(() => {
  throw new Error('no way');
});

const GIVES_NOTHING = by(() => undefined);

const failing = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  more: Partial<ClientConversation> = {},
): ClientConversation => ({
  name,
  handler: read,
  script: [ask('/', options), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  ...more,
});

/** What is told when createConnection fails: 'close' too. */
const FAILED: Difference = {
  row: 'failed-connection',
  why: 'the host tells no close',
  events: [
    '> request -> req1',
    '> req1.end -> req1',
    'req1.error Error "no way"',
    'req1.close',
    'req1 is headersSent, writableEnded, finished, destroyed, writable',
  ],
};

/** What is told when a request without a socket is destroyed. */
const PROMPT: Difference = {
  row: 'prompt-end',
  why: 'the host tells nothing, ever',
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

const forsaken = (name: string, options: Readonly<Record<string, unknown>>): ClientConversation => ({
  name,
  handler: read,
  script: [ask('/', options), ['settle'], ['look', 'req1']],
  differs: FAILED,
});

export const unconnected: readonly ClientConversation[] = [
  forsaken('createConnection fails', FAILS),
  forsaken('createConnection fails at once', FAILS_AT_ONCE),
  forsaken('createConnection throws', THROWS),
  {
    name: 'createConnection gives nothing',
    handler: read,
    script: [ask('/', GIVES_NOTHING), ['settle'], ['look', 'req1'], ['req1.destroy'], ['settle'], ['look', 'req1']],
    differs: PROMPT,
  },
  {
    name: 'the agent fails to connect',
    agent: ({ http }) =>
      Object.assign(new http.Agent(), {
        createConnection: (_: unknown, given: Given) => void setImmediate(given, new Error('no way')),
      }),
    handler: read,
    script: [ask(), ['settle'], ['look', 'req1'], ['look', 'agent']],
  },
  {
    name: 'the agent throws when it is to connect',
    agent: ({ http }) =>
      Object.assign(new http.Agent(), {
        createConnection: () => {
          throw new Error('no way');
        },
      }),
    handler: read,
    script: [ask(), ['settle'], ['look', 'agent']],
  },
  failing('connection refused', {}, { peers: 'nobody' }),
  failing('connection refused, no agent', { agent: false }, { peers: 'nobody' }),
  failing('connection refused, nobody listening to errors', {}, { peers: 'nobody', deaf: ['req.error', 'socket'] }),
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
        ask('/', {
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
    name: 'an agent that never gives a socket',
    agent: ({ http }) => Object.assign(new http.Agent(), { addRequest: () => {} }),
    handler: read,
    script: [ask(), ['settle'], ['look', 'req1'], ['req1.destroy'], ['settle'], ['look', 'req1']],
    differs: PROMPT,
  },
  {
    name: 'a socket that was destroyed before',
    deaf: ['socket'],
    handler: read,
    script: [
      ask(
        '/',
        by(() => new Socket().destroy()),
      ),
      ['settle'],
      ['look', 'req1'],
    ],
    differs: {
      row: 'dead-socket',
      why: 'the host tells nothing, ever',
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
