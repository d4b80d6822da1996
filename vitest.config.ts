import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file gets its own process and its own Redis database or key prefix; two cores, two files at a time.
    globalSetup: 'test/support/global.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 45_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
});
