import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A Lua script that runs in Redis as one step. All keys of one call must share a hash tag (Redis Cluster). */
export type Script = (redis: Redis, keys: string[], args: (string | number)[]) => Promise<unknown>;

/** Calls by hash, and sends the text only when Redis does not know it (first use, or after a restart). */
export function createScript(lua: string): Script {
  const hash = createHash('sha1').update(lua).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('NOSCRIPT')) throw error;
      return await redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}
