/**
 * Takes the figures. Implementations alternate, A B then B A, so that other load of the machine affects both. A ratio is taken
 * within a round; the result is the median of the rounds. Each measurement has a new server process, warmed up first: compilation
 * and memory layout of a process are partly random, and one process would have the same luck in all rounds.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MIB } from './scenarios.mjs';
import { cores, pinned, Worker } from './worker.mjs';

/** A rate is measured this many ms after its connections open: then the server has compiled its code. */
const warmUp = 800;

/**
 * A client is measured after it has used this much CPU time, in µs. Until then, a response costs several times as much. On a
 * busy machine, CPU time shows the progress of the warm-up; the clock doesn't.
 */
const clientWarmUp = 1_500_000;

/**
 * glibc returns memory to the system and faults it in again, depending on which block is last in its heap. By chance, the same
 * upload took 0.3 s or 0.6 s of CPU time. With these thresholds it keeps its memory, for every implementation.
 */
const steadyMalloc = { MALLOC_TRIM_THRESHOLD_: '1073741824', MALLOC_MMAP_THRESHOLD_: '1073741824' };

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The flag with which a program for node:http runs on statewire. */
const registered = ['--import', new URL('../dist/register.mjs', import.meta.url).href];

/** What the server's process needs besides its arguments: a framework takes node:http, and so the flag. */
const flagsOf = (impl, { framework }) => (framework && impl === 'statewire' ? registered : []);

/**
 * Runs `take` with a new server and a new load.
 * @param {(server: Function, load: Function) => Promise<object>} take is given functions that send a message and return the reply
 */
async function withServer(impl, scenario, take, { flags = flagsOf(impl, scenario), env = steadyMalloc } = {}) {
  const args = ['--impl', impl, '--scenario', scenario.name];
  const server = new Worker(cores.server, 'server.mjs', { args, flags, env });
  const load = new Worker(cores.load, 'load.mjs');
  try {
    const { port } = await server.nextMessage();
    const order = (command, rest) => load.request({ command, scenario: scenario.name, port, ...rest });
    return await take((message = {}) => server.request(message), order);
  } finally {
    load.stop();
    server.stop();
  }
}

/** As {@link withServer}, for a client: the client runs on the core of the server, the responder on that of the load. */
async function withClient(impl, scenario, take) {
  const responder = new Worker(cores.load, 'responder.mjs', { args: ['--scenario', scenario.name] });
  let client;
  try {
    const { port } = await responder.nextMessage();
    const args = ['--impl', impl, '--scenario', scenario.name, '--port', String(port)];
    client = new Worker(cores.server, 'client.mjs', { args, env: steadyMalloc });
    return await take(
      () => client.request({}),
      () => responder.request({}),
    );
  } finally {
    client?.stop();
    responder.stop();
  }
}

/** Calls `take(index)` for each contender in turn. @returns {Promise<object[][]>} the figures of each round, by contender */
async function inTurns(count, rounds, take) {
  const figures = Array.from({ length: count }, () => []);
  const order = [...figures.keys()];
  for (let round = 0; round < rounds; round++) {
    for (const index of round % 2 ? order.toReversed() : order) figures[index].push(await take(index));
  }
  return figures;
}

/** @returns {{ cpu: number, wall: number, busy: number }} CPU time and wall time in µs, and their ratio */
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
  const responses = after.responses - before.responses;
  const cost = costOf(served, servedAfter);
  const loadCost = costOf(before, after);
  return { speed: responses / loadCost.wall, work: cost.cpu / responses, busy: cost.busy, loadBusy: loadCost.busy };
};

async function warmUpClient(client) {
  const from = performance.now();
  while ((await client()).cpu < clientWarmUp) {
    if (performance.now() - from > 60_000) throw new Error('the client has stalled');
    await sleep(50);
  }
}

const rateOfClient = (seconds) => async (client, responder) => {
  await warmUpClient(client);
  const [before, responded] = await Promise.all([client(), responder()]);
  await sleep(seconds * 1000);
  const [after, respondedAfter] = await Promise.all([client(), responder()]);
  const responses = after.responses - before.responses;
  const cost = costOf(before, after);
  const loadCost = costOf(responded, respondedAfter);
  return { speed: responses / cost.wall, work: cost.cpu / responses, busy: cost.busy, loadBusy: loadCost.busy };
};

const rateByTool = (tool, seconds) => async (server, load) => {
  await load('tool', { tool, seconds: 1 });
  const before = await server();
  const { responses, seconds: time } = await load('tool', { tool, seconds });
  const cost = costOf(before, await server());
  return { speed: responses / time, work: cost.cpu / responses, busy: cost.busy };
};

const job = (size) => async (server, load) => {
  const from = performance.now();
  while (performance.now() - from < warmUp) await load('transfer', { size: size / 4 });
  const before = await server();
  const loadCost = await load('transfer', { size }).then(({ before, after }) => costOf(before, after));
  const cost = costOf(before, await server());
  return { speed: 1 / loadCost.wall, work: cost.cpu, busy: cost.busy, loadBusy: loadCost.busy };
};

/** The bytes of an idle connection. The server has had connections before, so one-time allocations don't count. */
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

/** @returns {Promise<object[][]>} the figures of each round, by implementation */
export function measure(scenario, impls, options) {
  const take = measures[scenario.kind](options, scenario);
  if (scenario.kind === 'client') {
    return inTurns(impls.length, options.rounds, (index) => withClient(impls[index], scenario, take));
  }
  const process = scenario.kind === 'memory' ? { flags: ['--expose-gc'], env: {} } : {};
  return inTurns(impls.length, options.rounds, (index) => withServer(impls[index], scenario, take, process));
}

/** How a process loads a module: the flags with which it runs code, and the code. */
const ways = {
  require: { flags: [], load: (path) => `require(${JSON.stringify(path)})` },
  import: { flags: ['--input-type=module'], load: (path) => `await import(${JSON.stringify(path)})` },
};

/**
 * What it takes to load statewire in each new process, and what node:http takes. The latter is loaded without `import`, which
 * reads all its exports, and so its lazy globals from Node 22 on, in some 60 ms.
 *
 * @param {'require' | 'import'} way
 * @returns {Promise<{ time: number, work: number }[][]>} ms by the clock and of CPU time, by implementation
 */
export function measureStartUp(impls, rounds, way) {
  const { flags, load } = ways[way];
  const entry = new URL(`../dist/index.${way === 'require' ? 'cjs' : 'mjs'}`, import.meta.url);
  const loads = { node: "process.getBuiltinModule('node:http')", statewire: load(fileURLToPath(entry)) };
  return inTurns(impls.length, rounds, (index) => {
    const code = `const start = performance.now(), before = process.cpuUsage();
      ${loads[impls[index]]};
      const time = performance.now() - start, { user, system } = process.cpuUsage(before);
      console.log(JSON.stringify({ time, work: (user + system) / 1000 }));`;
    return JSON.parse(execFileSync(...pinned(cores.server, [...flags, '-e', code]), { encoding: 'utf8' }));
  });
}

/** @returns {Promise<{ time: number }[][]>} the ms from start to exit of a process that does nothing, by implementation */
export function measureRegister(impls, rounds) {
  const flags = { node: [], statewire: registered };
  return inTurns(impls.length, rounds, (index) => {
    const start = performance.now();
    execFileSync(...pinned(cores.server, [...flags[impls[index]], '-e', '']));
    return { time: performance.now() - start };
  });
}
