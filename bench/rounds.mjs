/** How contenders alternate. */
import { MIB } from './scenarios.mjs';

/**
 * Starts the contenders one after the other, hands them to `use`, and stops them whatever happens.
 * @param {(() => Promise<Contender>)[]} starts
 */
export async function withAll(starts, use) {
  const contenders = [];
  try {
    for (const start of starts) contenders.push(await start());
    return await use(contenders);
  } finally {
    for (const contender of contenders) contender.stop();
  }
}

/**
 * How long a contender works before it's the turn of the next, in ms. The shorter, the more alike are the conditions: on a busy
 * machine, ratios of blocks scattered by 16 % with 50 ms, and by 6 % with 5 ms. The order to work costs a client some of its own
 * CPU time, so its slices are longer.
 */
export const sliceOf = ({ kind }) => (kind === 'client' ? 25 : 5);

/** Connections that are enough for a full queue, and few enough to end a slice at once. Transfers are small, for the same reason. */
export const numbersOf = ({ size, churn }) => {
  if (size) return { size: 16 * MIB };
  return churn ? {} : { connections: 20 };
};

/**
 * One measurement of all contenders: slices in the order A B B A, again and again. While a machine becomes steadily faster or
 * slower, it does so for all of them alike.
 *
 * @param {{ ms: number, slice: number, tool?: string }} terms the time for each contender, and that of a slice, which takes longer
 *   if one transfer does; `tool` makes the load (tools.mjs)
 * @returns {Promise<object[]>} the costs by contender
 */
export async function block(contenders, { ms, slice, tool }) {
  await Promise.all(contenders.map((contender) => contender.begin()));
  const order = [...contenders, ...contenders.toReversed()];
  const until = performance.now() + ms * contenders.length;
  do {
    for (const contender of order) await contender.run(slice, tool);
  } while (performance.now() < until);
  return Promise.all(contenders.map((contender) => contender.end()));
}

/**
 * Calls `take(index)` for each contender in turn, A B then B A, for what can't be taken in slices.
 * @returns {Promise<object[][]>} the figures of each round, by contender
 */
export async function inTurns(count, rounds, take) {
  const figures = Array.from({ length: count }, () => []);
  const order = [...figures.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const index of round % 2 ? order.toReversed() : order) figures[index].push(await take(index));
  }
  return figures;
}
