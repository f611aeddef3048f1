/** The program's own timers and dates on the virtual clock. */
import { createRequire } from 'node:module';
import timers, { setTimeout as imported } from 'node:timers';
import promises, { setTimeout as sleep, setInterval as ticks } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';

const require = createRequire(import.meta.url);
const HOMES: readonly (readonly [object, readonly string[]])[] = [
  [
    globalThis,
    ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'Date'],
  ],
  [timers, ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']],
  [promises, ['setTimeout', 'setInterval', 'setImmediate']],
  [promises.scheduler, ['wait']],
  [AbortSignal, ['timeout']],
  [performance, ['now']],
  [process, ['hrtime']],
  [Date.prototype, ['constructor']],
];
const found = () =>
  HOMES.map(([home, names]) => names.map((name) => Object.getOwnPropertyDescriptor(home, name) ?? 'none'));
const before = found();
const hostTimeout = setTimeout;
const HostDate = Date;

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock({ date: new Date('2026-01-01'), program: true });
});
afterEach(() => clock.uninstall());

describe("a program's time", () => {
  it('is given back whole', () => {
    expect(found()).not.toEqual(before);
    clock.uninstall();
    expect(found()).toEqual(before);
    expect(imported).toBe(hostTimeout);
    clock.uninstall();
    expect(found()).toEqual(before);
  });

  it('is refused twice, and over fakes', () => {
    expect(() => virtualClock({ program: true })).toThrow(
      expect.objectContaining({ code: 'STATEWIRE_CLOCK_INSTALLED' }),
    );
    clock.uninstall();
    const fake = Object.assign(() => {}, { clock: {} });
    globalThis.setTimeout = fake as never;
    try {
      expect(() => virtualClock({ program: true })).toThrow(
        expect.objectContaining({ code: 'STATEWIRE_CLOCK_INSTALLED' }),
      );
      expect(globalThis.setTimeout).toBe(fake);
    } finally {
      globalThis.setTimeout = hostTimeout;
    }
    // Neither has left the engine's time virtual.
    virtualClock().uninstall();
  });

  it.each([[{ program: 1 }], [{ program: true, with: { next: 1, countTimers: 1 } }]])('refuses %j', (options) => {
    clock.uninstall();
    expect(() => virtualClock(options as never)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_ARG_(TYPE|VALUE)$/) }),
    );
    expect(found()).toEqual(before);
  });

  it('runs timers of every kind in order', async () => {
    const log: string[] = [];
    const start = Date.now();
    const note = (what: string) => log.push(`${what} ${Date.now() - start}`);
    setTimeout(note, 300, 'global');
    imported(() => note('imported'), 100);
    (require('node:timers') as typeof timers).setTimeout(() => note('required'), 150);
    void sleep(200, 'promise').then(note);
    void promisify(setTimeout)(250, 'promisified').then(note);
    void promises.scheduler.wait(260).then(() => note('scheduler'));
    const interval = setInterval(() => note('interval'), 120);
    AbortSignal.timeout(50).addEventListener('abort', () => note('signal'));
    await clock.advance(299);
    clearInterval(interval);
    await clock.advance(100);
    expect(log).toEqual([
      ...['signal 50', 'imported 100', 'interval 120', 'required 150', 'promise 200', 'interval 240'],
      ...['promisified 250', 'scheduler 260', 'global 300'],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('has timers that can be cleared, refreshed and asked, as the host has', async () => {
    const log: string[] = [];
    const cleared = [setTimeout(() => log.push('object'), 10), setTimeout(() => log.push('number'), 10)] as const;
    clearTimeout(cleared[0]);
    clearTimeout(Number(cleared[1]));
    clearTimeout(undefined);
    const host = hostTimeout(() => log.push('host'), 1);
    clearTimeout(host);
    const one = setTimeout(function (this: unknown) {
      log.push(`refreshed ${this === one}`);
    }, 100);
    expect([one.hasRef(), one.unref().hasRef(), one.ref().hasRef(), one.constructor.name]).toEqual([
      ...[true, false, true, 'Timeout'],
    ]);
    await clock.advance(60);
    one.refresh();
    await clock.advance(60);
    expect(log).toEqual([]);
    await clock.advance(40);
    expect(log).toEqual(['refreshed true']);
    one.refresh();
    await clock.advance(100);
    expect(log).toHaveLength(2);
    one.close();
    one.refresh();
    for (const odd of [-1, Number.NaN, 2 ** 31, undefined, 'x']) setTimeout(() => log.push('odd'), odd as number);
    await clock.advance(1);
    expect(log.filter((line) => line === 'odd')).toHaveLength(5);
    expect(() => setTimeout('code' as never, 1)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  });

  it('ends promises by their signals', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const seen: string[] = [];
    const slept = sleep(1000, undefined, { signal }).catch((error: Error) => error.name);
    const ticked = (async () => {
      for await (const value of ticks(10, 'tick', { signal })) seen.push(value);
    })().catch((error: Error) => error.name);
    await clock.advance(25);
    controller.abort();
    expect([await slept, await ticked, seen]).toEqual(['AbortError', 'AbortError', ['tick', 'tick']]);
    expect(await sleep(1, 1, { signal }).catch((error: Error) => error.name)).toBe('AbortError');
    await expect(sleep('x' as never)).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
    expect(clock.pending).toBe(0);
  });

  it('has dates that are dates', async () => {
    await clock.advance(1000);
    expect(new Date().toISOString()).toBe('2026-01-01T00:00:01.000Z');
    expect(Date.now()).toBe(clock.date);
    expect(Date()).toBe(String(new Date(clock.date)));
    expect(new Date(0)).toBeInstanceOf(HostDate);
    expect(new HostDate(0)).toBeInstanceOf(Date);
    expect(new Date(2020, 1, 2).getFullYear()).toBe(2020);
    expect([Date.UTC(1970), Date.parse('1970-01-01'), Date.length, Date.name]).toEqual([0, 0, 7, 'Date']);
    expect(new Date().constructor).toBe(Date);
    class Own extends Date {}
    expect(new Own()).toBeInstanceOf(Own);
    expect(new Own().getTime()).toBe(clock.date);
  });

  it('measures', async () => {
    const [now, hrtime, bigint] = [performance.now(), process.hrtime(), process.hrtime.bigint()];
    await clock.advance(1500);
    expect(performance.now() - now).toBe(1500);
    expect(process.hrtime(hrtime)).toEqual([1, 500_000_000]);
    expect(process.hrtime.bigint() - bigint).toBe(1_500_000_000n);
  });

  it('stands while immediates follow each other', async () => {
    const log: string[] = [];
    setTimeout(() => log.push('timer'), 1);
    let left = 20;
    const again = (): unknown => (left-- > 0 ? setImmediate(again) : log.push('immediates'));
    again();
    clearImmediate(setImmediate(() => log.push('cleared')));
    await clock.advance(1);
    expect(log).toEqual(['immediates', 'timer']);
    const forever = (): unknown => setImmediate(() => isOn && forever());
    let isOn = true;
    forever();
    await clock.advance(1);
    isOn = false;
  });

  it("is the host's for who has kept a function of it", async () => {
    const kept = { setTimeout, sleep: promises.setTimeout, Date, setImmediate, hrtime: process.hrtime };
    clock.uninstall();
    await new Promise((resolve) => kept.setTimeout(resolve, 1));
    await kept.sleep(1);
    await new Promise((resolve) => kept.setImmediate(resolve));
    expect(Math.abs(kept.Date.now() - Date.now())).toBeLessThan(1000);
    expect(kept.hrtime()[0]).toBeCloseTo(process.hrtime()[0], -1);
    clock = virtualClock({ program: true });
    let fired = false;
    kept.setTimeout(() => {
      fired = true;
    }, 1000);
    await clock.advance(1000);
    expect(fired).toBe(true);
  });

  it('is dropped with its timers', async () => {
    let fired = 0;
    setTimeout(() => fired++, 1);
    clock.uninstall();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(fired).toBe(0);
  });
});
