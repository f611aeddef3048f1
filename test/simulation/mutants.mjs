/**
 * Breaks the hosts, which bind machines to sockets and streams, in fifty ways, and counts the ways that the simulation notices:
 * `npm run simulate:mutants`. With numbers it only runs these; `--jobs` is the number of processes, one per core without it. It
 * fails if less than 90 % are noticed, or if a part of a host that is to be changed isn't there.
 */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { changed, judge } from './mutants-judge.mjs';
import { mutants } from './mutants-list.mjs';

/** Cities for one mutant: as many batches as it takes, up to so many. */
const BATCHES = 100;
const BATCH = 25;
const SHARE = 0.9;

async function work(bundle, batches) {
  const { captureExceptions, check } = await import(pathToFileURL(bundle).href);
  captureExceptions();
  for (let seed = 1; seed <= batches; seed++) {
    const { failure } = await check({ seed, runs: BATCH, isShort: true });
    process.stdout.write('.');
    if (failure === undefined) continue;
    console.log(failure.split('\n', 1)[0]);
    process.exit(1);
  }
  process.exit();
}

async function lead(numbers, jobs) {
  for (const mutant of mutants) changed(mutant);
  const without = await judge(0, BATCHES);
  if (without !== undefined) throw new Error(`Without a change, a law is broken: ${without}`);
  const left = [...numbers];
  let noticed = 0;
  const one = async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      const how = await judge(number, BATCHES);
      if (how !== undefined) noticed++;
      const { file, what } = mutants[number - 1];
      console.log(`${number}. ${file}: ${what}: ${how === undefined ? 'NOT NOTICED' : how.slice(0, 120)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, one));
  console.log(`${noticed} of ${numbers.length} are noticed`);
  if (noticed < SHARE * numbers.length) process.exitCode = 1;
}

const { values, positionals: args } = parseArgs({
  allowPositionals: true,
  options: {
    worker: { type: 'string' },
    batches: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});
if (values.worker !== undefined) await work(values.worker, Number(values.batches));
else {
  const unknown = args.filter((text) => !(Number(text) >= 1 && Number(text) <= mutants.length));
  if (unknown.length > 0) {
    console.error(
      `npm run simulate:mutants -- [--jobs J] [number ...]: from 1 to ${mutants.length}, not '${unknown.join(' ')}'`,
    );
    process.exit(2);
  }
  await lead(args.length > 0 ? args.map(Number) : mutants.map((_, at) => at + 1), Number(values.jobs));
}
