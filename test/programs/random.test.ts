/** Random programs, checked against the laws. `npm run test:programs -- --runs N --seed S` runs others, and more. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureExceptions, check, type RoleName } from './check.js';

let release: () => void;
beforeAll(() => {
  release = captureExceptions();
});
afterAll(() => release());

const SHARE = Number(process.env['RANDOM_SHARE'] ?? 1);

const batches = (
  [
    ['server', 900],
    ['client', 700],
    ['both', 400],
  ] as const
).map(([role, runs]): [RoleName, number] => [role, Math.ceil(runs * SHARE)]);

/** A batch takes some seconds on an otherwise idle machine. */
const TIMEOUT = 300_000;

describe('a random program', () => {
  for (const [role, runs] of batches) {
    for (const seed of [1, 2]) {
      it(
        `keeps the laws (${role}, ${runs} runs, seed ${seed})`,
        async () => {
          const failure = await check({ role, runs, seed });
          if (failure !== undefined) expect.fail(failure);
        },
        TIMEOUT,
      );
    }
  }
});
