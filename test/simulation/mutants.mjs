/**
 * Breaks the hosts, which bind machines to sockets and streams, in fifty ways, and counts the ways that the simulation notices:
 * `npm run simulate:mutants`. With numbers it only runs these; `--jobs` is the number of processes, one per core without it. It fails if less than 90 % are noticed, or if a part of a host that
 * is to be changed isn't there.
 */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { mutants } from './mutants-list.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const own = fileURLToPath(import.meta.url);
const folder = join(root, 'node_modules', '.cache', 'simulation');

/** Cities for one mutant: as many batches as it takes, up to so many. */
const BATCHES = 40;
const BATCH = 25;
/** A mutant that takes longer has been noticed: it is a program that never ends. In ms. */
const LONGEST = 180_000;
const SHARE = 0.9;

async function work(bundle) {
  const { captureExceptions, check } = await import(pathToFileURL(bundle).href);
  captureExceptions();
  for (let seed = 1; seed <= BATCHES; seed++) {
    const { failure } = await check({ seed, runs: BATCH, isShort: true });
    if (failure === undefined) continue;
    console.log(failure.split('\n', 1)[0]);
    process.exit(1);
  }
  process.exit();
}

/** @returns the text of the host, changed */
function changed({ file, from, to }) {
  const text = readFileSync(join(root, 'src', 'api', file), 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times:\n${from}`);
  return parts.join(to);
}

/** @returns how it was noticed; undefined if it wasn't. Of 0, which changes nothing, nothing may be */
async function judge(number) {
  const mutant = mutants[number - 1];
  const contents = mutant && changed(mutant);
  const path = mutant && join(root, 'src', 'api', mutant.file);
  const outfile = join(folder, `mutant-${process.pid}-${number}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('check.ts', import.meta.url))],
    ...{ outfile, bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'error' },
    plugins: [
      {
        name: 'mutant',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, (args) => (args.path === path ? { contents, loader: 'ts' } : undefined));
        },
      },
    ],
  });
  try {
    await run(process.execPath, [own, '--worker', outfile], { timeout: LONGEST, cwd: root });
    return undefined;
  } catch ({ killed, stdout, stderr }) {
    return killed ? 'it never ends' : stdout.trim() || String(stderr).trim().split('\n').at(-1);
  } finally {
    rmSync(outfile, { force: true });
  }
}

async function lead(numbers, jobs) {
  for (const mutant of mutants) changed(mutant);
  const without = await judge(0);
  if (without !== undefined) throw new Error(`Without a change, a law is broken: ${without}`);
  const left = [...numbers];
  let noticed = 0;
  const one = async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      const how = await judge(number);
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
  options: { worker: { type: 'string' }, jobs: { type: 'string', default: String(availableParallelism()) } },
});
if (values.worker !== undefined) await work(values.worker);
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
