/**
 * Law 5 on random charts: every chart behaves the same in XState's interpreter and in ours.
 *
 * STATEWIRE_RUNS is the number of charts (default 400), STATEWIRE_SEED the seed.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startPair } from './kit/pair.js';
import { buildMachine, chartArbitrary, eventArbitrary } from './kit/randomChart.js';

const numRuns = Number(process.env['STATEWIRE_RUNS'] ?? 400);
const seed = Number(process.env['STATEWIRE_SEED'] ?? 20_25_11);

it('equals XState on random charts and random events', { timeout: 60_000 + numRuns * 100 }, () => {
  let emissions = 0;
  fc.assert(
    fc.property(chartArbitrary, fc.array(eventArbitrary, { minLength: 30, maxLength: 40 }), (chart, events) => {
      const pair = startPair(buildMachine(chart));
      for (const event of events) {
        if (pair.done) break;
        pair.send(event);
      }
      emissions += pair.emissions;
    }),
    { seed, numRuns },
  );
  // Not all charts are inert.
  expect(emissions).toBeGreaterThan(numRuns * 10);
});
