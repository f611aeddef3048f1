/** The bytes of an idle connection, after one response on each. */
import { openServer } from './contender.mjs';
import { inTurns } from './rounds.mjs';

/** The server has had connections before, so that one-time allocations don't count. */
async function weigh(impl, scenario) {
  const { connections } = scenario;
  const contender = await openServer(impl, scenario, { connections: 100 }, ['--expose-gc']);
  const { measured: server, driver: load } = contender;
  try {
    await load.order('visit');
    await load.order('close');
    const before = await server.order('weigh', { connections: 0 });
    await load.order('open', { scenario: scenario.name, port: contender.port, connections });
    await load.order('visit');
    const after = await server.order('weigh', { connections });
    return { heap: (after.heap - before.heap) / connections, rss: (after.rss - before.rss) / connections };
  } finally {
    contender.stop();
  }
}

/** @returns {Promise<{ heap: number, rss: number }[][]>} the bytes of a connection in each round, by implementation */
export const measureMemory = (impls, scenario, { rounds }) =>
  inTurns(impls.length, rounds, (index) => weigh(impls[index], scenario));
