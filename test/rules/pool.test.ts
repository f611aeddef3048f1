import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Condition,
  fateOf,
  idleAllowance,
  keepAliveHint,
  type Limits,
  type Load,
  mayBeUsed,
  mustPoll,
  nextToOpen,
  type Provision,
  provisionOf,
  type Released,
  TRUSTED_IDLENESS,
  takesNewest,
  waitsForTotal,
} from '../../src/rules/pool.js';

const few = fc.nat({ max: 5 });
const limit = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Number.POSITIVE_INFINITY));
const limits: fc.Arbitrary<Limits & { maxFreeSockets: number }> = fc.record({
  maxSockets: limit,
  maxTotalSockets: limit,
  maxFreeSockets: limit,
});
/** `open` includes idle sockets, `total` also those of other names. */
const load: fc.Arbitrary<Load> = fc.tuple(few, few, few, few).map(([idle, used, idleElsewhere, usedElsewhere]) => ({
  ...{ idle, open: idle + used, totalIdle: idle + idleElsewhere, total: idle + used + idleElsewhere + usedElsewhere },
}));

describe('mayBeUsed', () => {
  const clean: Condition = {
    destroyed: false,
    writable: true,
    readable: true,
    readableEnded: false,
    readableLength: 0,
  };

  it('is true for a clean connection', () => expect(mayBeUsed(clean)).toBe(true));

  it.each([
    { destroyed: true },
    { writable: false },
    { readable: false },
    { readableEnded: true },
    { readableLength: 1 },
  ])('is false for %j', (fact) => expect(mayBeUsed({ ...clean, ...fact })).toBe(false));

  it('accepts any Duplex', () => {
    const duplex = new Duplex({ read() {}, write() {} });
    expect(mayBeUsed(duplex)).toBe(true);
    duplex.push('x');
    expect(mayBeUsed(duplex)).toBe(false);
  });
});

it('mustPoll trusts a recently used connection', () => {
  expect([0, TRUSTED_IDLENESS, TRUSTED_IDLENESS + 1].map(mustPoll)).toEqual([false, false, true]);
});

it('takesNewest is true for lifo, false for fifo', () => {
  expect([takesNewest('lifo'), takesNewest('fifo')]).toEqual([true, false]);
});

describe('provisionOf', () => {
  const decide = (check: (provision: Provision, load: Load, limits: Limits) => void) =>
    fc.assert(fc.property(load, limits, (given, bounds) => void check(provisionOf(given, bounds), given, bounds)));

  it('opens only within both limits', () =>
    decide((provision, { open, total }, { maxSockets, maxTotalSockets }) =>
      expect(provision === 'open').toBe(open < maxSockets && total < maxTotalSockets),
    ));

  it('evicts only if that makes room and is necessary', () =>
    decide((provision, given, bounds) => {
      if (provision !== 'evict') return;
      expect(given.totalIdle).toBeGreaterThan(0);
      expect(waitsForTotal(given, bounds)).toBe(true);
      let { total, totalIdle } = given;
      while (provisionOf({ ...given, total, totalIdle }, bounds) === 'evict') {
        total--;
        totalIdle--;
      }
      expect(totalIdle).toBeGreaterThanOrEqual(0);
      expect(provisionOf({ ...given, total, totalIdle }, bounds)).toBe('open');
    }));

  it('waits if sockets in use exhaust the limits', () =>
    decide((provision, { open, total, totalIdle }, { maxSockets, maxTotalSockets }) => {
      if (provision === 'wait') expect(open >= maxSockets || total - totalIdle >= maxTotalSockets).toBe(true);
    }));

  it('waits if a limit is no number, as Node does', () => {
    const limitless = { maxSockets: 'x' as unknown as number, maxTotalSockets: Number.POSITIVE_INFINITY };
    expect(provisionOf({ open: 0, idle: 0, total: 0, totalIdle: 0 }, limitless)).toBe('wait');
  });
});

