import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  // The programs are processes: as many at a time as there are cores.
  test: { include: ['test/real/*.test.ts'], maxConcurrency: availableParallelism() },
});
