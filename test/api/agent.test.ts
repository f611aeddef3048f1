/** Our agent, held against the host's: the same requests, the same server, the same outcome. */
import * as http from 'node:http';
import net, { type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { inherits } from 'node:util';
import { describe, expect, it } from 'vitest';
import { getGlobalAgent, setGlobalAgent } from '../../src/api/agent/globalAgent.js';
import { type AgentClass, both, first, listeners, Nowhere, ours, type Site, seam, settle } from './agents.js';
import { faultOf } from './faults.js';

describe('the face', () => {
  const face = (Agent: AgentClass) => {
    const agent = new Agent();
    const { createConnection: _, ...methods } = Object.getOwnPropertyDescriptors(Agent.prototype);
    return {
      keys: Object.keys(agent)
        .filter((key) => key !== 'agentKeepAliveTimeoutBuffer')
        .sort(),
      methods: Object.entries(methods)
        .map(([name, { value, ...traits }]) => ({ name, length: value.length, ...traits }))
        .sort((a, b) => a.name.localeCompare(b.name)),
      createConnection: Agent.prototype.createConnection.length,
      prototypes: [agent.requests, agent.sockets, agent.freeSockets, seam(agent).options].map(Object.getPrototypeOf),
      events: agent.eventNames(),
      name: [Agent.name, Agent.length],
      defaultMaxSockets: Object.getOwnPropertyDescriptor(Agent, 'defaultMaxSockets'),
    };
  };

  it('has the members of the host’s', () => expect(face(ours)).toEqual(face(http.Agent)));

  it('is called without new, applied by what inherits from it, and extended', () => {
    const call = ours as unknown as (this: unknown, options?: http.AgentOptions) => http.Agent;
    expect(call.call(undefined, { maxSockets: 3 }).maxSockets).toBe(3);
    function Legacy(this: http.Agent) {
      call.call(this, { maxSockets: 4 });
    }
    inherits(Legacy, ours);
    expect(new (Legacy as unknown as AgentClass)().maxSockets).toBe(4);
    class Extended extends ours {}
    expect(new Extended({ maxSockets: 5 }).maxSockets).toBe(5);
    expect(new Extended()).toBeInstanceOf(ours);
  });

  const options: readonly unknown[] = [
    ...[undefined, null, {}, 'x', 5, { scheduling: 'x' }, { scheduling: null }, { scheduling: '' }],
    ...[0, -1, 1.5, '3', null, Number.NaN, undefined].map((maxTotalSockets) => ({ maxTotalSockets })),
    ...[0, -1, 2, 'x', Number.NaN].map((maxSockets) => ({ maxSockets })),
    ...[0, 2, 'x'].map((maxFreeSockets) => ({ maxFreeSockets })),
    ...[0, 'x', 7].map((keepAliveMsecs) => ({ keepAliveMsecs })),
    ...[1, 'no', true, undefined].map((keepAlive) => ({ keepAlive })),
    ...[true, false, undefined, null].map((noDelay) => ({ noDelay })),
    ...[{ path: '/x' }, { timeout: -1 }, { timeout: 'x' }, { host: 'a', port: 8, signal: 1, scheduling: 'fifo' }],
  ];

  it.each(options.map((given) => [given]))('takes %j as the host does', (given) => {
    const made = (Agent: AgentClass) => {
      const fault = faultOf(() => new Agent(given as http.AgentOptions));
      if (fault) return { ...fault, shown: undefined };
      const entries = Object.entries(new Agent(given as object));
      const { agentKeepAliveTimeoutBuffer: _, _events, ...fields } = Object.fromEntries(entries);
      return { fields, order: Object.keys(fields.options) };
    };
    expect(made(ours)).toEqual(made(http.Agent));
  });

  const names: readonly unknown[] = [
    ...[undefined, {}, { host: 'h' }, { port: 8 }, { port: '8' }, { localAddress: 'l' }, { socketPath: '/x' }],
    ...[4, 6, 0, '6', 'IPv4'].map((family) => ({ family })),
    ...[
      { host: 'h', port: 80, localAddress: 'l', family: 6, socketPath: 'p', more: 1 },
      { host: null, port: 0 },
    ],
  ];

  it.each(names.map((given) => [given]))('names %j as the host does', (given) => {
    expect(new ours().getName(given as object)).toBe(new http.Agent().getName(given as object));
  });

  it('takes the default number of sockets as it is', () => {
    const { defaultMaxSockets } = ours as unknown as { defaultMaxSockets: number };
    Object.assign(ours, { defaultMaxSockets: 7 });
    expect(new ours().maxSockets).toBe(7);
    Object.assign(ours, { defaultMaxSockets });
  });

  it('has a global agent as the host’s, which may be assigned', () => {
    const standard = getGlobalAgent();
    const { proxyEnv: _, ...options } = seam(http.globalAgent).options;
    expect({ ...standard.options }).toEqual(options);
    const other = new ours() as unknown as typeof standard;
    setGlobalAgent(other);
    expect(getGlobalAgent()).toBe(other);
    setGlobalAgent(standard);
  });
});

describe('a connection', () => {
  /** What `createConnection` is called with. */
  const opened = (Agent: AgentClass, options: http.AgentOptions, asked: http.RequestOptions) => {
    const agent = new Agent(options);
    let seen: unknown;
    seam(agent).createConnection = ({ agent: of, ...rest }) => {
      seen = { ...rest, order: Object.keys(rest), prototype: Object.getPrototypeOf(rest), ofAgent: of === agent };
      return new Nowhere();
    };
    const fault = faultOf(() => http.request({ port: 3, ...asked, agent }).on('error', () => {}));
    return fault ? { ...fault, shown: undefined } : seen;
  };

  const cases: readonly [http.AgentOptions, http.RequestOptions][] = [
    [{}, {}],
    [{ keepAlive: true }, { host: 'a.b', family: 4, timeout: 0 }],
    [{ keepAlive: true, keepAliveMsecs: 7 }, { keepAliveInitialDelay: 5 } as object],
    [{ host: 'agent', port: 1, localAddress: undefined, path: '/p' } as object, { host: 'req', port: 2, path: '/q' }],
    [{ servername: 's' } as object, { localAddress: 'l' }],
    ...['1.2.3.4', '::1', 'x.y'].map((host): [object, object] => [{}, { host }]),
    ...['y', '', null, undefined, false].map((servername): [object, object] => [{}, { servername }]),
    ...['z:81', '[::1]:81', '', '1.2.3.4:5', '[bad'].map((host): [object, object] => [{}, { headers: { host } }]),
    [{}, { headers: { host: ['a', 'b'] as unknown as string } }],
    [{}, { socketPath: '/nowhere' }],
    [{}, { socketPath: '/nowhere', path: '/x', port: 4 }],
  ];

  it.each(cases)('of an agent %j for a request %j is opened by the same options', (options, asked) => {
    expect(opened(ours, options, asked)).toEqual(opened(http.Agent, options, asked));
  });

  it('is asked for in the old way, too', () => {
    const asked = (Agent: AgentClass, ...args: [string, number?, string?]) => {
      const agent = new Agent();
      const seen: unknown[] = [];
      seam(agent).createConnection = (options) => {
        seen.push({ ...options });
        return new Nowhere();
      };
      const request = {
        getHeader: () => undefined,
        onSocket: (socket: unknown) => seen.push(socket instanceof Duplex),
      };
      seam(agent).addRequest(request, ...args);
      return seen;
    };
    expect(asked(ours, 'h', 8, 'l')).toEqual(asked(http.Agent, 'h', 8, 'l'));
    expect(asked(ours, 'h')).toEqual(asked(http.Agent, 'h'));
  });

  both('may be opened by a callback, once', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = (options, callback) => {
      const socket = net.connect(options as never);
      setImmediate(callback, null, socket);
      setImmediate(callback, null, socket);
      setImmediate(callback, new Error('too late'));
    };
    await site.ask(agent);
    return [site.log, site.tables(agent)];
  });

  both('may be returned and called back', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = (options, callback) => {
      const socket = net.connect(options as never);
      setImmediate(callback, null, socket);
      return socket;
    };
    await site.ask(agent);
    return [site.log, site.tables(agent)];
  });

  both('that cannot be opened fails its request', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = (_, callback) => void setImmediate(callback, new Error('no'));
    await site.ask(agent);
    return [site.log, site.tables(agent)];
  });

  both('that throws throws to who asks', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = () => {
      throw new RangeError('no');
    };
    expect(() => site.request(agent, '/')).toThrow(RangeError);
    return [site.log, site.tables(agent)];
  });

  both('that is refused leaves the tables', async (Agent, site) => {
    const agent = new Agent({ maxSockets: 1 });
    const port = await closedPort();
    site.request(agent, '/1', { port });
    site.request(agent, '/2', { port });
    await settle();
    return [site.log, site.tables(agent)];
  });

  both('is made by a subclass', async (Agent, site) => {
    class Counting extends Agent {
      made = 0;

      override createConnection(...args: [never]): Duplex {
        this.made++;
        return net.createConnection(...args);
      }
    }
    const agent = new Counting({ keepAlive: true });
    await site.ask(agent);
    await site.ask(agent);
    agent.destroy();
    return [agent.made, site.log];
  });

  both('is opened without a request', async (Agent, site) => {
    const agent = new Agent();
    const seen: unknown[] = [];
    seam(agent).createSocket({ getHeader: () => undefined }, { port: site.port }, (error, socket) => {
      seen.push(error, socket instanceof Duplex, site.tables(agent));
      socket!.destroy();
    });
    await settle();
    return [...seen, site.tables(agent)];
  });
});

