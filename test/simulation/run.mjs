/** `npm run simulate -- --connections 1000000 --seed 1`: simulates cities, in one process per core. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const HELP = `npm run simulate -- [options]

  --connections N  how many connections, over all cities (1000000)
  --seed S         first seed; each batch uses the next one (1)
  --path P         only the city of a failure; needs its --seed
  --jobs J         number of processes (one per core)
  --help`;

/** Cities per seed. */
const BATCH = 50;
const BUNDLE = fileURLToPath(new URL('../../node_modules/.cache/simulation/check.mjs', import.meta.url));
/** A process prints how far it is after so many connections. */
const NOTE = 20_000;

function fail(message) {
  console.error(`${message}\n\n${HELP}`);
  process.exit(2);
}

function readOptions() {
  const option = { type: 'string' };
  const options = { connections: option, seed: option, path: option, jobs: option, help: { type: 'boolean' } };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(error.message);
  }
  const { connections = '1000000', seed = '1', path, jobs = String(availableParallelism()), help } = values;
  if (help) {
    console.log(HELP);
    process.exit();
  }
  for (const [name, text] of Object.entries({ connections, seed, jobs })) {
    if (!/^[1-9]\d{0,8}$/.test(text)) fail(`--${name} must be a positive integer, not '${text}'`);
  }
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path))
    fail(`--path must be numbers separated by colons, not '${path}'`);
  return { connections: path === undefined ? Number(connections) : 1, seed: Number(seed), path, jobs: Number(jobs) };
}

async function work() {
  const { captureExceptions, check } = await import(pathToFileURL(BUNDLE).href);
  captureExceptions();
  process.on('message', (batch) => check(batch).then((checked) => process.send({ batch, ...checked })));
}

async function lead() {
  const { connections: wanted, seed: first, path, jobs } = readOptions();
  await build({
    entryPoints: [fileURLToPath(new URL('check.ts', import.meta.url))],
    outfile: BUNDLE,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  const begin = performance.now();
  let seed = first;
  let connections = 0;
  let noted = 0;
  let failures = 0;
  const sum = () => {
    const seconds = Math.round((performance.now() - begin) / 1000);
    return `${connections} connections in ${(seed - first) * BATCH} cities in ${seconds} s, failed batches: ${failures}`;
  };
  const next = (worker) => {
    if (connections >= wanted) worker.disconnect();
    else worker.send({ seed: seed++, runs: BATCH, path });
  };
  let running = path === undefined ? jobs : 1;
  for (let job = running; job > 0; job--) {
    const worker = fork(fileURLToPath(import.meta.url), ['--worker']);
    worker.on('message', ({ batch, connections: more, failure }) => {
      connections += Math.max(1, more);
      if (failure !== undefined) {
        failures++;
        process.exitCode = 1;
        console.log(`\nseed ${batch.seed}: ${failure}`);
      }
      if (connections - noted >= NOTE) {
        noted = connections;
        console.log(sum());
      }
      next(worker);
    });
    worker.on('exit', (code) => {
      if (code !== 0) {
        console.log(`A process exited with ${code}`);
        process.exitCode = 1;
      }
      if (--running === 0) console.log(sum());
    });
    next(worker);
  }
}

if (process.argv[2] === '--worker') await work();
else await lead();
