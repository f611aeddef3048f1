/** The runner of Node's tests, on a sample tree. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

interface Expectations {
  expectedOn(causes: object, major: number): object;
  updated(causes: object, counted: readonly object[], major: number): object;
}

const { expectedOn, updated }: Expectations = await import(new URL('expectations.mjs', import.meta.url).href);
const runner = fileURLToPath(new URL('run', import.meta.url));
const tree = mkdtempSync(join(tmpdir(), 'statewire-tree-'));

const files = {
  'common/index.js': '',
  'parallel/test-http-passes.js': "require('http').createServer().listen(0, function () { this.close(); });",
  'parallel/test-http-fails.js': "throw new Error('as it must');",
  'parallel/test-http-hangs.js': "require('child_process').fork(__dirname + '/../listen.js');",
  'parallel/test-http-skips.js': "console.log('1..0 # Skipped: not here');",
  'parallel/test-http-flags.js': '// Flags: --expose-gc --no-warnings\ngc();',
  'parallel/test-http-env.js': "// Env: A=b=c D=e\nrequire('assert').equal(process.env.A + process.env.D, 'b=ce');",
  'parallel/test-http-exposes.js': "// Flags: --expose-internals\nthrow new Error('run');",
  'parallel/test-http-binds.js': "internalBinding('http_parser');",
  'parallel/test-http-private.js': "require('_http_common');",
  'parallel/test-https-passes.mjs':
    "import { createServer } from 'https'; createServer().listen(0, function () { this.close(); });",
  'parallel/test-http2-other.js': "throw new Error('run');",
  'parallel/test-stream-uses.js': "require('node:http').createServer();",
  'parallel/test-stream-other.js': "throw new Error('run');",
  'async-hooks/test-http-named.js': '',
  'client-proxy/test-fetch.mjs': "import 'https';",
  'sequential/test-http-alone.js': "require('assert').equal(process.env.TEST_PARALLEL, '0');",
  'listen.js': "require('net').createServer().listen(0);",
};

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(tree, 'test', dirname(name)), { recursive: true });
    writeFileSync(join(tree, 'test', name), text);
  }
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly lines: readonly string[];
}

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [runner, ...args], (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
      resolve({ code: Number(error?.code ?? 0), lines });
    });
  });
}

it('reports how files end, counts them, and names the reason for each excluded file', async () => {
  const { code, lines } = await run(tree, '--host', '--timeout', '5');
  expect(code).toBe(0);
  expect(lines).toEqual(
    expect.arrayContaining(['fails parallel/test-http-fails.js', 'hangs parallel/test-http-hangs.js']),
  );
  const counts = ['5 passes', '1 fails', '1 hangs', '1 skips'];
  const excluded = ['--expose-internals', 'internalBinding', 'private _http_* names'];
  expect(lines).toEqual(expect.arrayContaining([...counts, ...excluded.map((reason) => `1 excluded: ${reason}`)]));
});

it('runs the tests of other modules that use http', async () => {
  const { lines } = await run(tree, '--others', '--host');
  expect(lines.slice(2)).toEqual(['3 passes', '']);
});

it('expects a failure on the lines of Node that its cause names', () => {
  const causes = { a: 'always', b: 'before 24: row b', c: 'since 24: row c' };
  expect(Object.keys(expectedOn(causes, 22))).toEqual(['a', 'b']);
  expect(Object.keys(expectedOn(causes, 24))).toEqual(['a', 'c']);
});

it('keeps the causes of what fails on other lines of Node', () => {
  const causes = { a: 'row a', b: 'before 1: row b', c: 'in some trees: row c', d: 'row d' };
  const counted = ['a', 'b', 'c', 'e'].map((name) => ({ name, outcome: name === 'e' ? 'fails' : 'passes' }));
  const { a: _, ...kept } = causes;
  expect(updated(causes, counted, 24)).toEqual({ ...kept, e: 'not investigated' });
});

it('accepts the folder test, and a filter', async () => {
  const { lines } = await run(join(tree, 'test'), '--host', '--filter', 'alone');
  expect(lines.slice(2)).toEqual(['1 passes', '']);
});

it('reports that it counts nothing without a folder', async () => {
  const { code, lines } = await run();
  expect(code).toBe(0);
  expect(lines[0]).toMatch(/^No folder .* nothing is counted\.$/);
});

it('rejects a folder without tests, and unknown options', async () => {
  for (const args of [[tmpdir()], [tree, '--jobs', 'many'], [tree, '--often']])
    expect((await run(...args)).code).toBe(2);
});
