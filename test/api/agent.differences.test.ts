/** Where our agent differs from the host's: each test proves both behaviours. */
import { once } from 'node:events';
import type * as http from 'node:http';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { withdraw } from '../../src/api/agent/Agent.js';
import { type AgentClass, differs, first, listeners, Nowhere, ours, type Site, seam, settle } from './agents.js';

type Opened = (error: Error | null, socket?: Duplex) => void;

/** An agent whose sockets the test opens one by one. */
function byHand(Agent: AgentClass, options: http.AgentOptions) {
  const agent = new Agent(options);
  const calls: { options: Record<string, unknown>; callback: Opened }[] = [];
  seam(agent).createConnection = (given, callback) => void calls.push({ options: given, callback });
  const open = async (index: number): Promise<void> => {
    const { options: given, callback } = calls[index]!;
    callback(null, net.connect(given as never));
    await settle();
  };
  return { agent, calls, open };
}

describe('limits', () => {
  for (const limit of ['maxSockets', 'maxTotalSockets'] as const) {
    differs(
      `${limit} counts sockets that are being opened`,
      (Agent, site) => {
        const { agent, calls } = byHand(Agent, { [limit]: 1 });
        for (const path of ['/1', '/2', '/3']) site.request(agent, path);
        return calls.length;
      },
      3,
      1,
    );
  }

  const freed = async (Agent: AgentClass, site: Site) => {
    const agent = new Agent({ maxTotalSockets: 1, keepAlive: true });
    site.request(agent, '/held');
    await settle();
    site.request(agent, '/held2', { host: 'localhost' });
    await site.respond('/held');
    const outcome = site.tables(agent);
    await site.respond('/held2');
    agent.destroy();
    return outcome;
  };
  differs(
    'maxTotalSockets is respected when a socket is free and a request of another name waits',
    freed,
    { requests: {}, sockets: { 'localhost:port:': 1 }, free: { '127.0.0.1:port:': 1 }, total: 2 },
    { requests: {}, sockets: { 'localhost:port:': 1 }, free: {}, total: 1 },
  );

  const idle = async (Agent: AgentClass, site: Site) => {
    const agent = new Agent({ maxTotalSockets: 2, keepAlive: true });
    const oldest = await site.requestAndSettle(agent, '/1');
    const other = site.request(agent, '/held', { host: 'localhost' });
    await settle();
    site.log.length = 0;
    await site.requestAndSettle(agent, '/3', { localAddress: '127.0.0.1' });
    const outcome = [site.log, oldest.socket!.destroyed, other.socket!.destroyed];
    agent.destroy();
    return outcome;
  };
  differs(
    'a request does not wait until an idle socket of another name closes',
    idle,
    [[], false, false],
    [['/3 socket', '/3 200', '/3 close'], true, false],
  );

  it('the socket that has been idle longest is closed to make room', async () => {
    const { agent, calls } = byHand(ours, { maxTotalSockets: 3, keepAlive: true });
    const take = (host: string) => {
      const taken: { socket: Socket | null } = { socket: null };
      seam(agent).addRequest({ onSocket: (socket: Socket) => Object.assign(taken, { socket }) }, { host });
      return taken;
    };
    const requests = ['a', 'b', 'c'].map(take);
    const sockets = calls.map(({ callback }) => {
      const socket = Object.assign(new Nowhere(), { _httpMessage: { shouldKeepAlive: true } });
      callback(null, socket);
      return socket;
    });
    expect(requests.map(({ socket }) => socket)).toEqual(sockets);
    for (const index of [1, 0, 2]) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      sockets[index]!.emit('free');
    }
    take('d');
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, false]);
    take('e');
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, false]);
    expect(calls).toHaveLength(5);
  });

  const removed = async (Agent: AgentClass, site: Site) => {
    const agent = new Agent({ keepAlive: true });
    const { socket } = await site.requestAndSettle(agent);
    socket!.emit('agentRemove');
    const outcome = [site.tables(agent), Object.keys(listeners(socket!))];
    socket!.destroy();
    return outcome;
  };
  differs(
    'an idle socket that is removed leaves the tables',
    removed,
    [{ requests: {}, sockets: {}, free: { '127.0.0.1:port:': 1 }, total: 0 }, ['error', 'end']],
    [{ requests: {}, sockets: {}, free: {}, total: 0 }, ['error', 'end']],
  );

  differs(
    'names without sockets are not kept',
    async (Agent, site) => {
      const agent = new Agent();
      seam(agent).createConnection = (_, callback) => void setImmediate(callback, new Error('no'));
      await site.requestAndSettle(agent);
      return Object.keys(agent.sockets).length;
    },
    1,
    0,
  );
});

