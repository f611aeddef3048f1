/** The program printed for a failure runs. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Role, roles } from './roles.js';

const cwd = fileURLToPath(new URL('../..', import.meta.url));

describe('a printed program', () => {
  for (const [name, { cases, print }] of Object.entries(roles) as [string, Role<unknown>][]) {
    it(`runs on its own (${name})`, () => {
      const [one] = fc.sample(cases, { numRuns: 1, seed: 3 });
      const input = print(one);
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
        cwd,
        input,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toContain('the end');
    });
  }
});
