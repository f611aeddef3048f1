/** How a request comes to its socket: createConnection, a Duplex, a lookup, a Unix socket, and when that fails. */
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientConversation, ClientLine } from '../kit/client-conversation.js';
import { answer, ask, by, type Given, HALF, HEAD_END, ok, read } from '../kit/client-phrases.js';
import { at } from '../kit/client-run.js';
import { the } from '../kit/steps.js';
import { closeBehindError } from './document.js';

const RETURNS = by(
  at(({ duplex, note }) => () => {
    note('createConnection');
    return duplex();
  }),
);

const CALLS_BACK = by(
  at(
    ({ duplex }) =>
      (_options: unknown, given: Given) =>
        void setImmediate(given, null, duplex()),
  ),
);

const CALLS_BACK_AT_ONCE = by(
  at(
    ({ duplex }) =>
      (_options: unknown, given: Given) =>
        given(null, duplex()),
  ),
);

const BOTH = by(
  at(({ duplex }) => (_options: unknown, given: Given) => {
    const made = duplex();
    given(null, made);
    return made;
  }),
);

/** A request over a Duplex, whose peer ends it. */
const overDuplex = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  ...behind: readonly ClientLine[]
): ClientConversation => ({
  name,
  handler: read,
  script: [
    ask('/', options),
    ['await bytes', HEAD_END],
    ['send', answer('hello')],
    ['await event', 'res1.end'],
    ...behind,
    ['end'],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'req1'],
  ],
});

const duplexes: readonly ClientConversation[] = [
  overDuplex('createConnection returns a Duplex', RETURNS),
  overDuplex('createConnection calls back later', CALLS_BACK),
  overDuplex('createConnection calls back at once', CALLS_BACK_AT_ONCE),
  overDuplex('createConnection returns and calls back', BOTH),
  {
    ...overDuplex('createConnection with Connection: keep-alive', {
      ...RETURNS,
      headers: { Connection: 'keep-alive' },
    }),
    differs: {
      row: 'kept-duplex',
      why: 'the host leaves it half open, for ever',
      events: (host) => host.flatMap((event) => (event === 'socket1.end' ? [event, 'socket1.close'] : event)),
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'a Duplex that ends before the answer',
    handler: read,
    script: [ask('/', RETURNS), ['await bytes', HEAD_END], ['end'], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'a Duplex that is destroyed before the answer',
    handler: read,
    script: [
      ask('/', RETURNS),
      ['await bytes', HEAD_END],
      ['socket1.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'a Duplex, destroy()',
    handler: read,
    script: [
      ask('/', RETURNS),
      ['await bytes', HEAD_END],
      ['req1.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'destroy() before createConnection calls back',
    handler: read,
    script: [
      ['request', CALLS_BACK, [['req.end'], ['req.destroy']]],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'the agent makes a Duplex',
    agent: ({ http, duplex }) => Object.assign(new http.Agent(), { createConnection: () => duplex() }),
    handler: read,
    script: [
      ask(),
      ['await bytes', HEAD_END],
      ['look', 'agent'],
      ['send', answer('one')],
      ['await event', 'res1.end'],
      ['end'],
      ['await event', 'req1.close'],
      ['look', 'agent'],
    ],
  },
];

const LOOKUP = (_host: string, { all }: { all?: boolean }, found: (...found: unknown[]) => void) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

const ways: readonly ClientConversation[] = [
  {
    name: 'a Unix socket',
    peers: 'unix',
    handler: read,
    script: [ask(), ['await bytes', HEAD_END], ['send', answer('hello')], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'a lookup of the user',
    handler: read,
    script: [
      ask('/', { host: 'some.test', lookup: LOOKUP }),
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'destroy() in a lookup that never answers',
    handler: read,
    script: [
      ask('/', { host: 'some.test', lookup: () => {} }),
      ['settle'],
      ['req1.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'a socket that is connected already',
    handler: read,
    script: [
      ask(
        '/',
        by(
          at(
            ({ port }) =>
              () =>
                createConnection(port, '127.0.0.1'),
          ),
        ),
      ),
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'createConnection beside an agent is asked in its place',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ask('/', {
        createConnection: at(
          ({ duplex }) =>
            () =>
              duplex(),
        ),
      }),
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'onSocket() by hand',
    handler: read,
    agent: ({ http, duplex }) =>
      Object.assign(new http.Agent(), {
        addRequest: (req: { onSocket(socket: Duplex): void }) => req.onSocket(duplex()),
      }),
    script: [
      ask(),
      ['await bytes', HEAD_END],
      ['send', ok('Content-Length: 0')],
      ['await event', 'res1.end'],
      ['end'],
      ['settle'],
    ],
  },
  {
    name: 'half an answer over a Duplex, then its end',
    deaf: ['socket'],
    handler: read,
    script: [
      ask('/', RETURNS),
      ['await bytes', HEAD_END],
      ['send', HALF],
      ['await event', 'res1.data'],
      ['end'],
      ['settle'],
      ['look', 'res1'],
    ],
    differs: closeBehindError,
  },
  {
    name: 'what createConnection is given',
    handler: read,
    script: [
      ask('/p', {
        ...by(
          at(({ duplex, note }) => (options: Record<string, unknown>, given: unknown) => {
            for (const key of ['host', 'path', 'method', 'servername', 'localAddress', 'timeout'])
              note(`${key}: ${options[key]}`);
            note(`callback: ${typeof given}`);
            return duplex();
          }),
        ),
        timeout: 4000,
      }),
      ['await bytes', HEAD_END],
      ['send', answer('x')],
      ['end'],
      ['settle'],
    ],
  },
  {
    name: 'a signal that was aborted before',
    handler: read,
    script: [
      ['controller.abort'],
      ask('/', { signal: the('signal') }),
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
    differs: {
      row: 'prompt-end',
      why: 'the host connects for it all the same',
      events: [
        '> controller.abort',
        '> request -> req1',
        '> req1.end -> req1',
        'req1.error AbortError ABORT_ERR "The operation was aborted" cause=AbortError: This operation was aborted',
        'req1.close',
        'req1 is headersSent, writableEnded, finished, destroyed, writable',
      ],
      peers: { a: null },
    },
  },
];

export const connecting = [...duplexes, ...ways];