describe('queued requests', () => {
  const destroyed = async (Agent: AgentClass, site: Site) => {
    const agent = new Agent({ maxSockets: 1, keepAlive: true });
    let free = 0;
    agent.on('free', () => free++);
    site.request(agent, '/held');
    const destroyedRequests = [site.request(agent, '/2'), site.request(agent, '/3')];
    site.request(agent, '/4');
    await settle();
    for (const request of destroyedRequests) request.destroy();
    site.log.length = 0;
    await site.respond('/held');
    agent.destroy();
    return [site.log, free];
  };
  differs(
    'that were destroyed are skipped',
    destroyed,
    [
      [
        ...['/held 200', '/held close', '/2 error ECONNRESET', '/2 close', '/3 error ECONNRESET', '/3 close'],
        ...['/4 socket', '/4 200', '/4 close'],
      ],
      4,
    ],
    [
      [
        ...['/held 200', '/held close', '/2 error ECONNRESET', '/2 close', '/3 error ECONNRESET', '/3 close'],
        ...['/4 socket, reused', '/4 200', '/4 close'],
      ],
      2,
    ],
  );

  const inherited = async (Agent: AgentClass, site: Site) => {
    const agent = new Agent({ maxSockets: 1 });
    const { createConnection } = seam(agent);
    const opened: unknown[] = [];
    seam(agent).createConnection = function (options, callback) {
      opened.push(options['team']);
      return createConnection.call(this, options, callback);
    };
    site.request(agent, '/close', { team: 'a' } as object);
    site.request(agent, '/2', { team: 'b' } as object);
    await settle();
    return opened;
  };
  differs('get a socket opened with their own options', inherited, ['a', 'a'], ['a', 'b']);

  const failing = async (Agent: AgentClass, site: Site) => {
    const { agent, calls, open } = byHand(Agent, { maxSockets: 1 });
    for (const path of ['/1', '/2', '/3']) site.request(agent, path);
    const before = calls.length;
    for (const { callback } of [...calls]) callback(new Error('no'));
    await settle();
    const after = calls.length;
    if (after === 2) await open(1);
    return [before, after, site.log.filter((line) => !line.includes('socket')), site.tables(agent)];
  };
  const empty = { requests: {}, sockets: {}, free: {}, total: 0 };
  differs(
    'continue if a connection cannot be opened',
    failing,
    [3, 3, ['/1 error no', '/1 close', '/2 error no', '/2 close', '/3 error no', '/3 close'], empty],
    [1, 2, ['/1 error no', '/1 close', '/2 200', '/2 close', '/3 200', '/3 close'], empty],
  );

  it('get the error if createConnection throws, and the next connection is opened', async () => {
    const agent = new ours({ maxSockets: 1 });
    const outcomes: unknown[] = [];
    let opened = 0;
    const sockets: Nowhere[] = [];
    seam(agent).createConnection = () => {
      opened++;
      if (opened > 1 && opened < 1000) throw new Error(`no ${opened}`);
      sockets.push(new Nowhere());
      return sockets.at(-1);
    };
    for (let index = 1; index <= 1001; index++) {
      const onSocket = (_: unknown, error?: Error) => outcomes.push(error?.message ?? index);
      seam(agent).addRequest({ onSocket }, { host: 'a' });
    }
    expect(outcomes).toEqual([1]);
    sockets[0]!.destroy();
    await once(sockets[0]!, 'close');
    expect(outcomes).toEqual([1, ...Array.from({ length: 998 }, (_, index) => `no ${index + 2}`), 1000]);
    expect(agent.requests['a::']).toHaveLength(1);
  });

  it('leave the queue when withdrawn', async () => {
    const { agent, calls } = byHand(ours, { maxSockets: 1 });
    const had: string[] = [];
    const request = (name: string) => ({ onSocket: () => had.push(name) });
    const [one, two, three] = ['one', 'two', 'three'].map(request) as [object, object, object];
    for (const each of [one, two, three]) seam(agent).addRequest(each, { host: 'a' });
    const out = (each: object) => (agent as unknown as { [withdraw](request: object): void })[withdraw](each);
    out(two);
    // As in Node, it is still in the queue during this turn.
    expect(agent.requests['a::']).toEqual([two, three]);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(agent.requests['a::']).toEqual([three]);
    out(one);
    calls[0]!.callback(null, new Nowhere());
    expect(had).toEqual(['three']);
    expect(agent.requests).toEqual({});
    out(three);
    out({});
    expect(calls).toHaveLength(1);
  });

  it('that were all withdrawn leave a new socket unused: it is closed', async () => {
    const { agent, calls } = byHand(ours, { maxSockets: 1 });
    const request = { onSocket: () => expect.unreachable() };
    seam(agent).addRequest(request, { host: 'a' });
    (agent as unknown as { [withdraw](request: object): void })[withdraw](request);
    const socket = new Nowhere();
    calls[0]!.callback(null, socket);
    expect(socket.destroyed).toBe(true);
    await once(socket, 'close');
    expect(seam(agent).totalSocketCount).toBe(0);
  });
});

