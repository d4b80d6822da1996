import type { Redis } from 'ioredis';
import type { InboundMessage } from '../contract/index.ts';
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

/** What was discarded can be brought back for a day. */
const DISCARDED_FOR_MS = 86_400_000;
/** A turn that was under way when its conversation was erased has noticed by then. */
const ERASED_KNOWN_FOR_MS = 86_400_000;

/**
 * KEYS letters times of-conversation erased. ARGV id, JSON, at, oldest that is kept, most that are kept, kept for (ms), when
 * its words came in. What is too old or too much goes. Returns -1 when the conversation was erased since its words came in.
 */
const add = createScript(`
local erased = redis.call('GET', KEYS[4])
if erased and tonumber(ARGV[7]) <= tonumber(erased) then return -1 end
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[6])
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

/** KEYS letters times discarded discarded-times of-conversation erased. ARGV known as erased for (ms). */
const erase = createScript(`
local time = redis.call('TIME')
redis.call('SET', KEYS[6], time[1] * 1000 + math.floor(time[2] / 1000), 'PX', ARGV[1])
for _, id in ipairs(redis.call('SMEMBERS', KEYS[5])) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[4], id)
end
return redis.call('DEL', KEYS[5])`);

function keysUnder(prefix: string) {
  const base = `${prefix}:{dead-letters}`;
  return {
    keys: [`${base}:letters`, `${base}:times`] as [string, string],
    bin: [`${base}:discarded`, `${base}:discarded-times`] as [string, string],
    /** Set: the ids of a conversation's letters; and when it was erased last (ms, by Redis's clock). */
    of: (conversation: string) => [`${base}:of:${conversation}`, `${base}:erased:${conversation}`],
  };
}

/** Deletes a conversation's letters, the discarded ones too; a turn of it that is under way now leaves none. */
export async function eraseLetters(redis: Redis, prefix: string, conversation: string): Promise<void> {
  const { keys, bin, of } = keysUnder(prefix);
  await erase(redis, [...keys, ...bin, ...of(conversation)], [ERASED_KNOWN_FOR_MS]);
}

export type DeadLetters = ReturnType<typeof createDeadLetters>;

/** The turns that failed for good, newest first, bounded by age and number. */
export function createDeadLetters(options: { redis: Redis; prefix: string; keepMs: number; most: number }) {
  const { redis, prefix } = options;
  const { keys, bin, of } = keysUnder(prefix);
  const [letters, times] = keys;
  const [discarded, discardedTimes] = bin;

  return {
    /**
     * Written before the turn is committed, so a crash between the two writes the same letter again.
     * @param since when its first words came in (ms since the epoch): nothing is kept of what was erased after that
     */
    async add(letter: DeadLetter, since: number): Promise<void> {
      const { id, at, conversation } = letter;
      const keepMs = options.keepMs + DISCARDED_FOR_MS;
      const args = [id, JSON.stringify(letter), at, `(${at - options.keepMs}`, options.most, keepMs, since];
      await add(redis, [...keys, ...of(conversation)], args);
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
      const { letter } = JSON.parse(json) as Discarded;
      await this.add(letter, letter.at);
      await remove(redis, bin, [id]);
      return true;
    },
    /** True if it was there. */
    async remove(id: string): Promise<boolean> {
      return (await remove(redis, keys, [id])) === 1;
    },
  };
}
