/** The properties of an agent, and what a program may do with it. */
import type { Socket } from 'node:net';
import type { ClientConversation, ClientStep } from '../kit/client-conversation.js';
import { exchange, HEAD_END, ONE_SOCKET, read, response, sendGet, serve } from '../kit/client-phrases.js';
import { deferred } from '../kit/client-run.js';
import { END_OF_IDLE } from './document.js';

/** Logs the keys of one of the agent's tables, and the length of each list. */
const table = (name: 'sockets' | 'freeSockets' | 'requests'): ClientStep => [
  'run',
  ({ agent, note }) => {
    for (const [key, list] of Object.entries(agent[name])) note(`${name}: ${key} ${list?.length}`);
  },
];

/** Logs whether the first socket keeps the process alive. */
function isReferenced(): ClientStep {
  return [
    'run',
    ({ agent, note }) => {
      const [socket] = [agent.sockets, agent.freeSockets].flatMap((sockets) => Object.values(sockets).flat());
      note(`referenced: ${(socket as unknown as { _handle: { hasRef(): boolean } })._handle.hasRef()}`);
    },
  ];
}

/** Logs each call of a method, and forwards it. */
function wrap(agent: object, seam: string, note: (line: string) => void): void {
  const method = Reflect.get(agent, seam) as (...args: unknown[]) => unknown;
  Reflect.set(agent, seam, (...args: unknown[]) => {
    note(`agent.${seam}`);
    return method.apply(agent, args);
  });
}

export const agents: readonly ClientConversation[] = [
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
    name: 'the properties of an agent',
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
    name: 'the default properties of an agent',
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
    name: 'the properties of the global agent',
    agent: 'global',
    script: [['agent.keepAlive ?'], ['agent.maxSockets ?'], ['agent.scheduling ?'], ['agent.options ?']],
  },
  {
    name: 'agent.destroy() with a busy and an idle socket',
    agent: { keepAlive: true },
    deaf: ['socket'],
    handler: read,
    script: [
      sendGet('/1'),
      ['await bytes', HEAD_END],
      sendGet('/2'),
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
    name: 'agent.destroy() with a busy socket and a queued request',
    agent: ONE_SOCKET,
    deaf: ['socket'],
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2'),
      ['await bytes', HEAD_END],
      ['agent.destroy'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
    ],
  },
  {
    name: 'a destroyed agent can be used again',
    agent: { keepAlive: true },
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['agent.destroy'],
      ['settle'],
      sendGet('/2'),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'agentRemove removes a busy socket',
    agent: ONE_SOCKET,
    handler: read,
    script: [
      sendGet('/1'),
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
      ['send', response('one')],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'keepSocketAlive() returns false',
    agent: ({ http }) => Object.assign(new http.Agent({ keepAlive: true }), { keepSocketAlive: () => false }),
    handler: read,
    script: [...exchange(1, '/1', 'one'), ['look', 'agent']],
  },
  {
    name: 'keepSocketAlive() and reuseSocket() are called',
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
    name: 'the overridable methods of an agent, in the order of their calls',
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
    differsOn: END_OF_IDLE,
    differs: {
      row: 'agent-seams',
      why: 'the host also calls removeSocket() to take a socket from the busy ones',
      events: (host) => host.filter((event, at) => event !== 'agent.removeSocket' || host[at - 1] === 'socket1.end'),
    },
  },
  {
    name: 'an agent of the program that has only addRequest()',
    agent: ({ http, duplex }) =>
      Object.assign(Object.create(http.Agent.prototype), {
        defaultPort: 80,
        protocol: 'http:',
        on: () => {},
        destroy: () => {},
        addRequest: (req: { onSocket(socket: unknown): void }) => req.onSocket(duplex()),
      }),
    handler: read,
    script: [
      sendGet(),
      ...serve('hello'),
      ['await event', 'res1.end'],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'the default port and protocol of an agent',
    agent: ({ http, port }) => Object.assign(new http.Agent(), { defaultPort: port, protocol: 'thing:' }),
    handler: read,
    script: [sendGet('/', { port: undefined, protocol: 'thing:' }), ...serve('hello'), ['await event', 'req1.close']],
  },
  {
    name: 'each host has its own sockets',
    agent: ONE_SOCKET,
    handler: read,
    script: [
      sendGet('/1'),
      sendGet('/2', { localAddress: '127.0.0.1' }),
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
    name: 'options of the agent apply to its sockets',
    agent: { localAddress: '127.0.0.1', keepAlive: true } as object,
    handler: read,
    script: [
      sendGet(),
      table('sockets'),
      ...serve('hello'),
      ['await event', 'req1.close'],
      ['settle'],
      table('freeSockets'),
    ],
  },
  {
    name: 'the global agent keeps sockets alive',
    agent: 'global',
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      ['look', 'agent'],
      ['socket1.timeout ?'],
      sendGet('/2'),
      ...serve('two'),
      ['await event', 'req2.close'],
      ['look', 'req2'],
    ],
  },
  {
    name: 'two requests with agent: false',
    agent: false,
    handler: read,
    script: [
      ...exchange(1, '/1', 'one'),
      sendGet('/2'),
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
      sendGet('/2', { agent: deferred(({ http }) => new http.Agent()) }),
      ['as', 'b'],
      ...serve('two'),
      ['await event', 'req2.close'],
      ['settle'],
    ],
  },
  {
    name: 'an idle socket is unreferenced, a busy one is not',
    agent: { keepAlive: true },
    handler: read,
    script: [
      sendGet('/1'),
      ['await bytes', HEAD_END],
      isReferenced(),
      ['send', response('one')],
      ['await event', 'req1.close'],
      ['settle'],
      isReferenced(),
      sendGet('/2'),
      isReferenced(),
    ],
  },
];
