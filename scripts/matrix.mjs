/**
 * `npm run test:matrix`: which runtimes statewire runs on. On the first line of Node all tests run, on the others those of what
 * differs most between lines, and a part of the rest; on Deno and Bun, as they come from npm, the checks of test/matrix. A runtime
 * that can't be had or started fails on Node, and is left out otherwise.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
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
const PURE =
  /^(architecture|diagrams|diagrams-drawing|mutation|release|machines\/.*|types\/.*|engine\/equality\..*|explain\/waits|endings\/(conversations|rules|walks)|docs\/(endings|glossary|laws|links)|journal\/(command|proof)|testing\/faults\/planted)\.test/;
/** Tests of what differs most between lines. They run on each; of the others each line after the first runs its part. */
const OF_NODE =
  /^(conversations\/(client|client-host-order|server)|walks\/(alone|client|server)|facade\/.*|https\/.*|io\/.*)\.test/;
/** How much of the random walks and programs runs on the lines after the first. */
const RANDOM_SHARE = 1 / 3;
const VITEST = join('node_modules', 'vitest', 'vitest.mjs');

/** The files that a line runs, by its place among the lines. */
function filesOf(at) {
  if (at === 0) return [];
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.test.ts') && !/^(real|pack)\//.test(name) && !PURE.test(name))
    .sort();
  const others = files.filter((name) => !OF_NODE.test(name));
  const part = others.filter((_, index) => index % (LINES.length - 1) === at - 1);
  return [...files.filter((name) => OF_NODE.test(name)), ...part].map((name) => `test/${name}`);
}

/** How a runtime is started, and what is run on it. */
const runtimes = {
  ...Object.fromEntries(
    LINES.map((line, at) => [
      `node${line}`,
      { package: `node@${line}`, bin: 'node', mustRun: true, isFirst: at === 0, files: filesOf(at) },
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
  const program =
    runtime.mustRun && !isQuick ? [VITEST, 'run', ...runtime.files] : [...(runtime.options ?? []), CHECKS];
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