async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a socket', () => {
  /** Tables, and listeners of the socket, at each stage of two requests. */
  const stages = async (Agent: AgentClass, site: Site, options: http.AgentOptions) => {
    const agent = new Agent(options);
    const seen: unknown[] = [];
    let socket: Socket | undefined;
    const note = (stage: string) => seen.push([stage, site.tables(agent), socket && listeners(socket)]);
    for (const path of ['/1', '/2']) {
      const request = site.request(agent, path);
      request.on('socket', (given) => {
        socket = given;
        note(`${path} socket`);
      });
      request.on('response', (response) => {
        note(`${path} response`);
        response.on('end', () => note(`${path} end`));
      });
      seen.push(site.tables(agent));
      await settle();
      // A socket that has closed keeps listeners of the host's.
      if (socket!.destroyed) socket = undefined;
      note(`${path} over`);
    }
    agent.destroy();
    await settle();
    return [...seen, site.tables(agent), site.log];
  };

  both('serves once', (Agent, site) => stages(Agent, site, {}));
  both('serves again', (Agent, site) => stages(Agent, site, { keepAlive: true }));
  both('serves again, with a timeout', (Agent, site) => stages(Agent, site, { keepAlive: true, timeout: 9000 }));
  both('serves one at a time', (Agent, site) => stages(Agent, site, { maxSockets: 1 }));

  both('is told when it is free', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const seen: unknown[] = [];
    agent.on('free', (socket: Socket & { _httpMessage: unknown }, { agent: _, port, _agentKey, ...options }) => {
      seen.push(
        { ...options },
        port === site.port,
        _agentKey === site.name,
        site.tables(agent),
        socket._httpMessage,
        listeners(socket),
      );
    });
    await site.ask(agent);
    agent.destroy();
    return seen;
  });

  both('passes the hooks of a subclass', async (Agent, site) => {
    const seen: unknown[] = [];
    class Hooked extends Agent {
      override keepSocketAlive(socket: Duplex): boolean {
        seen.push('keep', site.tables(this), (socket as { _httpMessage?: object })._httpMessage !== null);
        return seen.length < 6 && (super.keepSocketAlive(socket) as unknown as boolean);
      }

      override reuseSocket(socket: Duplex, request: http.ClientRequest): void {
        seen.push('reuse', request.path, (socket as { _httpMessage?: object })._httpMessage);
        super.reuseSocket(socket, request);
      }
    }
    const agent = new Hooked({ keepAlive: true });
    await site.ask(agent, '/1');
    await site.ask(agent, '/2');
    return [seen, site.tables(agent), site.log];
  });

  const isReferenced = (socket: Socket) => (socket as unknown as { _handle: { hasRef(): boolean } })._handle.hasRef();

  both('lets the process end while it is idle', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const { socket } = await site.ask(agent);
    const seen = [isReferenced(socket!)];
    site.request(agent, '/held');
    await settle();
    seen.push(isReferenced(socket!));
    await site.answer('/held');
    seen.push(isReferenced(socket!));
    agent.destroy();
    return seen;
  });

  both('of an agent that keeps none is kept by a name of few', async (Agent, site) => {
    const agent = new Agent({ maxSockets: 1 });
    for (const path of ['/held1', '/2', '/close3', '/kill4', '/5']) site.request(agent, path);
    await settle();
    const waiting = site.tables(agent);
    await site.answer('/held1');
    return [waiting, site.log.filter((line) => !line.includes('socket')), site.tables(agent)];
  });

  both('is kept in the number that is wanted', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 1 });
    for (const path of ['/1', '/2', '/3']) site.request(agent, path);
    await settle();
    const kept = site.tables(agent);
    agent.destroy();
    return kept;
  });

  for (const limit of ['maxSockets', 'maxTotalSockets'] as const) {
    both(`is closed when ${limit} was lowered`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true });
      for (const path of ['/1', '/2', '/3']) site.request(agent, path);
      agent[limit] = 2;
      await settle();
      const kept = site.tables(agent);
      agent.destroy();
      return kept;
    });
  }

  for (const scheduling of ['lifo', 'fifo'] as const) {
    both(`is chosen ${scheduling}`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true, scheduling });
      const requests = ['/held1', '/held2', '/held3'].map((path) => site.request(agent, path));
      await settle();
      for (const path of ['/held2', '/held1', '/held3']) await site.answer(path);
      const next = await site.ask(agent);
      agent.destroy();
      return [requests.findIndex(({ socket }) => socket === next.socket)];
    });
  }

  both('that is taken out of the agent is somebody else’s', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const request = site.request(agent, '/held');
    site.request(agent, '/next');
    await settle();
    const { socket } = request;
    socket!.emit('agentRemove');
    const left = listeners(socket!);
    await settle();
    const meanwhile = site.tables(agent);
    await site.answer('/held');
    const outcome = [left, meanwhile, socket!.destroyed, site.log, site.tables(agent)];
    socket!.destroy();
    agent.destroy();
    return outcome;
  });

  for (const [what, spoil] of [
    ['fails', (socket: Socket) => socket.destroy(new Error('broken'))],
    ['is closed', (socket: Socket) => socket.destroy()],
    ['times out', (socket: Socket) => socket.emit('timeout')],
    ['is ended', (socket: Socket) => socket.end()],
  ] as const) {
    both(`that ${what} while it is idle is not used again`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true });
      const { socket } = await site.ask(agent, '/1');
      spoil(socket!);
      await settle();
      const after = site.tables(agent);
      await site.ask(agent, '/2');
      agent.destroy();
      return [after, socket!.destroyed, site.log];
    });
  }

  for (const error of [undefined, new Error('broken')]) {
    both(`that was closed a moment ago, with ${error}, is passed over`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true });
      const { socket } = await site.ask(agent, '/1');
      socket!.destroy(error);
      await site.ask(agent, '/2');
      const outcome = [site.log, site.tables(agent)];
      agent.destroy();
      return outcome;
    });
  }

  both('that times out while it serves goes on', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const { socket } = await site.ask(agent, '/held');
    socket!.emit('timeout');
    await site.answer('/held');
    const outcome = [site.log, site.tables(agent)];
    agent.destroy();
    return outcome;
  });

  both('is destroyed with the agent; requests that wait get another', async (Agent, site) => {
    const agent = new Agent({ maxSockets: 1, keepAlive: true });
    for (const path of ['/held', '/2']) site.request(agent, path);
    await settle();
    agent.destroy();
    await settle();
    const outcome = [site.log, site.tables(agent)];
    agent.destroy();
    return outcome;
  });

  const timeouts = [undefined, 0, 7000, 9000].flatMap((ofAgent) =>
    [undefined, 0, 7000, 9000].map((ofRequest): [number | undefined, number | undefined] => [ofAgent, ofRequest]),
  );
  for (const [ofAgent, ofRequest] of timeouts) {
    both(`has the timeout of its request, ${ofRequest}, or of its agent, ${ofAgent}`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true, timeout: ofAgent });
      const seen: unknown[] = [];
      for (const path of ['/1', '/2']) {
        site.request(agent, path, { timeout: ofRequest }).on('socket', ({ timeout }) => seen.push('socket', timeout));
        const socket = first(agent.sockets);
        seen.push('asked', socket.timeout);
        await settle();
        seen.push('idle', socket.timeout);
      }
      agent.destroy();
      return seen;
    });
  }

  for (const hint of [
    'timeout=1',
    'timeout=0',
    'timeout=1, max=7',
    'timeout=2',
    'timeout=7;x',
    'max=0',
    '',
    'timeout',
  ]) {
    both(`is kept, or not, by a server that says ‘${hint}’`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true });
      await site.ask(agent, `/?hint=${encodeURIComponent(hint)}`);
      const kept = site.tables(agent);
      agent.destroy();
      return kept;
    });
  }
});

