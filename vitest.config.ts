import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // Worker threads would share one addon and its thread pool between test files; forks keep them apart.
    pool: 'forks',
    testTimeout: 60_000,
  },
});
