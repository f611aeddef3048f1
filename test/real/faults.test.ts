/** The handlers of faults.mjs: planted defects are found, and others have none. And the examples of docs/faults.md with packages. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = pathOf('.');
const PATIENCE = 120_000;

interface Line {
  readonly name: string;
  readonly expected?: readonly string[];
  readonly isFound?: boolean;
  readonly found: readonly { readonly verdict: string; readonly text: string; readonly steps: number }[];
}

it(
  'planted defects in handlers of Express, Fastify and Koa are found',
  async () => {
    const { stdout } = await run(process.execPath, ['--import', '../../dist/register.mjs', 'faults.mjs'], {
      cwd: folder,
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{"name"'));
    const programs = lines.map((line) => JSON.parse(line) as Line);
    expect(programs).toHaveLength(12);
    for (const { name, expected, isFound, found } of programs) {
      if (expected === undefined) expect([name, found]).toEqual([name, []]);
      else {
        expect([name, isFound, found]).toEqual([name, true, found]);
        expect(found.find(({ verdict }) => verdict === expected[0])!.steps).toBeLessThanOrEqual(6);
      }
    }
  },
  PATIENCE,
);

describe('docs/faults.md', () => {
  const blocks = [...readFileSync(pathOf('../../docs/faults.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)];
  // Fewer runs: what is to be seen is that they run.
  const programs = blocks.map(([, text]) => text!.replaceAll('runs: 250', 'runs: 20'));
  const find = (word: string): string => programs.find((text) => text.includes(word))!;
  /** Has the packages of test/real; the folder in it has statewire. */
  const parent = mkdtempSync(join(tmpdir(), 'statewire-faults-'));
  const project = join(parent, 'project');
  const env = { ...process.env, NODE_ENV: 'test', NODE_OPTIONS: '' };

  beforeAll(() => {
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(pathOf('../..'), join(project, 'node_modules', 'statewire'), 'junction');
    symlinkSync(pathOf('./node_modules'), join(parent, 'node_modules'), 'junction');
  });
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('has five examples with packages', () => {
    expect(programs).toHaveLength(5);
  });

  it.each(["'express'", "'fastify'", "'koa'"])(
    'the example of %s runs',
    async (name) => {
      const path = join(project, `${name.slice(1, -1)}.test.mjs`);
      writeFileSync(path, find(name));
      const options = ['--import', 'statewire/register', '--test', path];
      const { stdout } = await run(process.execPath, options, { cwd: project, env });
      expect(stdout).toMatch(/(# |ℹ )pass 1\b/);
    },
    PATIENCE,
  );

  it(
    'the example of vitest runs',
    async () => {
      writeFileSync(join(project, 'hello.test.mjs'), find("'vitest'"));
      symlinkSync(pathOf('../../node_modules/vitest'), join(project, 'node_modules', 'vitest'), 'junction');
      const vitest = pathOf('../../node_modules/vitest/vitest.mjs');
      const options = [vitest, 'run', '--root', project, 'hello.test.mjs'];
      const { stdout } = await run(process.execPath, options, { cwd: project, env: { ...env, NO_COLOR: '1' } });
      expect(stdout).toMatch(/Tests +1 passed/);
    },
    PATIENCE,
  );

  it(
    'the example of Jest runs',
    async () => {
      writeFileSync(join(project, 'jest.test.cjs'), find('require('));
      writeFileSync(join(project, 'package.json'), '{ "jest": { "testMatch": ["**/jest.test.cjs"] } }');
      const options = [pathOf('./node_modules/jest/bin/jest.js'), '--rootDir', project];
      const { stderr } = await run(process.execPath, options, { cwd: project, env });
      expect(stderr).toMatch(/Tests: +1 passed/);
    },
    PATIENCE,
  );
});
