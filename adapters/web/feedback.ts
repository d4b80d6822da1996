import type { Redis } from 'ioredis';
import { createScript } from '../../src/redis/script.ts';
import { webKeys } from './keys.ts';

type Judgement = 'good' | 'bad' | 'none';

/** KEYS feedback finished. ARGV turn, judgement. Returns the judgement before, or nil when there is no such turn. */
const judge = createScript(`
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return nil end
local before = redis.call('HGET', KEYS[1], ARGV[1]) or 'none'
if ARGV[2] == 'none' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[2]))
return before`);

export type Feedback = ReturnType<typeof createFeedback>;

/** What a person thought of each answer, as their own page shows it. */
export function createFeedback(options: { redis: Redis; prefix: string }) {
  const { redis, prefix } = options;
  return {
    /** Keeps a judgement; returns the one before, or null when no such answer was given in this conversation. */
    async set(conversation: string, turn: string, value: Judgement): Promise<Judgement | null> {
      const { feedback, finished } = webKeys(prefix, conversation);
      return (await judge(redis, [feedback, finished], [turn, value])) as Judgement | null;
    },

    /** Why an answer is bad: true the first time, false when the person has said so before. */
    async why(conversation: string, turn: string): Promise<boolean> {
      return (await redis.hsetnx(webKeys(prefix, conversation).feedback, `why:${turn}`, '1')) === 1;
    },

    /** Turn → judgement, of those among these turns that were judged. */
    async of(conversation: string, turns: readonly string[]): Promise<Record<string, string>> {
      if (turns.length === 0) return {};
      const values = await redis.hmget(webKeys(prefix, conversation).feedback, ...turns);
      return Object.fromEntries(turns.flatMap((turn, n): [string, string][] => (values[n] ? [[turn, values[n]]] : [])));
    },
  };
}
