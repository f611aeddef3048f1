import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that compute for minutes, longest first. They begin first, so that no core waits for the last one. */
const LONG = ['mutation.test.ts', 'laws.test.ts', 'equality.machines.test.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const long = LONG.flatMap((name) => files.filter(({ moduleId }) => moduleId.endsWith(name)));
    const others = files.filter((file) => !long.includes(file));
    return [...long, ...(await super.sort(others))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need packages that only test/real has.
    exclude: [...configDefaults.exclude, 'test/real/**'],
    // One for each core. By default one core is left to Vitest itself, which has little to do.
    maxWorkers: '100%',
    // Machines are walked by XState with much garbage: a third of the time of the longest tests.
    execArgv: ['--max-semi-space-size=64'],
    testTimeout: 60_000, // A hanging test. Those that compute for long have more.
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
  },
});
