/** The agent: which socket a request gets, who waits, what is kept, and what leaves the pool. */
import type { Socket } from 'node:net';
import type { ClientConversation, ClientLine, ClientStep } from '../kit/client-conversation.js';
import { answer, ask, HEAD_END, read } from '../kit/client-phrases.js';
import { at } from '../kit/client-run.js';
import { the } from '../kit/steps.js';
import { REUSED, UNTOLD } from './document.js';

const ONE = { keepAlive: true, maxSockets: 1 };

/** What follows the path in a request of an agent that keeps its sockets. */
const KEPT = 'HTTP/1.1\r\nHost: 127.0.0.1:<port>\r\nConnection: keep-alive\r\n\r\n';

/** The speaking peer takes a request and answers it. */
const serve = (body: string, ...lines: readonly string[]): readonly ClientLine[] => [
  ['await bytes', HEAD_END],
  ['send', answer(body, ...lines)],
];

/** A whole exchange, on whichever peer speaks. */
const exchange = (number: number, path: string, body: string): readonly ClientLine[] => [
  ask(path),
  ...serve(body),
  ['await event', `req${number}.close`],
  ['settle'],
];

/** The keys of a table of the agent, and how much is behind each. */
const table = (name: 'sockets' | 'freeSockets' | 'requests'): ClientStep => [
  'run',
  ({ agent, note }) => {
    for (const [key, list] of Object.entries(agent[name])) note(`${name}: ${key} ${list?.length}`);
  },
];

