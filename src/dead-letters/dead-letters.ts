import type { Redis } from 'ioredis';
import type { InboundMessage } from '../../adapters/contract.ts';
import type { Failure } from '../conversation/records.ts';
import { createScript } from '../redis/script.ts';

/** A turn that ended without an answer that people saw, with all that is needed to try it again. */
export interface DeadLetter {
  v: 1;
  /** The turn's id. */
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  conversation: string;
  platform: string;
  failure: Failure;
  attempts: number;
  /** What the people were told; null when even that could not be posted. */
  told: string | null;
  messages: InboundMessage[];
}

/**
 * KEYS letters times. ARGV id, JSON, at, oldest that is kept, most that are kept. What is too old or too much goes.
 */
const add = createScript(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])
local over = redis.call('ZCARD', KEYS[2]) - #gone - tonumber(ARGV[5])
if over > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], #gone, #gone + over - 1)) do gone[#gone + 1] = id end
end
for _, id in ipairs(gone) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
return #gone`);

/** What was discarded can be brought back for a day. */
const DISCARDED_FOR_MS = 86_400_000;

export interface Discarded {
  letter: DeadLetter;
  by: string;
  why: string;
}

/** KEYS letters times discarded discarded-times. ARGV id, by and why as JSON, now, oldest that is kept. Returns 1 if it was there. */
const discard = createScript(`
local json = redis.call('HGET', KEYS[1], ARGV[1])
if not json then return 0 end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ARGV[4])) do
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[4], id)
end
redis.call('HSET', KEYS[3], ARGV[1], '{"letter":' .. json .. ',' .. string.sub(ARGV[2], 2))
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1`);

/** KEYS letters times. ARGV id. Returns 1 if it was there. */
const remove = createScript(`
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`);

export type DeadLetters = ReturnType<typeof createDeadLetters>;

/** The turns that failed for good, newest first, bounded by age and number. */
export function createDeadLetters(options: { redis: Redis; prefix: string; keepMs: number; most: number }) {
  const { redis, prefix } = options;
  const keys = [`${prefix}:{dead-letters}:letters`, `${prefix}:{dead-letters}:times`];
  const [letters, times] = keys as [string, string];
  const bin = [`${prefix}:{dead-letters}:discarded`, `${prefix}:{dead-letters}:discarded-times`];
  const [discarded, discardedTimes] = bin as [string, string];

  return {
    /** Written before the turn is committed, so a crash between the two writes the same letter again. */
    async add(letter: DeadLetter): Promise<void> {
      const { id, at } = letter;
      await add(redis, keys, [id, JSON.stringify(letter), at, `(${at - options.keepMs}`, options.most]);
    },
    /** Newest first. */
    async list(count = 100, offset = 0): Promise<DeadLetter[]> {
      const ids = await redis.zrevrange(times, offset, offset + count - 1);
      if (ids.length === 0) return [];
      const found = await redis.hmget(letters, ...ids);
      return found.flatMap((json) => (json ? [JSON.parse(json) as DeadLetter] : []));
    },
    async get(id: string): Promise<DeadLetter | null> {
      const json = await redis.hget(letters, id);
      return json ? (JSON.parse(json) as DeadLetter) : null;
    },
    count: (): Promise<number> => redis.zcard(times),
    /** Gives a turn up; it can be brought back for a day. False: it was not there. */
    async discard(id: string, note: { by: string; why: string }): Promise<boolean> {
      const now = Date.now();
      return (await discard(redis, [...keys, ...bin], [id, JSON.stringify(note), now, now - DISCARDED_FOR_MS])) === 1;
    },
    /** The last discarded first. */
    async discarded(count: number): Promise<Discarded[]> {
      const since = Date.now() - DISCARDED_FOR_MS;
      const ids = await redis.zrevrangebyscore(discardedTimes, '+inf', since, 'LIMIT', 0, count);
      if (ids.length === 0) return [];
      const found = await redis.hmget(discarded, ...ids);
      return found.flatMap((json) => (json ? [JSON.parse(json) as Discarded] : []));
    },
    /** Brings a discarded turn back among those that failed. False: it was not there. */
    async restore(id: string): Promise<boolean> {
      const json = await redis.hget(discarded, id);
      if (!json) return false;
      // A crash in between leaves it in both places, and loses nothing.
      await this.add((JSON.parse(json) as Discarded).letter);
      await remove(redis, bin, [id]);
      return true;
    },
    /** True if it was there. */
    async remove(id: string): Promise<boolean> {
      return (await remove(redis, keys, [id])) === 1;
    },
  };
}
