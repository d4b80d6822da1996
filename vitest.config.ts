import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file gets its own process and its own Redis database or key prefix. Most of a test is waiting, so two cores
    // take three files at a time.
    globalSetup: 'test/support/global.ts',
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 45_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
});
