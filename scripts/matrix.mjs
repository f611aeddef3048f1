/**
 * `npm run test:matrix`: which runtimes statewire runs on. On the lines of Node all tests run, but those that need nothing of Node
 * on the first line only; on Deno and Bun, as they come from npm, the checks of test/matrix. A runtime that can't be had or started
 * fails on Node, and is left out otherwise.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { root } from './load.mjs';

const HELP = `npm run test:matrix -- [options] [runtime ...]

  runtime    node20, node22, node24, node26, deno or bun (all of them)
  --quick    on Node too, only the checks of test/matrix
  --help`;

const LINES = [20, 22, 24, 26];
const CHECKS = join('test', 'matrix', 'checks.mjs');
/**
 * Tests of charts, drawings, types, names of endings, files of journals, and planted faults. They run on the first line only: nothing in
 * them is of Node.
 */
const PURE = [
  ...['architecture', 'diagrams', 'diagrams-drawing', 'mutation', 'release'].map((name) => `test/${name}.test.ts`),
  ...['test/machines/**', 'test/types/**', 'test/engine/equality.*', 'test/explain/waits.test.ts'],
  ...['conversations', 'rules', 'walks'].map((name) => `test/endings/${name}.test.ts`),
  ...['endings', 'glossary', 'laws', 'links'].map((name) => `test/docs/${name}.test.ts`),
  ...['journal/command', 'journal/proof', 'testing/faults/planted'].map((name) => `test/${name}.test.ts`),
];
/** Tests that take long. The first line and the last run all of them, those between run one half each: these are left out. */
const LEFT_OUT = {
  22: [
    'api/{callbacks,calls,client.storm,door}',
    'conversations/{polluted,tls}',
    'journal/*',
    'testing/faults/*',
    'walks/random',
  ],
  24: ['{cli,examples,package}', 'api/{drain,trace}', 'explain/command', 'memory/*', 'node/run', 'register/*'],
};
/** How much of the random walks and programs runs on the lines after the first. */
const RANDOM_SHARE = 1 / 3;
const VITEST = join('node_modules', 'vitest', 'vitest.mjs');

const excludedOn = (line) =>
  line === LINES[0] ? [] : [...PURE, ...(LEFT_OUT[line] ?? []).map((name) => `test/${name}.test.ts`)];

/** How a runtime is started, and what is run on it. */
const runtimes = {
  ...Object.fromEntries(
    LINES.map((line, at) => [
      `node${line}`,
      { package: `node@${line}`, bin: 'node', mustRun: true, isFirst: at === 0, excluded: excludedOn(line) },
    ]),
  ),
  deno: { package: 'deno', bin: 'deno', options: ['run', '--allow-all'] },
  bun: { package: 'bun', bin: 'bun' },
};

function fail(message) {
  console.error(`${message}\n\n${HELP}`);
  process.exit(2);
}

function readOptions() {
  try {
    const options = { quick: { type: 'boolean', default: false }, help: { type: 'boolean' } };
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return fail(error.message);
  }
}

/** Runs a program, prints its output as it comes, and returns that too. */
async function run(command, args, env = {}) {
  const shell = process.platform === 'win32';
  const stdio = ['ignore', 'pipe', 'inherit'];
  const child = spawn(command, args, { cwd: root, shell, stdio, env: { ...process.env, ...env } });
  const chunks = [];
  child.stdout.on('data', (chunk) => {
    chunks.push(chunk);
    process.stdout.write(chunk);
  });
  try {
    const [code] = await once(child, 'close');
    return { isFine: code === 0, output: stripVTControlCharacters(Buffer.concat(chunks).toString()) };
  } catch (error) {
    return { isFine: false, output: error.message };
  }
}

const npx = (runtime, args, env) =>
  run('npx', ['--yes', `--package=${runtime.package}`, '--', runtime.bin, ...args], env);

/** The counts of vitest's last line, `Tests  1 failed | 91 passed (92)`, or of the checks. */
function counts(output) {
  const tests = output.match(/^ *Tests .*\d+.*$/gm)?.at(-1);
  const count = (word, mark) =>
    tests === undefined
      ? (output.match(new RegExp(`^${mark} `, 'gm')) ?? []).length
      : Number(new RegExp(`(\\d+) ${word}`).exec(tests)?.[1] ?? 0);
  return { passed: count('passed', 'ok'), failed: count('failed', 'failed') };
}

async function test(name, isQuick) {
  const runtime = runtimes[name];
  const version = await npx(runtime, ['--version']);
  if (!version.isFine) return { version: 'not available', isFine: runtime.mustRun !== true };
  const excluded = (runtime.excluded ?? []).flatMap((pattern) => ['--exclude', pattern]);
  const program = runtime.mustRun && !isQuick ? [VITEST, 'run', ...excluded] : [...(runtime.options ?? []), CHECKS];
  const { isFine, output } = await npx(runtime, program, runtime.isFirst ? {} : { RANDOM_SHARE });
  return { version: /\d+\.\d+\.\d+/.exec(version.output)?.[0], ...counts(output), isFine };
}

const { values, positionals } = readOptions();
if (values.help) {
  console.log(HELP);
  process.exit();
}
const unknown = positionals.find((name) => !Object.hasOwn(runtimes, name));
if (unknown !== undefined) fail(`Unknown runtime ${unknown}`);
const rows = {};
for (const name of positionals.length > 0 ? positionals : Object.keys(runtimes)) {
  const { isFine, ...row } = await test(name, values.quick);
  rows[name] = { ...row, result: isFine ? 'ok' : 'FAILED' };
  if (!isFine) process.exitCode = 1;
}
console.table(rows);
