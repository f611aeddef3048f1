/** When a test of a program fakes its timers, the engine keeps working, like node:http. */
import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import timers from 'node:timers';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import http from '../../src/index.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { virtualClock } from '../../src/testing/virtualClock.js';

const MINUTE = 60_000;

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

describe('a virtual clock with the fake timers', () => {
  it('advances them too, each timer at its time', async () => {
    vi.useFakeTimers({ now: 5000 });
    using clock = virtualClock({ with: vi });
    expect(clock.date).toBe(5000);
    const events: string[] = [];
    const note = (what: string) => events.push(`${what} at ${Date.now()}, ${clock.date}`);
    // Its timeouts begin when a timer of the program makes it.
    const ask = () => {
      const request = http.get({ agent: memoryAgent(http.createServer(() => {})), timeout: 1000 });
      request.on('timeout', () => note('timeout'));
      request.on('error', () => {});
    };
    setTimeout(ask, 700);
    const interval = setInterval(() => note('interval'), 800);
    await clock.advance(1699);
    expect(events).toEqual(['interval at 5800, 5800', 'interval at 6600, 6600']);
    await clock.advance(1);
    expect(events.slice(2)).toEqual(['timeout at 6700, 6700']);
    clearInterval(interval);
    await clock.advance(MINUTE);
    expect([Date.now(), clock.date]).toEqual([6700 + MINUTE, 6700 + MINUTE]);
  });

  it('rejects with what one of them throws', async () => {
    vi.useFakeTimers();
    using clock = virtualClock({ with: vi });
    setTimeout(() => {
      throw new Error('mine');
    }, 10);
    await expect(clock.advance(20)).rejects.toThrow('mine');
    const before = clock.date;
    await clock.advance(50);
    expect(clock.date - before).toBe(50);
  });

  it('leaves no async resource', async () => {
    const open = new Set<number>();
    const hook = createHook({
      init: (id, type) => void (type === 'VirtualTimer' && open.add(id)),
      destroy: (id) => void open.delete(id),
    }).enable();
    const clock = virtualClock();
    const server = http.createServer((_req, res) => res.end('hello'));
    expect(await body({ agent: memoryAgent(server, { keepAlive: true }), timeout: 1000 })).toBe('hello');
    http.get({ agent: memoryAgent(http.createServer(() => {})), timeout: 1000 }).on('error', () => {});
    await clock.advance(500);
    expect(open.size).toBeGreaterThan(0);
    clock.uninstall();
    await settled();
    hook.disable();
    expect(open.size).toBe(0);
  });
});

describe('timers faked before the engine was loaded', () => {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = timers;
  afterEach(() => {
    Object.assign(timers, { setTimeout, clearTimeout, setInterval, clearInterval });
    vi.resetModules();
  });

  /** Timers and ticks of modules, the date and microtasks: as sinon's fake timers replace them, with a clock. */
  it('that have a clock are not used', async () => {
    const homes: readonly (readonly [home: object, names: readonly string[]])[] = [
      [timers, ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate']],
      [process, ['nextTick']],
      [globalThis, ['Date', 'queueMicrotask']],
    ];
    const used: string[] = [];
    const undo: (() => void)[] = [];
    for (const [home, names] of homes) {
      for (const name of names) {
        const real = Reflect.get(home, name) as () => void;
        const fake = function (this: unknown, ...args: unknown[]): unknown {
          used.push(name);
          return Reflect.apply(real, this, args);
        };
        Object.assign(fake, { clock: { [`_${name}`]: real }, now: () => 0 });
        Reflect.set(home, name, fake);
        undo.push(() => Reflect.set(home, name, real));
      }
    }
    vi.resetModules();
    const { afterPoll, atTurnEnd, httpDate, IdleTimer, Sweeper } = await import('../../src/io/clock.js');
    const { later } = await import('../../src/engine/later.js');
    for (const each of undo) each();
    used.length = 0;
    await new Promise<void>((resolve) => atTurnEnd(resolve, undefined));
    await new Promise<void>((resolve) => later(resolve));
    await new Promise<void>((resolve) => afterPoll(resolve, undefined));
    await new Promise<void>((resolve) => new IdleTimer(resolve, undefined).start(1));
    const sweeper = await new Promise<{ stop(): void }>((resolve) => {
      const made = new Sweeper(() => resolve(made));
      made.start(1);
    });
    sweeper.stop();
    expect(httpDate()).not.toContain('1970');
    expect(used).toEqual([]);
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
