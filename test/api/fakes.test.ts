/** When a test of a program fakes its timers, the engine keeps working, like node:http. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import timers from 'node:timers';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import http from '../../src/index.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { virtualClock } from '../../src/testing/virtualClock.js';

const EVERYTHING = [
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const),
  ...(['queueMicrotask', 'Date', 'performance'] as const),
];

afterEach(() => {
  vi.useRealTimers();
});

async function body(options: object): Promise<string> {
  const request = http.get(options);
  const [response] = await once(request, 'response');
  return Buffer.concat(await response.toArray()).toString();
}

describe('faked timers, immediates, ticks and dates', () => {
  it('are not used by a server and a keep-alive agent', async () => {
    const server = http.createServer((req, res) => req.pipe(res));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    vi.useFakeTimers({ toFake: EVERYTHING, now: 0 });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const { port } = server.address() as AddressInfo;
    const bodies = await Promise.all(['/1', '/2', '/3'].map((path) => body({ port, host: '127.0.0.1', agent, path })));
    expect(bodies).toEqual(['', '', '']);
    expect(vi.getTimerCount()).toBe(0);
    agent.destroy();
    server.close();
    await once(server, 'close');
  });

  it('are not used by in-memory sockets; the Date header has the real date', async () => {
    vi.useFakeTimers({ toFake: EVERYTHING, now: 0 });
    const agent = memoryAgent(http.createServer((_req, res) => res.end('hello')));
    const request = http.get({ agent });
    const [response] = await once(request, 'response');
    response.resume();
    await settled();
    expect(response.headers.date).not.toContain('1970');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('do not change the virtual clock', async () => {
    vi.useFakeTimers({ toFake: EVERYTHING, now: 0 });
    using clock = virtualClock({ date: 1000 });
    const agent = memoryAgent(http.createServer((_req, res) => res.end('hello')));
    const request = http.get({ agent });
    const [response] = await once(request, 'response');
    expect(response.headers.date).toBe('Thu, 01 Jan 1970 00:00:01 GMT');
    const events: string[] = [];
    const waiting = http.get({ agent: memoryAgent(http.createServer(() => {})), timeout: 1000 });
    waiting.on('timeout', () => events.push('timeout'));
    await clock.advance(900);
    expect(events).toEqual([]);
    await clock.advance(200);
    expect(events).toEqual(['timeout']);
  });
});

describe('timers faked before the engine was loaded', () => {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = timers;
  afterEach(() => {
    Object.assign(timers, { setTimeout, clearTimeout, setInterval, clearInterval });
    vi.resetModules();
  });

  it.each([
    ['a number', 7],
    ['an object without close', { id: 7, ref() {}, unref() {} }],
  ])('that return %s', async (_kind, made) => {
    const cleared: unknown[] = [];
    const fake = {
      setTimeout: Object.assign(() => made, { [promisify.custom]: undefined }),
      setInterval: () => made,
      clearTimeout: (timer: unknown) => cleared.push(timer),
      clearInterval: (timer: unknown) => cleared.push(timer),
    };
    Object.assign(timers, fake);
    vi.resetModules();
    const { IdleTimer, Sweeper } = await import('../../src/io/clock.js');
    const idle = new IdleTimer(() => {}, undefined);
    idle.start(100);
    idle.free();
    const sweeper = new Sweeper(() => {});
    sweeper.start(10);
    sweeper.start(20);
    expect(cleared).toEqual([made, made]);
  });
});
