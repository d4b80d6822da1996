import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file has its own process, and its own key prefix or Redis; two cores, two files at a time.
    globalSetup: 'test/support/global.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 45_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
});
