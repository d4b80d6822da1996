/** Who owns the browser: one process, by a lease in Redis with a token that only grows. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from '../../../src/log/logger.ts';
import { createScript } from '../../../src/redis/script.ts';

export interface LeasePace {
  /** Without being renewed the lease ends after this; ms. */
  lifetimeMs: number;
  /** Between two attempts to take or to renew it; ms. */
  renewEveryMs: number;
}

export const LEASE_PACE: LeasePace = { lifetimeMs: 12_000, renewEveryMs: 3_000 };

/** KEYS: owner, fence. ARGV: our id, ms. Returns the fencing token when it is ours (again), else 0. */
const take = createScript(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if owner then return tonumber(redis.call('GET', KEYS[2]) or '1') end
return redis.call('INCR', KEYS[2])`);

/** KEYS: owner. ARGV: our id. */
const giveUp = createScript(
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
);

/**
 * Tries for the lease until it is stopped.
 * @param options.onGained the lease is ours from now on
 * @param options.onLost somebody else has it: whatever was done with it must end
 */
export function createLease(options: {
  redis: Redis;
  keys: { owner: string; fence: string };
  pace: LeasePace;
  onGained(fence: number): void;
  onLost(): void;
  log: Logger;
}) {
  const { redis, keys, pace, log } = options;
  const id = randomUUID();
  let fence = 0;
  let until = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function attempt(): Promise<void> {
    const asked = performance.now();
    try {
      const got = Number(await take(redis, [keys.owner, keys.fence], [id, pace.lifetimeMs]));
      if (stopped) return;
      if (got > 0) {
        until = asked + pace.lifetimeMs;
        if (fence === got) return;
        // Another number: somebody else may have had it in between.
        if (fence > 0) options.onLost();
        fence = got;
        options.onGained(got);
      } else if (fence > 0) {
        fence = 0;
        options.onLost();
      }
    } catch (error) {
      // Redis is away, for the others too; the lease runs out meanwhile, and nothing is sent until it is renewed.
      log.debug({ err: error }, 'the lease of WhatsApp’s browser could not be renewed');
    }
  }

  async function keep(): Promise<void> {
    if (stopped) return;
    await attempt();
    if (!stopped) timer = setTimeout(() => void keep(), pace.renewEveryMs);
  }

  return {
    id,
    start: keep,
    /** Whether the lease is ours at this very moment. */
    isOurs: (): boolean => fence > 0 && performance.now() < until,
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      const ours = fence > 0;
      fence = 0;
      // It runs out by itself where Redis is away.
      if (ours)
        await giveUp(redis, [keys.owner], [id]).catch((error) => log.debug({ err: error }, 'lease not given up'));
    },
  };
}
