/** Our agent, compared with the host's: the same requests and server must have the same outcome. */
import * as http from 'node:http';
import net, { type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { inherits } from 'node:util';
import { describe, expect, it } from 'vitest';
import { getGlobalAgent, setGlobalAgent } from '../../src/api/agent/globalAgent.js';
import { type AgentClass, both, first, listeners, Nowhere, ours, type Site, seam, settle } from './agents.js';
import { faultOf } from './faults.js';

describe('the API', () => {
  const membersOf = (Agent: AgentClass) => {
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

  it('has the members of the host’s', () => expect(membersOf(ours)).toEqual(membersOf(http.Agent)));

  it('can be called without new, applied by an inheriting constructor, and extended', () => {
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

  it.each(options.map((given) => [given]))('treats the options %j like the host', (given) => {
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

  it.each(names.map((given) => [given]))('names %j like the host', (given) => {
    expect(new ours().getName(given as object)).toBe(new http.Agent().getName(given as object));
  });

  it('reads defaultMaxSockets when created', () => {
    const { defaultMaxSockets } = ours as unknown as { defaultMaxSockets: number };
    Object.assign(ours, { defaultMaxSockets: 7 });
    expect(new ours().maxSockets).toBe(7);
    Object.assign(ours, { defaultMaxSockets });
  });

  it('has a global agent like the host’s, which can be assigned', () => {
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
  /** The arguments of `createConnection`. */
  const opened = (Agent: AgentClass, options: http.AgentOptions, requestOptions: http.RequestOptions) => {
    const agent = new Agent(options);
    let seen: unknown;
    seam(agent).createConnection = ({ agent: of, ...rest }) => {
      seen = { ...rest, order: Object.keys(rest), prototype: Object.getPrototypeOf(rest), ofAgent: of === agent };
      return new Nowhere();
    };
    const fault = faultOf(() => http.request({ port: 3, ...requestOptions, agent }).on('error', () => {}));
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

  it.each(cases)('of an agent %j for a request %j is opened with the same options', (options, requestOptions) => {
    expect(opened(ours, options, requestOptions)).toEqual(opened(http.Agent, options, requestOptions));
  });

  it('is also opened for the old signature of addRequest()', () => {
    const connectionsFor = (Agent: AgentClass, ...args: [string, number?, string?]) => {
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
    expect(connectionsFor(ours, 'h', 8, 'l')).toEqual(connectionsFor(http.Agent, 'h', 8, 'l'));
    expect(connectionsFor(ours, 'h')).toEqual(connectionsFor(http.Agent, 'h'));
  });

  both('can be passed to the callback, once', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = (options, callback) => {
      const socket = net.connect(options as never);
      setImmediate(callback, null, socket);
      setImmediate(callback, null, socket);
      setImmediate(callback, new Error('too late'));
    };
    await site.requestAndSettle(agent);
    return [site.log, site.tables(agent)];
  });

  both('can be returned and passed to the callback', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = (options, callback) => {
      const socket = net.connect(options as never);
      setImmediate(callback, null, socket);
      return socket;
    };
    await site.requestAndSettle(agent);
    return [site.log, site.tables(agent)];
  });

  both('that cannot be opened fails its request', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = (_, callback) => void setImmediate(callback, new Error('no'));
    await site.requestAndSettle(agent);
    return [site.log, site.tables(agent)];
  });

  both('that throws throws to the caller of request()', async (Agent, site) => {
    const agent = new Agent();
    seam(agent).createConnection = () => {
      throw new RangeError('no');
    };
    expect(() => site.request(agent, '/')).toThrow(RangeError);
    return [site.log, site.tables(agent)];
  });

  both('that is refused is removed from the tables', async (Agent, site) => {
    const agent = new Agent({ maxSockets: 1 });
    const port = await closedPort();
    site.request(agent, '/1', { port });
    site.request(agent, '/2', { port });
    await settle();
    return [site.log, site.tables(agent)];
  });

  both('is created by a subclass', async (Agent, site) => {
    class Counting extends Agent {
      made = 0;

      override createConnection(...args: [never]): Duplex {
        this.made++;
        return net.createConnection(...args);
      }
    }
    const agent = new Counting({ keepAlive: true });
    await site.requestAndSettle(agent);
    await site.requestAndSettle(agent);
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
      // A closed socket keeps listeners of the host.
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
  both('serves one request at a time', (Agent, site) => stages(Agent, site, { maxSockets: 1 }));

  both('is emitted when free', async (Agent, site) => {
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
    await site.requestAndSettle(agent);
    agent.destroy();
    return seen;
  });

  both('goes through the hooks of a subclass', async (Agent, site) => {
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
    await site.requestAndSettle(agent, '/1');
    await site.requestAndSettle(agent, '/2');
    return [seen, site.tables(agent), site.log];
  });

  const isReferenced = (socket: Socket) => (socket as unknown as { _handle: { hasRef(): boolean } })._handle.hasRef();

  both('does not keep the process alive while it is idle', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const { socket } = await site.requestAndSettle(agent);
    const seen = [isReferenced(socket!)];
    site.request(agent, '/held');
    await settle();
    seen.push(isReferenced(socket!));
    await site.respond('/held');
    seen.push(isReferenced(socket!));
    agent.destroy();
    return seen;
  });

  both('is kept for queued requests even without keepAlive', async (Agent, site) => {
    const agent = new Agent({ maxSockets: 1 });
    for (const path of ['/held1', '/2', '/close3', '/kill4', '/5']) site.request(agent, path);
    await settle();
    const waiting = site.tables(agent);
    await site.respond('/held1');
    return [waiting, site.log.filter((line) => !line.includes('socket')), site.tables(agent)];
  });

  both('is kept up to maxFreeSockets', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 1 });
    for (const path of ['/1', '/2', '/3']) site.request(agent, path);
    await settle();
    const kept = site.tables(agent);
    agent.destroy();
    return kept;
  });

  for (const limit of ['maxSockets', 'maxTotalSockets'] as const) {
    both(`is closed after ${limit} was lowered`, async (Agent, site) => {
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
      for (const path of ['/held2', '/held1', '/held3']) await site.respond(path);
      const next = await site.requestAndSettle(agent);
      agent.destroy();
      return [requests.findIndex(({ socket }) => socket === next.socket)];
    });
  }

  both('that was removed from the agent is not touched again', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const request = site.request(agent, '/held');
    site.request(agent, '/next');
    await settle();
    const { socket } = request;
    socket!.emit('agentRemove');
    const left = listeners(socket!);
    await settle();
    const meanwhile = site.tables(agent);
    await site.respond('/held');
    const outcome = [left, meanwhile, socket!.destroyed, site.log, site.tables(agent)];
    socket!.destroy();
    agent.destroy();
    return outcome;
  });

  for (const [what, breakSocket] of [
    ['fails', (socket: Socket) => socket.destroy(new Error('broken'))],
    ['is closed', (socket: Socket) => socket.destroy()],
    ['times out', (socket: Socket) => socket.emit('timeout')],
    ['is ended', (socket: Socket) => socket.end()],
  ] as const) {
    both(`that ${what} while idle is not reused`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true });
      const { socket } = await site.requestAndSettle(agent, '/1');
      breakSocket(socket!);
      await settle();
      const after = site.tables(agent);
      await site.requestAndSettle(agent, '/2');
      agent.destroy();
      return [after, socket!.destroyed, site.log];
    });
  }

  for (const error of [undefined, new Error('broken')]) {
    both(`that was just closed, with ${error}, is skipped`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true });
      const { socket } = await site.requestAndSettle(agent, '/1');
      socket!.destroy(error);
      await site.requestAndSettle(agent, '/2');
      const outcome = [site.log, site.tables(agent)];
      agent.destroy();
      return outcome;
    });
  }

  both('that times out while serving continues', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const { socket } = await site.requestAndSettle(agent, '/held');
    socket!.emit('timeout');
    await site.respond('/held');
    const outcome = [site.log, site.tables(agent)];
    agent.destroy();
    return outcome;
  });

  both('is destroyed with the agent; queued requests get another one', async (Agent, site) => {
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
        seen.push('requested', socket.timeout);
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
    both(`is kept, or not, with Keep-Alive: ‘${hint}’`, async (Agent, site) => {
      const agent = new Agent({ keepAlive: true });
      await site.requestAndSettle(agent, `/?hint=${encodeURIComponent(hint)}`);
      const kept = site.tables(agent);
      agent.destroy();
      return kept;
    });
  }
});

