import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // Worker threads would share one addon and its thread pool between test files; forks keep them apart.
    pool: 'forks',
    // On two processors the default is one test file at a time, and many files wait for processes or timers.
    maxWorkers: '100%',
    testTimeout: 60_000,
  },
});
