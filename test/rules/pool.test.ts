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
/** `open` and `total` are counted with what is idle and what is of other names. */
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

  it('says yes to a connection of which nothing is known', () => expect(mayBeUsed(clean)).toBe(true));

  it.each([
    { destroyed: true },
    { writable: false },
    { readable: false },
    { readableEnded: true },
    { readableLength: 1 },
  ])('says no when %j', (fact) => expect(mayBeUsed({ ...clean, ...fact })).toBe(false));

  it('takes any Duplex', () => {
    const duplex = new Duplex({ read() {}, write() {} });
    expect(mayBeUsed(duplex)).toBe(true);
    duplex.push('x');
    expect(mayBeUsed(duplex)).toBe(false);
  });
});

it('mustPoll trusts a connection that was used a moment ago', () => {
  expect([0, TRUSTED_IDLENESS, TRUSTED_IDLENESS + 1].map(mustPoll)).toEqual([false, false, true]);
});

it('takesNewest is lifo, unless fifo is asked for', () => {
  expect([takesNewest('lifo'), takesNewest('fifo')]).toEqual([true, false]);
});

describe('provisionOf', () => {
  const decide = (check: (provision: Provision, load: Load, limits: Limits) => void) =>
    fc.assert(fc.property(load, limits, (given, bounds) => void check(provisionOf(given, bounds), given, bounds)));

  it('opens within both limits only', () =>
    decide((provision, { open, total }, { maxSockets, maxTotalSockets }) =>
      expect(provision === 'open').toBe(open < maxSockets && total < maxTotalSockets),
    ));

  it('evicts when that, and nothing less, makes room', () =>
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

  it('lets wait when the limits are filled by what is in use', () =>
    decide((provision, { open, total, totalIdle }, { maxSockets, maxTotalSockets }) => {
      if (provision === 'wait') expect(open >= maxSockets || total - totalIdle >= maxTotalSockets).toBe(true);
    }));

  it('lets wait when a limit is no number, as Node does', () => {
    const limitless = { maxSockets: 'x' as unknown as number, maxTotalSockets: Number.POSITIVE_INFINITY };
    expect(provisionOf({ open: 0, idle: 0, total: 0, totalIdle: 0 }, limitless)).toBe('wait');
  });
});

describe('nextToOpen', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
  const provisions = fc.record(
    Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, fc.constantFrom('open', 'evict', 'wait')])),
  ) as fc.Arbitrary<Record<string, Provision>>;

  it('prefers its own name, and takes none for which there is no room', () => {
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

  it('never hands or keeps what may not be used', () =>
    decide((fate, { isUsable }) => {
      if (!isUsable) expect(fate).toBe('close');
    }));

  it('hands to who waits, and keeps only when nobody waits', () =>
    decide((fate, { isUsable, isAwaited, isInTheWay }) => {
      if (isUsable && isAwaited) expect(fate).toBe('hand');
      if (fate === 'keep') expect(isAwaited || isInTheWay).toBe(false);
      if (fate === 'hand') expect(isAwaited).toBe(true);
    }));

  it('keeps within all limits only', () =>
    decide((fate, { persists }, { open, total }, { maxSockets, maxTotalSockets }) => {
      if (fate === 'keep') expect([persists, open <= maxSockets, total <= maxTotalSockets]).toEqual([true, true, true]);
    }));

  it.each([
    [2, 'keep'],
    [3, 'close'],
  ])('of a connection with %d idle beside it is to %s it, when 3 may be idle', (idle, fate) => {
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

  it('has no bound that a timer cannot count', () => {
    expect(idleAllowance(1e14, 1000, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(idleAllowance(1e14, 1000, 5)).toBe(5);
  });
});
