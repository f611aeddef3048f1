/** The side of a process that the bench started: it carries out orders that come over IPC, and replies to each. */
import { Meter } from './meter.mjs';
import { Profiler } from './profiler.mjs';

/**
 * @param {Record<string, (order: object) => object | void | Promise<object | void>>} orders by name, besides `begin` and `end` of
 *   a measurement, and of a profile
 * @param {{ reset(): void, read(): object }} [count] what the process counts itself between the two
 */
export function carryOut(orders, count = { reset() {}, read() {} }) {
  const meter = new Meter();
  const profiler = new Profiler();
  const all = {
    begin() {
      count.reset();
      meter.begin();
    },
    end: () => ({ ...meter.end(), ...count.read() }),
    beginProfile: () => profiler.begin(),
    endProfile: () => profiler.end(),
    ...orders,
  };
  process.on('message', async ({ order, ...rest }) => {
    try {
      process.send((await all[order](rest)) ?? {});
    } catch (error) {
      process.send({ failure: error.message });
    }
  });
  process.on('disconnect', () => process.exit());
}

/** Says that a server listens: to the bench, or on the console if somebody else started it. */
export function announce(server, what) {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`${what} on http://127.0.0.1:${port}`);
}
