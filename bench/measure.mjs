/**
 * Taking the figures. Implementations are measured in turns, A B then B A, so that whatever else the machine does falls on
 * both; a ratio is taken within a turn and the median of the turns is the result.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MIB } from './scenarios.mjs';
import { cores, pinned, Worker } from './worker.mjs';

/** A window is opened this long after its connections, so that their opening is not in it. */
const settling = 200;

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function startServer(impl, scenario, flags = []) {
  const server = new Worker(cores.server, 'server.mjs', ['--impl', impl, '--scenario', scenario.name], flags);
  const { port } = await server.hear();
  return { server, port };
}

const startLoad = () => new Worker(cores.load, 'load.mjs');

/** Calls `take(index)` for each contender in turns. @returns {Promise<object[][]>} by contender, the figures of each round */
async function inTurns(count, rounds, take) {
  const figures = Array.from({ length: count }, () => []);
  const order = [...figures.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const index of round % 2 ? order.toReversed() : order) figures[index].push(await take(index));
  }
  return figures;
}

/** As `inTurns`, with a server for each implementation, alive from a warm-up to the last round, and one load. */
async function withServers(scenario, impls, rounds, take) {
  const load = startLoad();
  const servers = [];
  try {
    for (const impl of impls) servers.push(await startServer(impl, scenario));
    for (const started of servers) await take({ ...started, load });
    return await inTurns(impls.length, rounds, (index) => take({ ...servers[index], load }));
  } finally {
    load.stop();
    for (const { server } of servers) server.stop();
  }
}

const costOf = (before, after) => ({ cpu: after.cpu - before.cpu, wall: (after.at - before.at) * 1000 });

async function rateByLoad(scenario, { server, load, port }, seconds) {
  await load.ask({ command: 'open', scenario: scenario.name, port });
  await sleep(settling);
  const [before, served] = await Promise.all([load.ask({ command: 'sample' }), server.ask({})]);
  await sleep(seconds * 1000);
  const [after, servedAfter] = await Promise.all([load.ask({ command: 'sample' }), server.ask({})]);
  await load.ask({ command: 'close' });
  const answers = after.answers - before.answers;
  const cost = costOf(served, servedAfter);
  const loadCost = costOf(before, after);
  return {
    speed: answers / loadCost.wall,
    work: cost.cpu / answers,
    busy: cost.cpu / cost.wall,
    loadBusy: loadCost.cpu / loadCost.wall,
  };
}

async function rateByTool(scenario, { server, load, port }, seconds, tool) {
  const before = await server.ask({});
  const { answers, seconds: time } = await load.ask({ command: 'tool', scenario: scenario.name, port, tool, seconds });
  const cost = costOf(before, await server.ask({}));
  return { speed: answers / time, work: cost.cpu / answers, busy: cost.cpu / cost.wall };
}

function measureRate(scenario, impls, { rounds, seconds, tool }) {
  const take = tool ? rateByTool : rateByLoad;
  return withServers(scenario, impls, rounds, (pair) => take(scenario, pair, seconds, tool));
}

function measureJob(scenario, impls, { rounds, size }) {
  return withServers(scenario, impls, rounds, async ({ server, load, port }) => {
    const before = await server.ask({});
    const { time } = await load.ask({ command: 'transfer', scenario: scenario.name, port, size: size * MIB });
    const cost = costOf(before, await server.ask({}));
    return { speed: 1 / time, work: cost.cpu, busy: cost.cpu / cost.wall };
  });
}

/** Bytes that an idle connection keeps, from a server that has answered before and has collected its garbage. */
function measureMemory(scenario, impls, { rounds }) {
  return inTurns(impls.length, Math.min(rounds, 3), async (index) => {
    const { server, port } = await startServer(impls[index], scenario, ['--expose-gc']);
    const load = startLoad();
    const hold = { command: 'hold', scenario: scenario.name, port };
    try {
      await load.ask(hold);
      await load.ask({ command: 'close' });
      const before = await server.ask({});
      await load.ask(hold);
      const after = await server.ask({});
      const each = (name) => (after[name] - before[name]) / scenario.connections;
      return { heap: each('heap'), rss: each('rss') };
    } finally {
      load.stop();
      server.stop();
    }
  });
}

const measures = { rate: measureRate, job: measureJob, memory: measureMemory };

/** @returns {Promise<object[][]>} by implementation, the figures of each round */
export const measure = (scenario, impls, options) => measures[scenario.kind](scenario, impls, options);

/** @returns {Promise<{ time: number }[][]>} by implementation, the ms that `require` took in each of the fresh processes */
export function measureStartUp(impls, rounds) {
  const modules = { node: 'node:http', statewire: fileURLToPath(new URL('../dist/index.cjs', import.meta.url)) };
  return inTurns(impls.length, rounds, (index) => {
    const name = JSON.stringify(modules[impls[index]]);
    const code = `const start = performance.now(); require(${name}); console.log(performance.now() - start)`;
    return { time: Number(execFileSync(...pinned(cores.server, ['-e', code]), { encoding: 'utf8' })) };
  });
}
