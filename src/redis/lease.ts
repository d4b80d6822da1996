/**
 * A lease: of several processes, one holds it and does what only one may do. When it dies, another takes over. There are
 * two ways to claim it, by how much harm two holders at once would do.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Store } from '../contract/index.ts';
import type { Logger } from '../log/logger.ts';
import { createScript } from './script.ts';

export interface LeaseTiming {
  /** A lease that was not renewed for this long is free; ms. */
  lifetimeMs: number;
  /** Between two attempts to take or renew it; ms. */
  renewEveryMs: number;
}

export const LEASE_TIMING: LeaseTiming = { lifetimeMs: 12_000, renewEveryMs: 3_000 };

/** How a lease is claimed. Each call throws Redis's errors. */
export interface Claim {
  /**
   * @param id ids sort by when their process started
   * @param starting the first attempt of this process
   * @returns the fencing token if the lease is ours, else 0. Another token: another process may have held it in between
   */
  take(id: string, lifetimeMs: number, starting: boolean): Promise<number>;
  release(id: string, lifetimeMs: number): Promise<unknown>;
}

/** KEYS: owner, fence. ARGV: our id, ms. Returns the fencing token if it is ours, else 0. */
const takeIfFree = createScript(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if owner then return tonumber(redis.call('GET', KEYS[2]) or '1') end
return redis.call('INCR', KEYS[2])`);

/** KEYS: owner. ARGV: our id. */
const releaseIfOurs = createScript(
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
);

/** First come, first served: the holder keeps it until it stops or dies. The fencing token grows with every holder. */
export function firstClaim(redis: Redis, keys: { owner: string; fence: string }): Claim {
  return {
    take: async (id, lifetimeMs) => Number(await takeIfFree(redis, [keys.owner, keys.fence], [id, lifetimeMs])),
    release: (id) => releaseIfOurs(redis, [keys.owner], [id]),
  };
}

/** Written when the holder stops; sorts before every id. */
const NOBODY = '-';

/**
 * The process that started last takes it over at once, so that a new version replaces the old one without a gap. Two may
 * hold it for a moment: only for work that does no harm when done twice.
 */
export function newestClaim(store: Store, key: string): Claim {
  const write = (value: string, lifetimeMs: number) => store.set(key, value, Math.ceil(lifetimeMs / 1_000));
  return {
    async take(id, lifetimeMs, starting) {
      const holder = starting ? null : await store.get(key);
      if (holder !== null && holder > id) return 0;
      await write(id, lifetimeMs);
      return 1;
    },
    async release(id, lifetimeMs) {
      if ((await store.get(key)) === id) await write(NOBODY, lifetimeMs);
    },
  };
}

/**
 * Claims the lease until it is stopped.
 * @param options.onGained the lease is ours from now on
 * @param options.onLost another process holds it: whatever was done with it must end
 */
export function createLease(options: {
  claim: Claim;
  timing: LeaseTiming;
  onGained(fence: number): void;
  onLost(): void;
  log: Logger;
}) {
  const { claim, timing, log } = options;
  const { lifetimeMs, renewEveryMs } = timing;
  const id = `${Date.now().toString(36).padStart(9, '0')}-${randomUUID()}`;
  let starting = true;
  let fence = 0;
  let until = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function attempt(): Promise<void> {
    const asked = performance.now();
    const got = await claim.take(id, lifetimeMs, starting);
    if (stopped) {
      // It may have been taken after `stop` gave it up.
      if (got > 0) await claim.release(id, lifetimeMs);
      return;
    }
    starting = false;
    if (got > 0) until = asked + lifetimeMs;
    if (got === fence) return;
    const before = fence;
    fence = got;
    if (before > 0) options.onLost();
    if (got > 0) options.onGained(got);
  }

  function plan(): void {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => {
      // Redis is away for the others too; meanwhile `isOurs` says when the lease has run out.
      attempt()
        .catch((error) => log.debug({ err: error }, 'could not renew the lease'))
        .finally(plan);
    }, renewEveryMs).unref();
  }

  return {
    id,

    /** Claims it now and keeps trying from then on, even if this attempt fails. @throws Redis's errors, of this attempt */
    start: (): Promise<void> => attempt().finally(plan),

    /** Whether the lease is ours at this very moment. */
    isOurs: (): boolean => fence > 0 && performance.now() < until,

    /** Leaves it to the next. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      if (fence === 0) return;
      fence = 0;
      // Where Redis is away, it runs out.
      await claim.release(id, lifetimeMs).catch((error) => log.debug({ err: error }, 'could not release the lease'));
    },
  };
}