const reuse: readonly ClientConversation[] = [
  {
    name: 'the second request has the socket of the first',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['look', 'req1'],
      ...exchange(2, '/2', 'two'),
      ['look', 'req2'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a third request, in the close of the second',
    agent: { keepAlive: true },
    handler: read,
    on: { close: { '/2': [['request', { path: '/3' }, [['req.end']]]] } },
    script: [
      ...exchange(1, '/1', 'one'),
      ask('/2'),
      ...serve('two'),
      ['await event', 'req2.close'],
      ['as', 'b'],
      ...serve('three'),
      ['await event', 'req3.close'],
      ['settle'],
      ['look', 'req3'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'without keepAlive each has its own',
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ask('/2'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
    ],
  },
  {
    name: 'lifo: the socket used last comes first',
    agent: { keepAlive: true, scheduling: 'lifo' },
    handler: read,
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      ask('/2'),
      ['as', 'b'],
      ['await bytes', HEAD_END],
      ['as', 'a'],
      ['send', answer('one')],
      ['await event', 'req1.close'],
      ['as', 'b'],
      ['send', answer('two')],
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
      ask('/3'),
      ['await bytes', HEAD_END],
    ],
  },
  {
    name: 'fifo: the socket used first comes first',
    agent: { keepAlive: true, scheduling: 'fifo' },
    handler: read,
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      ask('/2'),
      ['as', 'b'],
      ['await bytes', HEAD_END],
      ['as', 'a'],
      ['send', answer('one')],
      ['await event', 'req1.close'],
      ['as', 'b'],
      ['send', answer('two')],
      ['await event', 'req2.close'],
      ['settle'],
      ask('/3'),
      ['as', 'a'],
      ['await bytes', HEAD_END],
    ],
  },
  {
    name: 'maxFreeSockets: the second is not kept',
    agent: { keepAlive: true, maxFreeSockets: 1 },
    handler: read,
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      ask('/2'),
      ['as', 'b'],
      ['await bytes', HEAD_END],
      ['as', 'a'],
      ['send', answer('one')],
      ['await event', 'req1.close'],
      ['as', 'b'],
      ['send', answer('two')],
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'maxFreeSockets: 0 is no limit',
    agent: { keepAlive: true, maxFreeSockets: 0 },
    handler: read,
    script: [...exchange(1, '/1', 'one'), ['look', 'agent']],
  },
  {
    name: 'the peer closes the idle socket',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['end'],
      ['await event', 'socket1.close'],
      ['look', 'agent'],
      ask('/2'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'the program destroys the idle socket',
    agent: { keepAlive: true },
    handler: read,
    script: [...exchange(1, '/1', 'one'), ['socket1.destroy'], ['look', 'agent'], ['settle'], ['look', 'agent']],
  },
  {
    name: 'the idle socket is destroyed, and the next request comes at once',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['socket1.destroy'],
      ask('/2'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
    ],
  },
  {
    name: 'an idle socket that fails',
    agent: { keepAlive: true },
    handler: read,
    script: [...exchange(1, '/1', 'one'), ['socket1.destroy', new Error('bad')], ['settle'], ['look', 'agent']],
  },
  {
    name: 'reused, and the peer closes before the answer',
    deaf: ['socket'],
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['request', { path: '/2', method: 'POST' }, [['req.end', 'body']]],
      ['await bytes', 'body'],
      ['end'],
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'reused, and the peer resets in the answer',
    agent: { keepAlive: true },
    deaf: ['socket'],
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ask('/2'),
      ['await bytes', HEAD_END],
      ['send', 'HTTP/1.1 200 OK\r\nContent-Le'],
      ['settle'],
      ['reset'],
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'bytes on an idle socket',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['send', answer('unasked')],
      ['settle'],
      ['look', 'agent'],
      ask('/2'),
      ['settle'],
    ],
    differs: {
      row: 'unasked-bytes',
      why: 'RFC 9112 §9.2: the host swallows them, and uses the socket again',
      events: [
        '> request -> req1',
        '> req1.end -> req1',
        'req1.socket socket1',
        'req1.prefinish',
        'socket1.connect',
        'req1.finish',
        'req1.response res1 1.1 200 OK {"content-length":"3"}',
        'res1.data bytes "one"',
        'res1.end',
        'req1.close',
        'agent.free socket1',
        'res1.close',
        'socket1.close false',
        'agent is sockets 0, freeSockets 0, requests 0',
        '> request -> req2',
        '> req2.end -> req2',
        'req2.socket socket2',
        'req2.prefinish',
        'socket2.connect',
        'req2.finish',
      ],
      peers: {
        a: { received: `GET /1 ${KEPT}`, ended: 'fin' },
        b: { received: `GET /2 ${KEPT}`, ended: 'open' },
      },
    },
  },
];

const queue: readonly ClientConversation[] = [
  {
    name: 'maxSockets: the second waits for the first',
    agent: ONE,
    handler: read,
    script: [
      ask('/1'),
      ask('/2'),
      ask('/3'),
      ['look', 'agent'],
      ...serve('one'),
      ...serve('two'),
      ['look', 'agent'],
      ...serve('three'),
      ['await event', 'req3.close'],
      ['settle'],
      ['look', 'req2'],
      ['look', 'agent'],
    ],
    differs: REUSED,
  },
  {
    name: 'maxSockets without keepAlive: the queue shares the socket, which is not kept then',
    agent: { maxSockets: 1 },
    handler: read,
    script: [
      ask('/1'),
      ask('/2'),
      ...serve('one'),
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'req2'],
      ['look', 'agent'],
    ],
    differs: REUSED,
  },
  {
    name: 'maxSockets: the answer says close, the next has a fresh socket',
    agent: ONE,
    handler: read,
    script: [
      ask('/1'),
      ask('/2'),
      ...serve('one', 'Connection: close'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
    differs: UNTOLD,
  },
  {
    name: 'maxSockets: the first fails, the next has a fresh socket',
    agent: ONE,
    handler: read,
    script: [
      ask('/1'),
      ask('/2'),
      ['await bytes', HEAD_END],
      ['reset'],
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
    differs: UNTOLD,
  },
  {
    name: 'maxSockets: the first is destroyed, the next has a fresh socket',
    agent: ONE,
    handler: read,
    script: [
      ask('/1'),
      ask('/2'),
      ['await bytes', HEAD_END],
      ['req1.destroy'],
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
    ],
    differs: UNTOLD,
  },
  {
    name: 'maxTotalSockets counts over all hosts',
    agent: { keepAlive: true, maxTotalSockets: 1 },
    deaf: ['socket'],
    handler: read,
    script: [
      ask('/1'),
      ask('/2', { host: '127.0.0.2' }),
      ['look', 'agent'],
      ...serve('one'),
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
    differs: {
      row: 'total-sockets',
      why: 'the host opens a second socket beside the idle one',
      events: [
        '> request -> req1',
        '> req1.end -> req1',
        '> request -> req2',
        '> req2.end -> req2',
        'agent is sockets 1, freeSockets 0, requests 1',
        'req1.socket socket1',
        'req1.prefinish',
        'req1.finish',
        'req1.response res1 1.1 200 OK {"content-length":"3"}',
        'res1.data bytes "one"',
        'res1.end',
        'req1.close',
        'agent.free socket1',
        'res1.close',
        'req2.socket socket2',
        'req2.prefinish',
        'req2.error Error ECONNREFUSED "connect ECONNREFUSED 127.0.0.2:<port>"',
        'req2.close',
        'agent is sockets 0, freeSockets 0, requests 0',
      ],
      peers: { a: { ended: 'fin' } },
    },
  },
  {
    name: 'hosts have each their sockets',
    agent: ONE,
    handler: read,
    script: [
      ask('/1'),
      ask('/2', { localAddress: '127.0.0.1' }),
      table('sockets'),
      ['settle'],
      ['look', 'agent'],
      ...serve('one'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      table('freeSockets'),
    ],
  },
  {
    name: 'refused connections do not stop the queue',
    deaf: ['socket'],
    agent: ONE,
    peers: 'nobody',
    handler: read,
    script: [ask('/1'), ask('/2'), ['await event', 'req2.close'], ['settle'], ['look', 'agent']],
    differs: UNTOLD,
  },
  {
    name: 'a queued request is told nothing of its own end() before it has a socket',
    agent: ONE,
    handler: read,
    script: [
      ask('/1'),
      [
        'request',
        { path: '/2', method: 'POST' },
        [
          ['req.write', 'a'],
          ['req.end', 'b'],
          ['look', 'req'],
        ],
      ],
      ['await bytes', HEAD_END],
      ['settle'],
      ['send', answer('one')],
      ['await bytes', '0\r\n\r\n'],
      ['send', answer('two')],
      ['await event', 'req2.close'],
    ],
  },
];

const queued = [
  '> request -> req1',
  '> req1.end -> req1',
  '> request -> req2',
  '> req2.end -> req2',
  'req1.socket socket1',
  'req1.prefinish',
  'req1.finish',
];

/** A request that waits in the queue is ended from this side, while the first goes on. */
const withdrawn = (name: string, act: ClientStep, ...told: readonly string[]): ClientConversation => ({
  name: `${name} of a queued request`,
  agent: ONE,
  deaf: ['socket'],
  handler: read,
  script: [
    ask('/1'),
    ask('/2', { signal: the('signal') }),
    ['await bytes', HEAD_END],
    ['settle'],
    act,
    ['settle'],
    ['look', 'agent'],
    ['send', answer('one')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'agent'],
  ],
  differs: {
    row: 'prompt-end',
    why: 'the host tells it when the socket is free',
    events: [
      ...queued,
      ...told,
      'req2.close',
      'agent is sockets 1, freeSockets 0, requests 0',
      'req1.response res1 1.1 200 OK {"content-length":"3"}',
      'res1.data bytes "one"',
      'res1.end',
      'req1.close',
      'agent.free socket1',
      'res1.close',
      'agent is sockets 0, freeSockets 1, requests 0',
    ],
  },
});

const HUNG_UP = 'req2.error Error ECONNRESET "socket hang up"';
const ABORTED =
  'req2.error AbortError ABORT_ERR "The operation was aborted" cause=AbortError: This operation was aborted';

const withdrawals: readonly ClientConversation[] = [
  withdrawn('destroy()', ['req2.destroy'], '> req2.destroy -> req2', HUNG_UP),
  withdrawn('destroy(error)', ['req2.destroy', new Error('mine')], '> req2.destroy -> req2', 'req2.error Error "mine"'),
  withdrawn('abort()', ['req2.abort'], '> req2.abort', 'req2.abort'),
  withdrawn('a signal', ['controller.abort'], '> controller.abort', ABORTED),
];

const agentCalls: readonly ClientConversation[] = [
  {
    name: 'getName()',
    script: [
      ['agent.getName'],
      ['agent.getName', {}],
      ['agent.getName', { host: 'a.test', port: 80 }],
      ['agent.getName', { host: 'a.test', port: 80, localAddress: '127.0.0.1', family: 4 }],
      ['agent.getName', { host: 'a.test', port: 80, family: 6 }],
      ['agent.getName', { socketPath: '/tmp/x' }],
    ],
  },
  {
    name: 'properties of an agent',
    agent: {
      keepAlive: true,
      maxSockets: 3,
      timeout: 1000,
      scheduling: 'fifo',
      keepAliveMsecs: 7,
      maxFreeSockets: 5,
      maxTotalSockets: 9,
    },
    script: [
      ['agent.keepAlive ?'],
      ['agent.keepAliveMsecs ?'],
      ['agent.maxSockets ?'],
      ['agent.maxFreeSockets ?'],
      ['agent.maxTotalSockets ?'],
      ['agent.totalSocketCount ?'],
      ['agent.scheduling ?'],
      ['agent.defaultPort ?'],
      ['agent.protocol ?'],
      ['agent.options ?'],
      ['agent.sockets ?'],
      ['agent.freeSockets ?'],
      ['agent.requests ?'],
    ],
  },
  {
    name: 'properties of an agent, by default',
    script: [
      ['agent.keepAlive ?'],
      ['agent.keepAliveMsecs ?'],
      ['agent.maxSockets ?'],
      ['agent.maxFreeSockets ?'],
      ['agent.maxTotalSockets ?'],
      ['agent.scheduling ?'],
      ['agent.options ?'],
    ],
  },
  {
    name: 'properties of the global agent',
    agent: 'global',
    script: [['agent.keepAlive ?'], ['agent.maxSockets ?'], ['agent.scheduling ?'], ['agent.options ?']],
  },
  {
    name: 'agent.destroy() with one busy, one idle',
    agent: { keepAlive: true },
    deaf: ['socket'],
    handler: read,
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      ask('/2'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
      ['agent.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'agent.destroy() with one busy, one queued',
    agent: ONE,
    deaf: ['socket'],
    handler: read,
    script: [
      ask('/1'),
      ask('/2'),
      ['await bytes', HEAD_END],
      ['agent.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
    ],
    differs: UNTOLD,
  },
  {
    name: 'a destroyed agent may be used again',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['agent.destroy'],
      ['settle'],
      ask('/2'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'agentRemove takes a busy socket out',
    agent: ONE,
    handler: read,
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      [
        'run',
        ({ agent, note }) => {
          const [socket] = Object.values(agent.sockets).flat() as [Socket];
          socket.emit('agentRemove');
          note('agentRemove');
        },
      ],
      ['look', 'agent'],
      ['send', answer('one')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'keepSocketAlive() that refuses',
    agent: ({ http }) => Object.assign(new http.Agent({ keepAlive: true }), { keepSocketAlive: () => false }),
    handler: read,
    script: [...exchange(1, '/1', 'one'), ['look', 'agent']],
  },
  {
    name: 'keepSocketAlive() and reuseSocket() are asked',
    agent: ({ http, note }) => {
      const agent = new http.Agent({ keepAlive: true });
      const { reuseSocket } = agent;
      return Object.assign(agent, {
        keepSocketAlive: () => {
          note('keepSocketAlive');
          return true;
        },
        reuseSocket: (...given: Parameters<typeof reuseSocket>) => {
          note(`reuseSocket ${given[1].constructor.name}`);
          reuseSocket.apply(agent, given);
        },
      });
    },
    handler: read,
    script: [...exchange(1, '/1', 'one'), ...exchange(2, '/2', 'two')],
  },
  {
    name: 'the seams of an agent, in their order',
    agent: ({ http, note }) => {
      const agent = new http.Agent({ keepAlive: true });
      for (const seam of [
        'addRequest',
        'createSocket',
        'createConnection',
        'removeSocket',
        'keepSocketAlive',
        'reuseSocket',
      ])
        wrap(agent, seam, note);
      return agent;
    },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ...exchange(2, '/2', 'two'),
      ['end'],
      ['await event', 'socket1.close'],
      ['settle'],
    ],
  },
  {
    name: 'an agent of the user, made of addRequest alone',
    agent: ({ http, duplex }) =>
      Object.assign(Object.create(http.Agent.prototype), {
        defaultPort: 80,
        protocol: 'http:',
        on: () => {},
        destroy: () => {},
        addRequest: (req: { onSocket(socket: unknown): void }) => req.onSocket(duplex()),
      }),
    handler: read,
    script: [ask(), ...serve('hello'), ['await event', 'res1.end'], ['end'], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'the default port and protocol of an agent',
    agent: ({ http, port }) => Object.assign(new http.Agent(), { defaultPort: port, protocol: 'thing:' }),
    handler: read,
    script: [ask('/', { port: undefined, protocol: 'thing:' }), ...serve('hello'), ['await event', 'req1.close']],
  },
  {
    name: 'options of the agent are for its sockets',
    agent: { localAddress: '127.0.0.1', keepAlive: true } as object,
    handler: read,
    script: [
      ask(),
      table('sockets'),
      ...serve('hello'),
      ['await event', 'req1.close'],
      ['settle'],
      table('freeSockets'),
    ],
  },
  {
    name: 'the global agent keeps its sockets',
    agent: 'global',
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['look', 'agent'],
      ['socket1.timeout ?'],
      ask('/2'),
      ...serve('two'),
      ['await event', 'req2.close'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'agent: false, twice',
    agent: false,
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ask('/2'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'a second agent has its own sockets',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ask('/2', { agent: at(({ http }) => new http.Agent()) }),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
    ],
  },
  {
    name: 'an idle socket is unreferenced, and a busy one is not',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ask('/1'),
      ['await bytes', HEAD_END],
      isReferenced(),
      ['send', answer('one')],
      ['await event', 'req1.close'],
      ['settle'],
      isReferenced(),
      ask('/2'),
      isReferenced(),
    ],
  },
];

/** Whether the first socket keeps the process alive. */
function isReferenced(): ClientStep {
  return [
    'run',
    ({ agent, note }) => {
      const [socket] = [agent.sockets, agent.freeSockets].flatMap((sockets) => Object.values(sockets).flat());
      note(`referenced: ${(socket as unknown as { _handle: { hasRef(): boolean } })._handle.hasRef()}`);
    },
  ];
}

/** Each call of a method is logged, and made. */
function wrap(agent: object, seam: string, note: (line: string) => void): void {
  const method = Reflect.get(agent, seam) as (...args: unknown[]) => unknown;
  Reflect.set(agent, seam, (...args: unknown[]) => {
    note(`agent.${seam}`);
    return method.apply(agent, args);
  });
}

export const pooling = [...reuse, ...queue, ...withdrawals, ...agentCalls];