describe('packages that use the seam', () => {
  both('open sockets themselves, like agent-base', async (Agent, site) => {
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
    await site.requestAndSettle(agent, '/1');
    await site.requestAndSettle(agent, '/2');
    const outcome = [site.log, site.tables(agent)];
    agent.destroy();
    return outcome;
  });

  both('fail a request, like agent-base', async (Agent, site) => {
    class Failing extends Agent {
      createSocket(_request: object, _options: object, callback: (error: Error) => void): void {
        setImmediate(callback, new Error('no proxy'));
      }
    }
    const agent = new Failing();
    await site.requestAndSettle(agent);
    return [site.log, site.tables(agent)];
  });

  both('name connections themselves', async (Agent, site) => {
    class Named extends Agent {
      override getName(options: http.ClientRequestArgs): string {
        return `${options.defaultPort}/${(options as { team?: string }).team}`;
      }
    }
    const agent = new Named({ keepAlive: true, team: 'a' } as object);
    await site.requestAndSettle(agent, '/1');
    await site.requestAndSettle(agent, '/2');
    const outcome = [site.log, Object.keys(agent.freeSockets)];
    agent.destroy();
    return outcome;
  });

  both('lend a socket of their own, like tunnel-agent', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const lent = net.connect(site.port, '127.0.0.1') as Socket & { _httpMessage?: object };
    await settle();
    lent._httpMessage = { shouldKeepAlive: true };
    agent.emit('free', lent, { host: '127.0.0.1', port: site.port });
    const lending = (site.tables(agent) as { free: object }).free;
    await site.requestAndSettle(agent);
    const outcome = [lending, site.log];
    agent.destroy();
    lent.destroy();
    return outcome;
  });

  both('add a socket to the idle ones', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const socket = net.connect(site.port, '127.0.0.1');
    await settle();
    Object.assign(agent.freeSockets, { [site.name]: [socket] });
    const request = await site.requestAndSettle(agent);
    const outcome = [request.socket === socket, site.log];
    agent.destroy();
    socket.destroy();
    return outcome;
  });

  both('offer a socket that served no request: it is closed', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const socket = net.connect(site.port, '127.0.0.1');
    agent.emit('free', socket, { host: '127.0.0.1', port: site.port });
    const { destroyed } = socket;
    await settle();
    return [destroyed, site.tables(agent)];
  });

  both('remove a socket that the agent does not have', (Agent, site) => {
    const agent = new Agent();
    seam(agent).removeSocket(new Nowhere(), { host: 'a' });
    return site.tables(agent);
  });

  both('listen to keylog of future TLS sockets', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const lines: unknown[] = [];
    agent.on('keylog', (line: string, socket: Socket) => lines.push(line, socket === first(agent.sockets)));
    site.request(agent, '/');
    first(agent.sockets).emit('keylog', 'line');
    await settle();
    agent.destroy();
    return [lines, agent.eventNames()];
  });
});
