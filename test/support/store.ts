import type { Store } from '../../src/contract/index.ts';

/** What an adapter's processes share, for a test that has one process. */
export function createMemoryStore(): Store {
  const values = new Map<string, string>();
  return {
    get: async (key) => values.get(key) ?? null,
    async set(key, value) {
      values.set(key, value);
    },
  };
}
