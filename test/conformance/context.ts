import { pino } from 'pino';
import type { AdapterContext } from '../../src/contract/index.ts';
import { createMemoryStore } from '../support/store.ts';

/** All that an adapter borrows: no log, no limits, and a store of its own. */
export function createTestContext(): AdapterContext {
  return {
    log: pino({ level: 'silent' }),
    limits: { take: async () => 0 },
    store: createMemoryStore(),
    maxReplyMessages: 50,
    onPlatformError() {},
  };
}