describe('nextToOpen', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
  const provisions = fc.record(
    Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, fc.constantFrom('open', 'evict', 'wait')])),
  ) as fc.Arbitrary<Record<string, Provision>>;

  it('prefers its own name, and skips names without room', () => {
    fc.assert(
      fc.property(names, provisions, (waiting, provision) => {
        const mayOpen = waiting.filter((name) => provision[name] !== 'wait');
        const next = nextToOpen('a', waiting, (name) => provision[name]!);
        expect(next).toBe(mayOpen.includes('a') ? 'a' : mayOpen[0]);
      }),
    );
  });
});

describe('fateOf', () => {
  const released: fc.Arbitrary<Released> = fc.record({
    isUsable: fc.boolean(),
    persists: fc.boolean(),
    isAwaited: fc.boolean(),
    isInTheWay: fc.boolean(),
  });
  const decide = (check: (fate: string, released: Released, load: Load, limits: Limits) => void) =>
    fc.assert(
      fc.property(
        released,
        load,
        limits,
        (what, given, bounds) => void check(fateOf(what, given, bounds), what, given, bounds),
      ),
    );

  it('never passes on or keeps an unusable connection', () =>
    decide((fate, { isUsable }) => {
      if (!isUsable) expect(fate).toBe('close');
    }));

  it('passes on to a queued request, and keeps only without one', () =>
    decide((fate, { isUsable, isAwaited, isInTheWay }) => {
      if (isUsable && isAwaited) expect(fate).toBe('hand');
      if (fate === 'keep') expect(isAwaited || isInTheWay).toBe(false);
      if (fate === 'hand') expect(isAwaited).toBe(true);
    }));

  it('keeps only within all limits', () =>
    decide((fate, { persists }, { open, total }, { maxSockets, maxTotalSockets }) => {
      if (fate === 'keep') expect([persists, open <= maxSockets, total <= maxTotalSockets]).toEqual([true, true, true]);
    }));

  it.each([
    [2, 'keep'],
    [3, 'close'],
  ])('of a connection beside %d idle ones, with maxFreeSockets 3, is %s', (idle, fate) => {
    const kept = { isUsable: true, persists: true, isAwaited: false, isInTheWay: false };
    const bounds = { maxSockets: 9, maxTotalSockets: 9, maxFreeSockets: 3 };
    expect(fateOf(kept, { open: 5, idle, total: 5, totalIdle: idle }, bounds)).toBe(fate);
  });
});

describe('keepAliveHint', () => {
  it.each<[unknown, number | undefined]>([
    ['timeout=5', 5000],
    ['timeout=5, max=100', 5000],
    ['max=100, timeout=5', 5000],
    ['max=100;timeout=5', 5000],
    ['Timeout = "5"', 5000],
    ['timeout=5.7', 5000],
    ['timeout=0', 0],
    ['timeout=5, timeout=6', 5000],
    ...['', '300', 'timeout', 'timeout=', 'timeout=x', 'timeout=-5', 'xtimeout=5', 'x-timeout=5', 'max=1'].map(
      (field): [string, undefined] => [field, undefined],
    ),
    [undefined, undefined],
    [['timeout=5'], undefined],
  ])('reads %j as %s', (field, hint) => expect(keepAliveHint(field)).toBe(hint));
});

describe('idleAllowance', () => {
  const time = fc.nat({ max: 10_000 });

  it('is shorter than the hint by the buffer, and no longer than the timeout', () => {
    fc.assert(
      fc.property(fc.option(time, { nil: undefined }), time, time, (hint, buffer, timeout) => {
        const allowed = idleAllowance(hint, buffer, timeout);
        const bounds = [timeout || Number.POSITIVE_INFINITY];
        if (hint !== undefined) bounds.push(Math.max(0, hint - buffer));
        expect(allowed).toBe(Math.min(...bounds));
      }),
    );
  });

  it('has no bound beyond the range of timers', () => {
    expect(idleAllowance(1e14, 1000, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(idleAllowance(1e14, 1000, 5)).toBe(5);
  });
});
