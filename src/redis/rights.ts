/** What a Redis user with an ACL must be allowed. docs/redis.md has it as one `ACL SETUSER` line. */
import type { Redis } from 'ioredis';

/** Every command that Chasqui and BullMQ use, with the fewest arguments that it takes; `k` is a key. */
const CALLS = `
append k v|bzpopmin k 1|del k|eval return 1|evalsha 0|exists k|expire k 1|get k|getdel k|hdel k f|hexists k f|hget k f
hgetall k|hincrby k f 1|hkeys k|hlen k|hmget k f|hmset k f v|hrandfield k 1|hscan k 0|hset k f v|hsetnx k f v|incr k|incrby k 1
info|lindex k 0|llen k|lpop k|lpos k v|lpush k v|lrange k 0 1|lrem k 0 v|lset k 0 v|ltrim k 0 1|mget k|persist k|pexpire k 1
pexpireat k 1|pfadd k v|pfcount k|ping|pttl k|rename k k|rpop k|rpoplpush k k|rpush k v|sadd k v|scan 0|scard k|set k v
sismember k v|smembers k|srem k v|sscan k 0|time|type k|unlink k|xadd k * f v|xdel k 0-1|xlen k|xrange k - +
xread STREAMS k 0|xrevrange k + -|xtrim k MAXLEN 1|zadd k 1 v|zcard k|zcount k 0 1|zlexcount k - +|zpopmin k|zrange k 0 1
zrangebylex k - +|zrangebyscore k 0 1|zrem k v|zremrangebyrank k 0 1|zremrangebyscore k 0 1|zrevrange k 0 1
zrevrangebyscore k 1 0|zscore k v`
  .trim()
  .split(/[|\n]/)
  .map((call) => call.split(' ') as [string, ...string[]])
  .map(([name, ...args]) => (name.startsWith('eval') ? [name, args.join(' '), '1', 'k'] : [name, ...args]));

/** The names of the commands, in lower case. */
export const COMMANDS: readonly string[] = [...CALLS.map(([name]) => name as string), 'multi', 'publish', 'subscribe'];

/** The rights as `ACL SETUSER` takes them. */
export function rightsOf(prefix: string): string {
  const keys = keyPatterns(prefix).map((pattern) => `~${pattern}`);
  return `${keys.join(' ')} resetchannels &${prefix}:* +@all -@admin -@dangerous +info`;
}

const keyPatterns = (prefix: string): [string, string] => [`${prefix}:*`, `{${prefix}-queue-*}:*`];

/**
 * Asks what this connection's user may not do, in a transaction that is given up: Redis refuses when a command is queued,
 * and none is run. The connection may be a subscriber's afterwards, and cannot be used again.
 * @returns e.g. `the keys {chasqui-queue-*}:*`, `the command info`; none when nothing is missing
 */
export async function missingRights(redis: Redis, prefix: string): Promise<string[]> {
  const [ours, queues] = keyPatterns(prefix);
  const channel = `${prefix}:doctor`;
  const missing = new Set<string>();
  const note = (error: unknown, call: string[], keys: string): void => {
    const text = (error as Error).message;
    if (!text.startsWith('NOPERM')) return; // E.g. MOVED: a Cluster's other node has that key.
    if (/channel/i.test(text)) missing.add(`the channels ${prefix}:*`);
    else if (/\bkeys?\b/i.test(text)) missing.add(`the keys ${keys}`);
    else missing.add(`the command ${call[0]}`);
  };
  const ask = async (call: string[], keys = ours): Promise<boolean> => {
    const [name = '', ...args] = call;
    try {
      await redis.call(name, ...args);
      return true;
    } catch (error) {
      note(error, call, keys);
      return false;
    }
  };

  // Without a transaction they would be run.
  if (!(await ask(['multi']))) return [...missing];
  const keys: [string, string][] = [
    [ours, `${prefix}:{doctor}`],
    [queues, `{${prefix}-queue-0}:doctor`],
  ];
  const calls = keys.flatMap(([pattern, key]) =>
    CALLS.map((call) =>
      ask(
        call.map((part) => (part === 'k' ? key : part)),
        pattern,
      ),
    ),
  );
  await Promise.all([...calls, ask(['publish', channel, ''])]);
  await ask(['discard']);
  await redis.subscribe(channel).catch((error) => note(error, ['subscribe'], ours));
  return [...missing];
}
