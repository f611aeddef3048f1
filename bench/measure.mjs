/**
 * Taking the figures. Implementations are measured in turns, A B then B A, so that whatever else the machine does falls on
 * both; a ratio is taken within a round and the median of the rounds is the result. Every measurement has a server process of
 * its own, warmed up first: how a process compiles and where its memory lies is luck, and would be the same luck in all rounds.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MIB } from './scenarios.mjs';
import { cores, pinned, Worker } from './worker.mjs';

/** A window of a rate opens this long after its connections: the server has compiled what it will use. */
const warmUp = 800;

/**
 * The window of a client opens when that has used so much CPU time, in µs. Until then it costs several times what it costs
 * afterwards; and on a machine that does other things, too, CPU time says how far it has come, and the clock doesn't.
 */
const clientWarmUp = 1_500_000;

/**
 * glibc returns memory to the system, and faults it in again, depending on which block lies last in its heap. That made the
 * same upload cost 0.3 s or 0.6 s of CPU time, by chance; with these thresholds it keeps what it has, for every implementation.
 */
const steadyMalloc = { MALLOC_TRIM_THRESHOLD_: '1073741824', MALLOC_MMAP_THRESHOLD_: '1073741824' };

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs `take` with a fresh server and a fresh load.
 * @param {(bench: { ask: (message?: object) => Promise<object>, load: (order: object) => Promise<object> }) => Promise<object>} take
 */
async function withServer(impl, scenario, take, { flags = [], env = steadyMalloc } = {}) {
  const args = ['--impl', impl, '--scenario', scenario.name];
  const server = new Worker(cores.server, 'server.mjs', { args, flags, env });
  const load = new Worker(cores.load, 'load.mjs');
  try {
    const { port } = await server.hear();
    const order = (command, rest) => load.ask({ command, scenario: scenario.name, port, ...rest });
    return await take((question = {}) => server.ask(question), order);
  } finally {
    load.stop();
    server.stop();
  }
}

/** As {@link withServer}, for a client: its process is on the core of what is measured, what answers it on the other. */
async function withClient(impl, scenario, take) {
  const answerer = new Worker(cores.load, 'answerer.mjs', { args: ['--scenario', scenario.name] });
  let client;
  try {
    const { port } = await answerer.hear();
    const args = ['--impl', impl, '--scenario', scenario.name, '--port', String(port)];
    client = new Worker(cores.server, 'client.mjs', { args, env: steadyMalloc });
    return await take(
      () => client.ask({}),
      () => answerer.ask({}),
    );
  } finally {
    client?.stop();
    answerer.stop();
  }
}

/** Calls `take(index)` for each contender in turns. @returns {Promise<object[][]>} by contender, the figures of each round */
async function inTurns(count, rounds, take) {
  const figures = Array.from({ length: count }, () => []);
  const order = [...figures.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const index of round % 2 ? order.toReversed() : order) figures[index].push(await take(index));
  }
  return figures;
}

/** @returns {{ cpu: number, wall: number, busy: number }} µs of CPU, µs of time, and the share of the one in the other */
function costOf(before, after) {
  const cpu = after.cpu - before.cpu;
  const wall = (after.at - before.at) * 1000;
  return { cpu, wall, busy: cpu / wall };
}

const rateByLoad = (seconds) => async (server, load) => {
  await load('open');
  await sleep(warmUp);
  const [before, served] = await Promise.all([load('sample'), server()]);
  await sleep(seconds * 1000);
  const [after, servedAfter] = await Promise.all([load('sample'), server()]);
  const answers = after.answers - before.answers;
  const cost = costOf(served, servedAfter);
  const loadCost = costOf(before, after);
  return { speed: answers / loadCost.wall, work: cost.cpu / answers, busy: cost.busy, loadBusy: loadCost.busy };
};

async function warmUpClient(client) {
  const from = performance.now();
  while ((await client()).cpu < clientWarmUp) {
    if (performance.now() - from > 60_000) throw new Error('the client has come to a stop');
    await sleep(50);
  }
}

const rateOfClient = (seconds) => async (client, answerer) => {
  await warmUpClient(client);
  const [before, answered] = await Promise.all([client(), answerer()]);
  await sleep(seconds * 1000);
  const [after, answeredAfter] = await Promise.all([client(), answerer()]);
  const answers = after.answers - before.answers;
  const cost = costOf(before, after);
  const loadCost = costOf(answered, answeredAfter);
  return { speed: answers / cost.wall, work: cost.cpu / answers, busy: cost.busy, loadBusy: loadCost.busy };
};

const rateByTool = (tool, seconds) => async (server, load) => {
  await load('tool', { tool, seconds: 1 });
  const before = await server();
  const { answers, seconds: time } = await load('tool', { tool, seconds });
  const cost = costOf(before, await server());
  return { speed: answers / time, work: cost.cpu / answers, busy: cost.busy };
};

const job = (size) => async (server, load) => {
  const from = performance.now();
  while (performance.now() - from < warmUp) await load('transfer', { size: size / 4 });
  const before = await server();
  const loadCost = await load('transfer', { size }).then(({ before, after }) => costOf(before, after));
  const cost = costOf(before, await server());
  return { speed: 1 / loadCost.wall, work: cost.cpu, busy: cost.busy, loadBusy: loadCost.busy };
};

/** Bytes that an idle connection keeps. The server has had others before, so what it sets up once is not counted. */
const memory = (connections) => async (server, load) => {
  await load('hold', { connections: 100 });
  await load('close');
  const before = await server({ connections: 0 });
  await load('hold', { connections });
  const after = await server({ connections });
  return { heap: (after.heap - before.heap) / connections, rss: (after.rss - before.rss) / connections };
};

const measures = {
  rate: ({ tool, seconds }) => (tool === undefined ? rateByLoad(seconds) : rateByTool(tool, seconds)),
  job: ({ size }) => job(size * MIB),
  memory: (_options, { connections }) => memory(connections),
  client: ({ seconds }) => rateOfClient(seconds),
};

/** @returns {Promise<object[][]>} by implementation, the figures of each round */
export function measure(scenario, impls, options) {
  const take = measures[scenario.kind](options, scenario);
  if (scenario.kind === 'client') {
    return inTurns(impls.length, options.rounds, (index) => withClient(impls[index], scenario, take));
  }
  const process = scenario.kind === 'memory' ? { flags: ['--expose-gc'], env: {} } : {};
  return inTurns(impls.length, options.rounds, (index) => withServer(impls[index], scenario, take, process));
}

/** @returns {Promise<{ time: number }[][]>} by implementation, the ms that `require` took in each of the fresh processes */
export function measureStartUp(impls, rounds) {
  const modules = { node: 'node:http', statewire: fileURLToPath(new URL('../dist/index.cjs', import.meta.url)) };
  return inTurns(impls.length, rounds, (index) => {
    const name = JSON.stringify(modules[impls[index]]);
    const code = `const start = performance.now(); require(${name}); console.log(performance.now() - start)`;
    return { time: Number(execFileSync(...pinned(cores.server, ['-e', code]), { encoding: 'utf8' })) };
  });
}
