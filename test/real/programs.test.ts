/**
 * Programs on packages in wide use. Each runs on node:http and on statewire, in processes of its own, and must print the same.
 * `npm ci --prefix test/real` and `npm run build` come first.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PATIENCE = 40_000;

/** The one flag, with the build in place of the installed package. */
const SWAPPED = ['--import', new URL('../../dist/register.mjs', import.meta.url).href];

async function printed(
  program: string | readonly string[],
  options: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string[]> {
  const args = typeof program === 'string' ? [pathOf(program)] : program;
  const { stdout } = await run(process.execPath, [...options, ...args], {
    cwd: pathOf('.'),
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    timeout: PATIENCE,
    maxBuffer: 2 ** 24,
  });
  return stdout.split('\n');
}

/** The programs of a folder. Others in it are their parts. */
function programsOf(folder: string): string[] {
  const parts = ['express.mjs', 'nock.mjs'];
  return readdirSync(pathOf(folder)).filter((name) => folder !== './programs' || !parts.includes(name));
}

it('has its packages', () => expect(existsSync(pathOf('./node_modules')), 'npm ci --prefix test/real').toBe(true));

it('replaces node:http for require and import', async () => {
  const ours = JSON.stringify(pathOf('../../dist/index.cjs'));
  const program = `import { Server } from 'node:http';
    import { createRequire } from 'node:module';
    const require = createRequire(${ours});
    console.log([Server, require('http').Server].map((each) => each === require(${ours}).Server).join());`;
  const args = ['--input-type=module', '--eval', program];
  expect(await printed(args, SWAPPED)).toEqual(['true,true', '']);
  expect(await printed(args, [])).toEqual(['false,false', '']);
});

describe.concurrent('a program whose node:http is statewire prints what it prints on node:http', () => {
  it.each(programsOf('./programs'))('%s', { timeout: 2 * PATIENCE }, async (name) => {
    const expected = await printed(`./programs/${name}`, []);
    expect(expected.length).toBeGreaterThan(10);
    expect(await printed(`./programs/${name}`, SWAPPED)).toEqual(expected);
  });
});

describe.concurrent('a program that imports statewire, while its packages import node:http, prints the same', () => {
  it.each(programsOf('./unswapped'))('%s', { timeout: 2 * PATIENCE }, async (name) => {
    const expected = await printed(`./unswapped/${name}`, []);
    expect(expected.length).toBeGreaterThan(10);
    expect(await printed(`./unswapped/${name}`, [], { HTTP: pathOf('../../dist/index.mjs') })).toEqual(expected);
  });
});
