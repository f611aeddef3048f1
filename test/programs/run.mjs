/** `npm run test:programs -- --runs 200000 --seed 1`: runs random programs, in one process per core. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const HELP = `npm run test:programs -- [options]

  --runs N       number of programs, over all roles (10000)
  --seed S       first seed; each batch uses the next one (1)
  --role R       server, client, both or all (all)
  --path P       run only the program of a failure; needs its --role and --seed
  --jobs J       number of processes (one per core)
  --help`;

const ROLES = ['server', 'client', 'both'];
/** Programs per seed. */
const BATCH = 1000;
const BUNDLE = fileURLToPath(new URL('../../node_modules/.cache/programs/check.mjs', import.meta.url));

function fail(message) {
  console.error(`${message}\n\n${HELP}`);
  process.exit(2);
}

function readOptions() {
  const option = { type: 'string' };
  const options = { runs: option, seed: option, role: option, path: option, jobs: option, help: { type: 'boolean' } };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(error.message);
  }
  const { runs = '10000', seed = '1', role = 'all', path, jobs = String(availableParallelism()), help } = values;
  if (help) {
    console.log(HELP);
    process.exit();
  }
  for (const [name, text] of Object.entries({ runs, seed, jobs })) {
    if (!/^[1-9]\d{0,8}$/.test(text)) fail(`--${name} must be a positive integer, not '${text}'`);
  }
  if (role !== 'all' && !ROLES.includes(role))
    fail(`--role must be one of ${[...ROLES, 'all'].join(', ')}, not '${role}'`);
  if (path !== undefined && role === 'all') fail('--path needs the --role and the --seed of the failure');
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path))
    fail(`--path must be numbers separated by colons, not '${path}'`);
  return { runs: Number(runs), seed: Number(seed), roles: role === 'all' ? ROLES : [role], path, jobs: Number(jobs) };
}

/** The batches that the processes take one by one. */
function batchesOf({ runs, seed, roles, path }) {
  if (path !== undefined) return [{ role: roles[0], runs: BATCH, seed, path }];
  const batches = [];
  for (let left = runs; left > 0; left -= BATCH) {
    const at = batches.length;
    batches.push({
      role: roles[at % roles.length],
      runs: Math.min(left, BATCH),
      seed: seed + Math.floor(at / roles.length),
    });
  }
  return batches;
}

async function work() {
  const { captureExceptions, check } = await import(pathToFileURL(BUNDLE).href);
  captureExceptions();
  process.on('message', (batch) => check(batch).then((failure) => process.send({ batch, failure })));
}

async function lead() {
  const options = readOptions();
  await build({
    entryPoints: [fileURLToPath(new URL('check.ts', import.meta.url))],
    outfile: BUNDLE,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  const waiting = batchesOf(options);
  const count = waiting.length;
  const begin = performance.now();
  let done = 0;
  let ran = 0;
  let failures = 0;
  const next = (worker) => {
    const batch = waiting.shift();
    if (batch === undefined) worker.disconnect();
    else worker.send(batch);
  };
  for (let job = 0; job < Math.min(options.jobs, count); job++) {
    const worker = fork(fileURLToPath(import.meta.url), ['--worker']);
    worker.on('message', ({ batch, failure }) => {
      done++;
      ran += batch.runs;
      if (failure !== undefined) {
        failures++;
        process.exitCode = 1;
        console.log(`\n${batch.role}, seed ${batch.seed}: ${failure}`);
      }
      if (done === count) {
        const seconds = Math.round((performance.now() - begin) / 1000);
        console.log(`${ran} programs in ${count} batches in ${seconds} s, failed batches: ${failures}`);
      } else if (done % 10 === 0) console.log(`${ran} programs`);
      next(worker);
    });
    worker.on('exit', (code) => {
      if (code === 0) return;
      console.log(`A process exited with ${code}`);
      process.exitCode = 1;
    });
    next(worker);
  }
}

if (process.argv[2] === '--worker') await work();
else await lead();
