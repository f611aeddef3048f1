import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { now } from '../../src/io/clock.js';
import { SharedTimer } from '../../src/io/shared-timer.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';

let clock: VirtualClock;
let log: string[];
let start: number;

beforeEach(() => {
  clock = virtualClock();
  log = [];
  start = now();
});
afterEach(() => clock.uninstall());

const made = (name: string) => new SharedTimer<string>((subject) => log.push(`${subject} ${now() - start}`), name);

describe('timers with the same period', () => {
  it('share one timer of the clock, and end in order, each at its time', async () => {
    const [a, b, c] = [made('a'), made('b'), made('c')];
    a.start(100);
    await clock.advance(10);
    b.start(100);
    await clock.advance(10);
    c.start(100);
    expect(clock.pending).toBe(1);
    await clock.advance(100);
    expect(log).toEqual(['a 100', 'b 110', 'c 120']);
    expect(clock.pending).toBe(0);
  });

  it('start again, after those that were started in between', async () => {
    const [a, b] = [made('a'), made('b')];
    a.start(100);
    await clock.advance(50);
    b.start(100);
    await clock.advance(10);
    a.start(100);
    await clock.advance(500);
    expect(log).toEqual(['b 150', 'a 160']);
  });

  it('do not end while they are stopped, and may start again', async () => {
    const [a, b] = [made('a'), made('b')];
    a.start(100);
    b.start(100);
    a.stop();
    expect([a.left, b.left, a.passed]).toEqual([undefined, 100, 0]);
    await clock.advance(150);
    a.start(100);
    await clock.advance(100);
    expect(log).toEqual(['b 100', 'a 250']);
  });

  it('leave no timer of the clock when all of them are freed', () => {
    const all = [made('a'), made('b'), made('c')];
    for (const each of all) each.start(100);
    for (const each of [1, 0, 2]) {
      expect(clock.pending).toBe(1);
      all[each]!.free();
      all[each]!.free();
    }
    expect(clock.pending).toBe(0);
  });

  it('end though one before them throws', async () => {
    const failing = new SharedTimer<string>((subject) => {
      log.push(subject);
      throw new Error('of a listener');
    }, 'failing');
    failing.start(100);
    made('b').start(100);
    const uncaught: unknown[] = [];
    const listeners = process.rawListeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error.message));
    await clock.advance(101);
    process.removeAllListeners('uncaughtException');
    for (const each of listeners) process.on('uncaughtException', each as () => void);
    expect(uncaught).toEqual(['of a listener']);
    expect(log).toEqual(['failing', 'b 101']);
  });

  it('free each other when they end', async () => {
    const b = made('b');
    const a = new SharedTimer<undefined>(() => b.free(), undefined);
    a.start(100);
    b.start(100);
    made('c').start(200);
    await clock.advance(300);
    expect(log).toEqual(['c 200']);
  });

  it('have no async context: the timer of one serves all', async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const timer = new SharedTimer(() => seen.push(store.getStore()), undefined);
    store.run('of another connection', () => made('a').start(100));
    store.run('of this one', () => timer.start(100));
    await clock.advance(100);
    expect(seen).toEqual([undefined]);
  });
});

describe('a timer', () => {
  it('starts with another period', async () => {
    const a = made('a');
    a.start(1000);
    a.start(10);
    expect(clock.pending).toBe(1);
    await clock.advance(5000);
    expect(log).toEqual(['a 10']);
  });

  it('is touched: the period starts again, up to a limit', async () => {
    const a = made('a');
    a.touch();
    expect(a.left).toBeUndefined();
    a.start(100);
    await clock.advance(60);
    a.touch(start + 150);
    expect([a.left, a.passed]).toEqual([90, 0]);
    await clock.advance(500);
    expect(log).toEqual(['a 150']);
  });

  it('may have the longest period of the host', async () => {
    clock.uninstall();
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const timer = made('a');
    timer.start(2 ** 31 - 1);
    await new Promise(setImmediate);
    timer.free();
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(log).toEqual([]);
  });

  it('that belonged to another clock starts on this one', async () => {
    const [a, b] = [made('a'), made('b')];
    a.start(100);
    b.start(100);
    clock.uninstall();
    clock = virtualClock();
    start = now();
    a.start(100);
    await clock.advance(1000);
    expect(log).toEqual(['a 100']);
  });
});
