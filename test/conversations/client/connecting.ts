/** How a request gets its socket: createConnection, a Duplex, a lookup, a Unix socket; and how that fails. */
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientConversation, ClientLine } from '../kit/client-conversation.js';
import {
  type ConnectionCallback,
  connectingBy,
  HALF_RESPONSE,
  HEAD_END,
  ok,
  read,
  response,
  sendGet,
} from '../kit/client-phrases.js';
import { deferred } from '../kit/client-run.js';
import { the } from '../kit/steps.js';
import { closeAfterError } from './document.js';

const RETURNS = connectingBy(
  deferred(({ duplex, note }) => () => {
    note('createConnection');
    return duplex();
  }),
);

const CALLS_BACK = connectingBy(
  deferred(
    ({ duplex }) =>
      (_options: unknown, callback: ConnectionCallback) =>
        void setImmediate(callback, null, duplex()),
  ),
);

const CALLS_BACK_AT_ONCE = connectingBy(
  deferred(
    ({ duplex }) =>
      (_options: unknown, callback: ConnectionCallback) =>
        callback(null, duplex()),
  ),
);

const BOTH = connectingBy(
  deferred(({ duplex }) => (_options: unknown, callback: ConnectionCallback) => {
    const made = duplex();
    callback(null, made);
    return made;
  }),
);

/** A request over a Duplex, which the peer ends. */
const overDuplex = (
  name: string,
  options: Readonly<Record<string, unknown>>,
  ...after: readonly ClientLine[]
): ClientConversation => ({
  name,
  handler: read,
  script: [
    sendGet('/', options),
    ['await bytes', HEAD_END],
    ['send', response('hello')],
    ['await event', 'res1.end'],
    ...after,
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
      why: 'the host leaves the Duplex half open forever',
      events: (host) => host.flatMap((event) => (event === 'socket1.end' ? [event, 'socket1.close'] : event)),
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'a Duplex that ends before the response',
    handler: read,
    script: [sendGet('/', RETURNS), ['await bytes', HEAD_END], ['end'], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'a Duplex that is destroyed before the response',
    handler: read,
    script: [
      sendGet('/', RETURNS),
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
      sendGet('/', RETURNS),
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
    name: 'the agent creates a Duplex',
    agent: ({ http, duplex }) => Object.assign(new http.Agent(), { createConnection: () => duplex() }),
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['look', 'agent'],
      ['send', response('one')],
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
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'a lookup function of the program',
    handler: read,
    script: [
      sendGet('/', { host: 'some.test', lookup: LOOKUP }),
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['await event', 'req1.close'],
    ],
  },
  {
    name: 'destroy() in a lookup that never calls back',
    handler: read,
    script: [
      sendGet('/', { host: 'some.test', lookup: () => {} }),
      ['settle'],
      ['req1.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'a socket that is already connected',
    handler: read,
    script: [
      sendGet(
        '/',
        connectingBy(
          deferred(
            ({ port }) =>
              () =>
                createConnection(port, '127.0.0.1'),
          ),
        ),
      ),
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'createConnection beside an agent: it is called instead of the agent',
    agent: { keepAlive: true },
    handler: read,
    script: [
      sendGet('/', {
        createConnection: deferred(
          ({ duplex }) =>
            () =>
              duplex(),
        ),
      }),
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'onSocket() called by the program',
    handler: read,
    agent: ({ http, duplex }) =>
      Object.assign(new http.Agent(), {
        addRequest: (req: { onSocket(socket: Duplex): void }) => req.onSocket(duplex()),
      }),
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['send', ok('Content-Length: 0')],
      ['await event', 'res1.end'],
      ['end'],
      ['settle'],
    ],
  },
  {
    name: 'half a response over a Duplex, then end',
    deaf: ['socket'],
    handler: read,
    script: [
      sendGet('/', RETURNS),
      ['await bytes', HEAD_END],
      ['send', HALF_RESPONSE],
      ['await event', 'res1.data'],
      ['end'],
      ['settle'],
      ['look', 'res1'],
    ],
    differs: closeAfterError,
  },
  {
    name: 'the arguments of createConnection',
    handler: read,
    script: [
      sendGet('/p', {
        ...connectingBy(
          deferred(({ duplex, note }) => (options: Record<string, unknown>, given: unknown) => {
            for (const key of ['host', 'path', 'method', 'servername', 'localAddress', 'timeout'])
              note(`${key}: ${options[key]}`);
            note(`callback: ${typeof given}`);
            return duplex();
          }),
        ),
        timeout: 4000,
      }),
      ['await bytes', HEAD_END],
      ['send', response('x')],
      ['end'],
      ['settle'],
    ],
  },
  {
    name: 'a signal that is already aborted',
    handler: read,
    script: [
      ['controller.abort'],
      sendGet('/', { signal: the('signal') }),
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
    differs: {
      row: 'prompt-end',
      why: 'the host connects nevertheless',
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
