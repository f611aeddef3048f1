/** A share of `npm run simulate`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tap } from '../../src/engine/tap.js';
import { captureExceptions, check } from './check.js';

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

  it('is the same with the same seed', async () => {
    const stepsOf = async (): Promise<number> => {
      let steps = 0;
      const untap = tap(({ event }) => {
        steps = (Math.imul(steps, 31) + event.type.length) | 0;
      });
      await check({ seed: 3, runs: 5 });
      untap();
      return steps;
    };
    expect(await stepsOf()).toBe(await stepsOf());
  });
});
