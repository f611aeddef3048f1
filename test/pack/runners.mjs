/** Checks with Node's own flags and workers, and with test runners. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { node, run } from './run.mjs';

/** What `--experimental-permission` was called until Node 22. */
const permission = ['--permission', '--experimental-permission'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);

export const runners = {
  'Node, ESM': { check: ({ project }) => node('main.mjs', project) },
  'Node, CommonJS': { check: ({ project }) => node('main.cjs', project) },
  tsx: { check: ({ project, bin }) => run(bin('tsx'), ['typed.mts'], project) },
  Jest: { check: ({ project, bin }) => run(bin('jest'), ['--ci', 'jest.test.cjs'], project), prints: '1 passed' },
  vitest: {
    check({ project, tools, bin }) {
      symlinkSync(join(tools, 'node_modules', 'vitest'), join(project, 'node_modules', 'vitest'));
      return run(bin('vitest'), ['run', 'vitest.test.mjs'], project);
    },
    prints: '1 passed',
  },
  '`node:test`': { check: ({ project }) => node('node.test.mjs', project, ['--test']), prints: 'pass 1' },
  '`worker_threads`': { check: ({ project }) => node('worker.mjs', project) },
  '`--permission` (`--experimental-permission` before 22.13)': {
    check: ({ project }) => node('main.mjs', project, [permission, `--allow-fs-read=${project}/*`]),
  },
  '`--watch`': { check: ({ project }) => node('main.mjs', project, ['--watch'], { until: 'served /page' }) },
};
