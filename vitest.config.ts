import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/sequencer.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file has its own process, and its own key prefix or Redis; three at a time keep two cores
    // busy, since much of a file's time waits for sockets, browsers and Redis.
    globalSetup: 'test/support/global.ts',
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    maxWorkers: 3,
    testTimeout: 45_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
});
