/** The handlers of faults.mjs: planted defects are found, and others have none. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
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
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', '../../dist/register.mjs', 'faults.mjs'],
      { cwd: folder },
    );
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
