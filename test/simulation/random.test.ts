/** A share of `npm run simulate`. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tap } from '../../src/engine/tap.js';
import { captureExceptions, check } from './check.js';
import { type City, cities, judge } from './city.js';

let release: () => void;
beforeAll(() => {
  release = captureExceptions();
});
afterAll(() => release());

describe('a simulated city', () => {
  it.each([1, 2])('keeps the laws (seed %i)', async (seed) => {
    const { connections, failure } = await check({ seed, runs: 25 });
    if (failure !== undefined) expect.fail(failure);
    expect(connections).toBeGreaterThan(100);
  });

  // After an uncaught exception, the host runs the ticks that are left with whatever comes first.
  it('is the same again, unless it has uncaught exceptions', async () => {
    const stepsOf = async (city: City): Promise<{ steps: number; uncaught: number }> => {
      let steps = 0;
      const untap = tap(({ event }) => {
        steps = (Math.imul(steps, 31) + event.type.length) | 0;
      });
      const { uncaught } = await judge(city);
      untap();
      return { steps, uncaught };
    };
    let compared = 0;
    for (const city of fc.sample(cities, { seed: 3, numRuns: 25 })) {
      const first = await stepsOf(city);
      if (first.uncaught > 0) continue;
      expect(await stepsOf(city)).toEqual(first);
      compared++;
    }
    expect(compared).toBeGreaterThan(2);
  });
});
