import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A Lua script that runs in Redis as one step. All keys of one call must share a hash tag (Redis Cluster). */
export type Script = (redis: Redis, keys: string[], args: (string | number)[]) => Promise<unknown>;

/**
 * The first lines of a script that publishes: since Redis 7 a user with an ACL may use no channel by itself, and a script
 * that is refused half way has written already.
 * @param channel a Lua expression
 */
export function mayPublish(channel: string): string {
  return `if redis.acl_check_cmd and not redis.acl_check_cmd('PUBLISH', ${channel}, '') then
  return redis.error_reply('NOPERM this user may not publish to ' .. ${channel})
end
`;
}

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
