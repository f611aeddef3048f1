import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need packages that only test/real has.
    exclude: [...configDefaults.exclude, 'test/real/**'],
    // One for each core. By default one core is left to Vitest itself, which has little to do.
    maxWorkers: '100%',
    testTimeout: 60_000, // A hanging test. Those that compute for long have more.
    hookTimeout: 60_000,
  },
});
