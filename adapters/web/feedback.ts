import type { Redis } from 'ioredis';
import { webKeys } from './keys.ts';

export type Feedback = ReturnType<typeof createFeedback>;

/** What a person thought of each answer, as their own page shows it. */
export function createFeedback(options: { redis: Redis; prefix: string; keepMs: number }) {
  const { redis, prefix, keepMs } = options;
  return {
    /** Keeps a judgement; false when no such answer was given in this conversation. */
    async set(conversation: string, turn: string, value: 'good' | 'bad' | 'none'): Promise<boolean> {
      const { feedback, finished } = webKeys(prefix, conversation);
      if ((await redis.zscore(finished, turn)) === null) return false;
      if (value === 'none') await redis.hdel(feedback, turn);
      else await redis.multi().hset(feedback, turn, value).pexpire(feedback, keepMs).exec();
      return true;
    },

    /** Turn → judgement. */
    all: (conversation: string): Promise<Record<string, string>> =>
      redis.hgetall(webKeys(prefix, conversation).feedback),
  };
}