describe('packages that know the seam', () => {
  both('open sockets by themselves, as agent-base does', async (Agent, site) => {
    class Based extends Agent {
      private made: Duplex | undefined;

      createSocket(request: http.ClientRequest, options: object, callback: (error: Error | null) => void): void {
        setImmediate(() => {
          this.made = net.connect(options as never);
          const base = Agent.prototype as unknown as { createSocket(...args: unknown[]): void };
          base.createSocket.call(this, request, options, callback);
        });
      }

      override createConnection(): Duplex {
        return this.made!;
      }
    }
    const agent = new Based({ keepAlive: true });
    await site.ask(agent, '/1');
    await site.ask(agent, '/2');
    const outcome = [site.log, site.tables(agent)];
    agent.destroy();
    return outcome;
  });

  both('fail for a request, as agent-base does', async (Agent, site) => {
    class Failing extends Agent {
      createSocket(_request: object, _options: object, callback: (error: Error) => void): void {
        setImmediate(callback, new Error('no proxy'));
      }
    }
    const agent = new Failing();
    await site.ask(agent);
    return [site.log, site.tables(agent)];
  });

  both('name connections by themselves', async (Agent, site) => {
    class Named extends Agent {
      override getName(options: http.ClientRequestArgs): string {
        return `${options.defaultPort}/${(options as { team?: string }).team}`;
      }
    }
    const agent = new Named({ keepAlive: true, team: 'a' } as object);
    await site.ask(agent, '/1');
    await site.ask(agent, '/2');
    const outcome = [site.log, Object.keys(agent.freeSockets)];
    agent.destroy();
    return outcome;
  });

  both('lend a socket of their own, as tunnel-agent does', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const lent = net.connect(site.port, '127.0.0.1') as Socket & { _httpMessage?: object };
    await settle();
    lent._httpMessage = { shouldKeepAlive: true };
    agent.emit('free', lent, { host: '127.0.0.1', port: site.port });
    const lending = (site.tables(agent) as { free: object }).free;
    await site.ask(agent);
    const outcome = [lending, site.log];
    agent.destroy();
    lent.destroy();
    return outcome;
  });

  both('put a socket among the idle ones', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const socket = net.connect(site.port, '127.0.0.1');
    await settle();
    Object.assign(agent.freeSockets, { [site.name]: [socket] });
    const request = await site.ask(agent);
    const outcome = [request.socket === socket, site.log];
    agent.destroy();
    socket.destroy();
    return outcome;
  });

  both('offer a socket that no request had: it is closed', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const socket = net.connect(site.port, '127.0.0.1');
    agent.emit('free', socket, { host: '127.0.0.1', port: site.port });
    const { destroyed } = socket;
    await settle();
    return [destroyed, site.tables(agent)];
  });

  both('take out a socket that isn’t there', (Agent, site) => {
    const agent = new Agent();
    seam(agent).removeSocket(new Nowhere(), { host: 'a' });
    return site.tables(agent);
  });

  both('listen to the keys of TLS sockets to come', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const told: unknown[] = [];
    agent.on('keylog', (line: string, socket: Socket) => told.push(line, socket === first(agent.sockets)));
    site.request(agent, '/');
    first(agent.sockets).emit('keylog', 'line');
    await settle();
    agent.destroy();
    return [told, agent.eventNames()];
  });
});
