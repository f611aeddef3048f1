/** Runs Node's own tests of http and https with statewire instead. See CONTRIBUTING.md. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Baseline } from './baseline.mjs';
import { endAll, execute } from './execute.mjs';
import { expectedOn, readExpectations, updated, writeExpectations } from './expectations.mjs';
import { findTests } from './files.mjs';
import { countedOf, hostTable, isFault, surprises, table } from './report.mjs';

const help = `Usage: test/node/run <folder> [options]

  <folder>         a checkout of Node, or its folder test; it is not changed
  --filter text    run only files whose names contain this text
  --jobs n         number of parallel processes (default: number of cores)
  --timeout n      seconds after which a file counts as hanging and is killed (default: 30)
  --others         run the tests of other modules that use http or https instead
  --host           run only with the host's own modules
  --update         write failing files into expectations.jsonc, and keep known causes
  --verbose        print the output of failing files
  --help`;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      filter: { type: 'string', default: '' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      timeout: { type: 'string', default: '30' },
      others: { type: 'boolean', default: false },
      host: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  const [jobs, timeout] = ['jobs', 'timeout'].map((name) => positive(name, values[name]));
  return { ...values, folder: positionals[0], jobs, timeout };
}

function positive(name, text) {
  if (!(Number(text) > 0)) throw new Error(`--${name} must be a positive number, not ${text}`);
  return Number(text);
}

/** Runs several files in parallel, then, one by one, those that must run alone. */
async function runAll(tests, options) {
  const place = mkdtempSync(join(tmpdir(), 'statewire-node-'));
  const baseline = new Baseline();
  const results = [];
  const work = async (queue, slot) => {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
      const result = await runOne(test, { ...options, place, slot }, baseline);
      results.push(result);
      print(result, options);
    }
  };
  try {
    const queue = tests.filter(({ alone }) => !alone);
    await Promise.all(Array.from({ length: options.jobs }, (_, slot) => work(queue, slot)));
    await work(
      tests.filter(({ alone }) => alone),
      0,
    );
  } finally {
    baseline.save();
    rmSync(place, { recursive: true, force: true });
  }
  return results;
}

/** @returns {Promise<import('./report.mjs').Result>} */
async function runOne(test, terms, baseline) {
  const { name, excluded } = test;
  if (excluded !== undefined) return { name, excluded };
  const known = terms.host ? undefined : baseline.get(test);
  const before = known === undefined ? await execute(test, { ...terms, host: true }) : { outcome: known, output: '' };
  baseline.set(test, before.outcome);
  if (terms.host || before.outcome !== 'passes') return { name, host: before.outcome, output: before.output };
  return { name, host: before.outcome, ...(await execute(test, { ...terms, host: false })) };
}

function print({ name, host, outcome, output }, options) {
  const last = options.host ? host : outcome;
  if (!isFault(last)) return;
  console.log(`${last}  ${name}`);
  if (options.verbose) console.log(output.replace(/^/gm, '    '));
}

function conclude(results, options) {
  console.log(`\nNode ${process.version}`);
  if (options.host) {
    console.log(hostTable(results));
    return;
  }
  const major = Number.parseInt(process.versions.node, 10);
  if (options.update) writeExpectations(updated(readExpectations(), countedOf(results), major));
  const expected = expectedOn(readExpectations(), major);
  console.log(table(results, expected));
  const lines = surprises(results, expected);
  if (lines.length > 0) process.exitCode = 1;
  console.log(['', ...lines].join('\n'));
}

async function main(options) {
  if (options.help) {
    console.log(help);
    return;
  }
  if (options.folder === undefined) {
    console.log(`No folder with Node's tests is given: nothing runs, and nothing is counted.\n\n${help}`);
    return;
  }
  const tests = findTests(resolve(options.folder), options.others).filter(({ name }) => name.includes(options.filter));
  if (tests.length === 0) throw new Error(`no such test in ${options.folder}`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      endAll();
      process.exit(1);
    });
  }
  conclude(await runAll(tests, options), options);
}

try {
  await main(readOptions());
} catch (error) {
  console.error(`${error.message}\n\n${help}`);
  process.exitCode = 2;
}
