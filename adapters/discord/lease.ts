/**
 * Which of several processes with one token listens: the one that started last, so that a restart or a new version takes
 * over at once; when it dies, another. Two that listen for a moment do no harm, since a message's id makes it one; so the
 * lease needs an order and an end, and no lock.
 */
import { randomUUID } from 'node:crypto';
import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';

const KEY = 'listener';
/** What is written when the listener stops; before every id. */
const NOBODY = '-';

export interface LeasePace {
  /** A listener that did not renew it for so long is dead; s. */
  lifetimeS: number;
  renewEveryMs: number;
}

export const LEASE_PACE: LeasePace = { lifetimeS: 12, renewEveryMs: 3_000 };

/**
 * @param options.onGained this process is to listen
 * @param options.onLost another one listens
 */
export function createLease(options: { store: Store; pace: LeasePace; onGained(): void; onLost(): void; log: Logger }) {
  const { store, pace, log } = options;
  /** In the order of their starts, so that two who write at the same time agree on the next look. */
  const id = `${Date.now().toString(36).padStart(9, '0')}-${randomUUID()}`;
  let ours = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function write(): Promise<void> {
    await store.set(KEY, id, pace.lifetimeS);
    if (ours || stopped) return;
    ours = true;
    options.onGained();
  }

  async function renew(): Promise<void> {
    const holder = await store.get(KEY);
    if (stopped) return;
    if (holder === null || holder <= id) return write();
    if (ours) {
      ours = false;
      options.onLost();
    }
  }

  function plan(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      // Redis is away, for the others too: whoever listens goes on.
      renew()
        .catch((error) => log.debug({ err: error }, 'the lease could not be renewed'))
        .finally(plan);
    }, pace.renewEveryMs).unref();
  }

  return {
    /** Takes it from whoever has it, and keeps it, or waits for it. @throws Redis's errors */
    async take(): Promise<void> {
      await write();
      plan();
    },

    /** Leaves it to the next. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      if (!ours) return;
      ours = false;
      // It ends by itself where Redis is away.
      await leave().catch((error) => log.debug({ err: error }, 'the lease is not given up'));
    },
  };

  async function leave(): Promise<void> {
    if ((await store.get(KEY)) === id) await store.set(KEY, NOBODY, pace.lifetimeS);
  }
}
