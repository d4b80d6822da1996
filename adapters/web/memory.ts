import type { Redis } from 'ioredis';
import type { Logger } from '../../src/log/logger.ts';
import { ApiError } from './errors.ts';

/** Of Redis's `maxmemory`. The rest is for the platforms whose people are known. */
const MOST_USED = 0.8;
const LOOK_EVERY_MS = 2_000;
const RETRY_S = 60;

export type MemoryGuard = ReturnType<typeof createMemoryGuard>;

/**
 * Closes the web chat before Redis is full: whoever has no account can write as much as they like, and the messages of all
 * platforms share one memory. Without a `maxmemory` it never closes.
 */
export function createMemoryGuard({ redis, log }: { redis: Redis; log: Logger }) {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  async function look(): Promise<void> {
    lookedAt = Date.now();
    // Redis is away, or may not be asked: a call that stores something finds out by itself.
    const info = await redis.info('memory').catch(() => '');
    const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    const used = field('used_memory');
    const most = field('maxmemory');
    const full = most > 0 && used > MOST_USED * most;
    if (full && !closed) log.error({ used, most }, 'Redis is nearly full: the web chat takes no messages');
    if (!full && closed) log.info({ used, most }, 'Redis has room again: the web chat takes messages');
    closed = full;
  }

  return {
    /** @throws ApiError 503 while Redis is nearly full */
    async check(): Promise<void> {
      if (Date.now() - lookedAt > LOOK_EVERY_MS) await look();
      if (!closed) return;
      const text = 'The assistant has no room for new messages just now. Please try again later.';
      throw new ApiError(503, 'memory_low', text, RETRY_S);
    },
  };
}
