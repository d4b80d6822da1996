import type { Redis } from 'ioredis';
import type { Limits, Store } from '../contract/index.ts';
import { createScript } from './script.ts';

/** KEYS: bucket. ARGV: calls a minute, burst, cost. Redis's own clock, so that all processes agree. Returns ms to wait, 0: taken. */
const take = createScript(`
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
local rate, burst, cost = tonumber(ARGV[1]) / 60000, tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(kept[1]) or burst) + (ms - (tonumber(kept[2]) or ms)) * rate)
local wait = 0
if tokens >= cost then tokens = tokens - cost else wait = math.ceil((cost - tokens) / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', ms)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate) + 1000)
return wait`);

/**
 * Token buckets that all processes share. Each platform counts by workspace or channel, not by process.
 */
export function createLimits(redis: Redis, prefix: string): Limits {
  return {
    async take(bucket, perMinute, burst = Math.max(1, Math.floor(perMinute / 4)), cost = 1) {
      return Number(await take(redis, [`${prefix}:limit:${bucket}`], [perMinute, burst, Math.min(cost, burst)]));
    },
  };
}

/** Limits that never wait (`PLATFORM_LIMITS=off`: a test host, the bench). */
export const noLimits: Limits = { take: async () => 0 };

/** Small values of one adapter, e.g. people's names, shared by its processes; every value has a lifetime. */
export function createStore(redis: Redis, prefix: string, platform: string): Store {
  const keyOf = (key: string): string => `${prefix}:${platform}:store:${key}`;
  return {
    get: (key) => redis.get(keyOf(key)),
    async set(key, value, lifetimeSeconds) {
      await redis.set(keyOf(key), value, 'EX', lifetimeSeconds);
    },
  };
}
