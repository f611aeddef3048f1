/** What the bench computes from what it measured. */
import { describe, expect, it } from 'vitest';
// @ts-expect-error The bench is JavaScript without declarations.
import { countable, likeTheOthers } from '../bench/control.mjs';
// @ts-expect-error As above.
import { verdict } from '../bench/marks.mjs';
// @ts-expect-error As above.
import { allocated, faultsIn, Meter } from '../bench/meter.mjs';
// @ts-expect-error As above.
import { block } from '../bench/rounds.mjs';
// @ts-expect-error As above.
import { mean, median, standardError } from '../bench/statistics.mjs';

describe('statistics', () => {
  it('the median is the middle value, or between the two', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('the standard error is that of the mean', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardError([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7 / 8));
    expect(standardError([1])).toBeNaN();
  });
});

describe('the control', () => {
  it('is compared with the median of the other rounds', () => {
    expect(likeTheOthers([10, 10.9, 10, 9.5])).toEqual([true, true, true, true]);
    expect(likeTheOthers([10, 11.1, 10, 8.9])).toEqual([true, false, true, false]);
    expect(likeTheOthers([10])).toEqual([false]);
  });

  it('a round with another control does not count', () => {
    const rounds = [{ control: 10 }, { control: 15 }, { control: 10.1 }, { control: 9.9 }];
    expect(countable(rounds)).toEqual({ shown: [rounds[0], rounds[2], rounds[3]], count: 3 });
  });

  it('there is no verdict when less than three rounds count', () => {
    const rounds = [{ control: 10 }, { control: 15 }, { control: 10.1 }];
    const { shown, count, refusal } = countable(rounds);
    expect(shown).toBe(rounds);
    expect(count).toBeLessThan(3);
    expect(refusal).toMatch(/^no verdict: \d of 3 rounds count/);
  });
});

describe('a verdict', () => {
  it('is by the printed precision', () => {
    expect(verdict(1.4449, { atLeast: 1.45 })).toEqual(['≥ 1.45x', 'not reached']);
    expect(verdict(1.446, { atLeast: 1.45 })).toEqual(['≥ 1.45x', 'reached']);
    expect(verdict(15.01, { atMost: 15, unit: ' ms' })).toEqual(['≤ 15 ms', 'not reached']);
    expect(verdict(1, undefined)).toEqual([]);
  });
});

describe('the meter', () => {
  it('finds the faults, whatever the name of the program', () => {
    const rest = 'S 1 42 42 0 -1 4194560 1234 5678 90 11 22 33';
    expect(faultsIn(`42 (node) ${rest}`)).toBe(1234);
    expect(faultsIn(`42 (a (b) c d) ${rest}`)).toBe(1234);
  });

  it('adds up what the heap grew by around collections', () => {
    const collection = (before: number, after: number) => ({
      beforeGC: { heapStatistics: { usedHeapSize: before } },
      afterGC: { heapStatistics: { usedHeapSize: after } },
    });
    expect(allocated(100, [], 150)).toBe(50);
    expect(allocated(100, [collection(300, 20), collection(70, 60)], 90)).toBe(200 + 50 + 30);
  });

  it('counts the bytes of arrays, collected or not', () => {
    const meter = new Meter();
    meter.begin();
    let last: number[] = [];
    for (let index = 0; index < 10_000; index++) last = new Array(1000).fill(index);
    const { bytes, cpu } = meter.end();
    expect(last).toHaveLength(1000);
    expect(cpu).toBeGreaterThan(0);
    // An array takes 8 bytes an element, less with compressed pointers.
    expect(bytes).toBeGreaterThan(0.9 * 4 * 1000 * 10_000);
    expect(bytes).toBeLessThan(1.2 * 8 * 1000 * 10_000);
  });
});

describe('a block', () => {
  const contender = (name: string, log: string[]) => ({
    begin: () => log.push(`begin ${name}`),
    run: async () => log.push(name),
    end: () => name,
  });

  it('has slices in the order A B B A, within one measurement of both', async () => {
    const log: string[] = [];
    const costs = await block([contender('A', log), contender('B', log)], { ms: 0, slice: 1 });
    expect(log).toEqual(['begin A', 'begin B', 'A', 'B', 'B', 'A']);
    expect(costs).toEqual(['A', 'B']);
  });
});