describe('idle sockets', () => {
  const isReused = async (Agent: AgentClass, site: Site) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const requests = ['/1', '/2'].map((path) => site.request(agent, path));
    await settle();
    agent.destroy();
    return requests.map(({ reusedSocket }) => reusedSocket);
  };
  differs('a socket passed from one request to the next counts as reused', isReused, [false, false], [false, true]);

  /** Whether an agent without a timeout has closed an idle socket within the time that the server announced. */
  const hinted = async (Agent: AgentClass, site: Site, hint: string) => {
    const agent = new Agent({ keepAlive: true, agentKeepAliveTimeoutBuffer: 990 } as http.AgentOptions);
    const { socket } = await site.requestAndSettle(agent, `/?hint=${encodeURIComponent(hint)}`);
    const timeout = new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.race([once(socket!, 'close'), timeout]);
    const outcome = [socket!.destroyed, socket!.timeout];
    agent.destroy();
    return outcome;
  };
  for (const hint of ['max=7, timeout=1', 'Timeout=1', 'timeout = "1"; max=7']) {
    differs(
      `with Keep-Alive: ‘${hint}’ the socket is closed in time`,
      (Agent, site) => hinted(Agent, site, hint),
      [false, 0],
      [true, 0],
    );
  }

  const lasting = async (Agent: AgentClass, site: Site) => {
    const agent = new Agent({ keepAlive: true, timeout: 9000 });
    const { socket } = await site.requestAndSettle(agent, '/?hint=timeout=3');
    const outcome = [socket!.timeout];
    await site.requestAndSettle(agent, '/2');
    agent.destroy();
    return outcome;
  };
  differs('the timeout of a socket is not changed', lasting, [2000], [9000]);

  it('emits timeout after being idle for that time', async () => {
    const agent = new ours({ keepAlive: true, timeout: 20 });
    const socket = Object.assign(new Nowhere(), { _httpMessage: { shouldKeepAlive: true } });
    seam(agent).createConnection = () => socket;
    seam(agent).addRequest({ onSocket: () => {} }, { host: 'a' });
    socket.emit('free');
    await once(socket, 'timeout');
    expect([socket.destroyed, agent.freeSockets]).toEqual([true, {}]);
  });

  it('uses the shortest time that the server has announced', async () => {
    const agent = new ours({ keepAlive: true, agentKeepAliveTimeoutBuffer: 950 });
    const withHint = (field: string) => ({ shouldKeepAlive: true, res: { headers: { 'keep-alive': field } } });
    const socket = Object.assign(new Nowhere(), { _httpMessage: withHint('timeout=1000') });
    seam(agent).createConnection = () => socket;
    seam(agent).addRequest({ onSocket: () => {} }, { host: 'a' });
    socket.emit('free');
    seam(agent).addRequest(
      { onSocket: () => Object.assign(socket, { _httpMessage: withHint('timeout=1') }) },
      { host: 'a' },
    );
    expect(first(agent.sockets)).toBe(socket);
    socket.emit('free');
    await once(socket, 'close');
    expect(seam(agent).totalSocketCount).toBe(0);
  });

  it('can be any Duplex', () => {
    const agent = new ours({ keepAlive: true, timeout: 9000 });
    const socket = Object.assign(new Nowhere(), { _httpMessage: { shouldKeepAlive: true } });
    seam(agent).createConnection = () => socket;
    const had: unknown[] = [];
    const request = () => ({ timeout: 5, onSocket: (given: unknown) => had.push(given) });
    seam(agent).addRequest(request(), { host: 'a' });
    socket.emit('free');
    expect(first(agent.freeSockets)).toBe(socket);
    seam(agent).addRequest(request(), { host: 'a' });
    expect(had).toEqual([socket, socket]);
    agent.destroy();
  });

  it('with unsolicited bytes is closed', () => {
    const agent = new ours({ keepAlive: true });
    const socket = Object.assign(new Nowhere(), { _httpMessage: { shouldKeepAlive: true } });
    seam(agent).createConnection = () => socket;
    seam(agent).addRequest({ onSocket: () => {} }, { host: 'a' });
    socket.emit('free');
    socket.push('HTTP/1.1 408 Request Timeout\r\n\r\n');
    seam(agent).createConnection = () => new Nowhere();
    seam(agent).addRequest({ onSocket: (given: unknown) => expect(given).not.toBe(socket) }, { host: 'a' });
    expect(socket.destroyed).toBe(true);
  });
});

describe('options of newer Node versions', () => {
  it('defaultPort and protocol', () => {
    const agent = new ours({ defaultPort: 81, protocol: 'x:' });
    expect(agent).toMatchObject({ defaultPort: 81, protocol: 'x:' });
    expect(new ours({ defaultPort: 0, protocol: '' })).toMatchObject({ defaultPort: 80, protocol: 'http:' });
  });

  const buffers: readonly [unknown, number][] = [
    ...[undefined, -1, 'x', null, Number.NaN, Number.POSITIVE_INFINITY].map((given): [unknown, number] => [
      given,
      1000,
    ]),
    ...[0, 0.5, 500].map((given): [unknown, number] => [given, given]),
  ];
  it.each(buffers)('agentKeepAliveTimeoutBuffer %s is %d', (agentKeepAliveTimeoutBuffer, taken) => {
    const { agentKeepAliveTimeoutBuffer: buffer } = seam(new ours({ agentKeepAliveTimeoutBuffer } as object));
    expect(buffer).toBe(taken);
  });

  it('retryReused is available to requests', () => {
    expect(seam(new ours({ retryReused: true } as http.AgentOptions)).options).toMatchObject({ retryReused: true });
  });
});
