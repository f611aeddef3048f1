/**
 * The race of persistent connections (RFC 9112 §9.5): the server closes an idle connection, and a busy program sends the next
 * request before it has noticed. Node issues 20256, 47130, 52649.
 */
import { once } from 'node:events';
import * as http from 'node:http';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { TRUSTED_IDLENESS } from '../../src/rules/pool.js';
import { type AgentClass, both, first, Nowhere, onSite, ours, Site, seam, settle } from './agents.js';

/** A server in a separate thread. It closes each connection a while after its response, and counts closed connections. */
const server = `
  const { workerData: { closed, after }, parentPort } = require('node:worker_threads');
  const net = require('node:net');
  net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n');
      setTimeout(() => socket.destroy(), after);
    });
    socket.on('close', () => {
      Atomics.add(closed, 0, 1);
      Atomics.notify(closed, 0);
    });
  }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });
`;

const over = (request: http.ClientRequest) => new Promise((resolve) => request.on('close', resolve));

/** Makes requests, blocks until the server has closed their connections, and makes one more. */
async function blocked(Agent: AgentClass, paths: readonly string[]): Promise<readonly string[]> {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(server, { eval: true, workerData: { closed, after: TRUSTED_IDLENESS + 50 } });
  const [port] = (await once(worker, 'message')) as [number];
  const agent = new Agent({ keepAlive: true });
  try {
    const site = new Site(port);
    await Promise.all(paths.map((path) => over(site.request(agent, path))));
    // Read once a turn: what is waited for must be what was compared, or the last notification can be missed.
    for (let seen = closed[0]!; seen !== paths.length; seen = closed[0]!) Atomics.wait(closed, 0, seen);
    site.log.length = 0;
    await over(site.request(agent, '/late'));
    return site.log;
  } finally {
    agent.destroy();
    await worker.terminate();
  }
}

describe('a program that was busy while the server closed its connections', () => {
  it('gets ECONNRESET with the host’s agent', async () => {
    expect(await blocked(http.Agent, ['/1'])).toEqual([
      '/late socket, reused',
      '/late error ECONNRESET',
      '/late close',
    ]);
  });

  it.each([[['/1']], [['/1', '/2', '/3']]])('gets a response, after %j', async (paths) => {
    expect(await blocked(ours, paths)).toEqual(['/late socket', '/late 200', '/late close']);
  });
});

/** An agent with a socket that has been idle for too long to be reused unchecked. */
async function rested(options: http.AgentOptions = {}) {
  const agent = new ours({ keepAlive: true, ...options });
  const socket = Object.assign(new Nowhere(), { _httpMessage: { shouldKeepAlive: true } });
  const sockets = [socket];
  seam(agent).createConnection = () => sockets.shift() ?? new Nowhere();
  addTo(agent, []);
  socket.emit('free');
  await new Promise((resolve) => setTimeout(resolve, TRUSTED_IDLENESS + 10));
  return { agent, socket };
}

function addTo(agent: http.Agent, had: unknown[]): { destroyed: boolean; reusedSocket?: boolean } {
  const request = { destroyed: false, onSocket: (socket: unknown) => had.push(socket) };
  seam(agent).addRequest(request, { host: 'a' });
  return request;
}

describe('a socket that was idle for long', () => {
  it('is assigned after the system has been polled for its state', async () => {
    const { agent, socket } = await rested();
    const had: unknown[] = [];
    const request = addTo(agent, had);
    expect([had, agent.freeSockets, agent.sockets]).toEqual([[], {}, { 'a::': [socket] }]);
    await settle();
    expect(had).toEqual([socket]);
    expect(request.reusedSocket).toBe(true);
  });

  it('is reserved for its request meanwhile', async () => {
    const { agent, socket } = await rested({ maxSockets: 1 });
    const had: unknown[] = [];
    addTo(agent, had);
    addTo(agent, had);
    expect(agent.requests['a::']).toHaveLength(1);
    await settle();
    expect(had).toEqual([socket]);
    socket.emit('free');
    expect(had).toEqual([socket, socket]);
  });

  it('is closed if its request was destroyed meanwhile, and the next request gets a new one', async () => {
    const { agent, socket } = await rested({ maxSockets: 1 });
    const had: unknown[] = [];
    const [destroyed, next] = [addTo(agent, had), addTo(agent, had)];
    destroyed.destroyed = true;
    await settle();
    expect([socket.destroyed, destroyed.reusedSocket, next.reusedSocket]).toEqual([true, undefined, undefined]);
    // A request that is not ours gets null instead of a socket.
    expect(had).toEqual([null, expect.any(Nowhere)]);
  });

  it('is replaced by a new one if it closes meanwhile', async () => {
    const { agent, socket } = await rested({ maxSockets: 1 });
    const had: unknown[] = [];
    addTo(agent, had);
    socket.destroy();
    await settle();
    expect(had).toEqual([expect.any(Nowhere)]);
    expect(had).not.toContain(socket);
    expect(seam(agent).totalSocketCount).toBe(1);
  });

  it('stays open if it is removed from the agent meanwhile', async () => {
    const { agent, socket } = await rested();
    const had: unknown[] = [];
    addTo(agent, had);
    socket.emit('agentRemove');
    await settle();
    expect(had).not.toContain(socket);
    expect([had.length, socket.destroyed]).toEqual([1, false]);
  });

  it('fails its request if it closes and cannot be replaced', async () => {
    const { agent, socket } = await rested();
    const outcomes: unknown[] = [];
    const onSocket = (_: unknown, error: Error) => outcomes.push(error.message);
    seam(agent).addRequest({ onSocket }, { host: 'a' });
    seam(agent).createConnection = () => {
      throw new Error('no');
    };
    socket.destroy();
    await settle();
    expect([outcomes, seam(agent).totalSocketCount]).toEqual([['no'], 0]);
  });
});

describe('a busy agent', () => {
  both('reuses a recently used socket at once', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    await site.requestAndSettle(agent, '/1');
    const request = site.request(agent, '/2');
    const outcome = [request.reusedSocket, site.tables(agent)];
    await settle();
    agent.destroy();
    return [...outcome, site.log];
  });

  both('does not assign a socket that is being closed', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true });
    const { socket } = await site.requestAndSettle(agent, '/1');
    (socket as Socket).end();
    await settle();
    await site.requestAndSettle(agent, '/2');
    agent.destroy();
    return site.log;
  });

  both('passes on as new the socket of a request destroyed in the same turn', async (Agent, site) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    site.request(agent, '/destroyed').destroy();
    const next = site.request(agent, '/next');
    await settle();
    agent.destroy();
    return [next.reusedSocket, ...site.log];
  });

  it('keeps the socket of a request destroyed in the same turn', async () => {
    const outcome = await onSite(async (site) => {
      const agent = new ours({ keepAlive: true });
      site.request(agent, '/destroyed').destroy();
      await settle();
      const kept = first(agent.freeSockets);
      const next = await site.requestAndSettle(agent, '/next');
      agent.destroy();
      return [next.socket === kept, next.reusedSocket, ...site.log];
    });
    expect(outcome).toEqual([
      true,
      true,
      '/destroyed error ECONNRESET',
      '/destroyed close',
      '/next socket, reused',
      '/next 200',
      '/next close',
    ]);
  });
});
