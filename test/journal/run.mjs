/** `npm run test:journal`: everything of the journal, of which `npm test` does a share: all conversations, walks, mutants, fuzzed files. */
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npx', ['vitest', 'run', 'test/journal'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, JOURNAL: 'all' },
});
process.exit(status ?? 1);
