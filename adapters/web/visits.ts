import type { Redis } from 'ioredis';
import { createScript } from '../../src/redis/script.ts';
import { visitsKey } from './keys.ts';

/** What a session wrote that never came back goes a day after its last message. */
const ONCE_KEPT_MS = 86_400_000;
/** A call so long after a session's first message is a later visit. */
const LATER_MS = 3_600_000;
const RETURNED = 'returned';

/**
 * A session calls. KEYS visits. ARGV now, it writes (0|1), a later visit begins after (ms), kept for (ms) when seen once, and
 * when it returned. Returns 0: seen once at most; 1: it has just returned; 2: it returned before.
 */
const visit = createScript(`
local first = redis.call('GET', KEYS[1])
if first == '${RETURNED}' then
  if ARGV[2] == '1' then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
  return 2
end
if first and ARGV[1] - first >= tonumber(ARGV[3]) then
  redis.call('SET', KEYS[1], '${RETURNED}', 'PX', ARGV[5])
  return 1
end
if ARGV[2] == '1' then redis.call('SET', KEYS[1], first or ARGV[1], 'PX', ARGV[4]) end
return 0`);

export type Visits = ReturnType<typeof createVisits>;

/**
 * Which sessions came back. Anyone can write without an account and never be seen again; what they wrote is kept for a day
 * only, until a later visit.
 * @param options.prolong keeps a session's earlier conversations as long as is configured
 */
export function createVisits(options: {
  redis: Redis;
  prefix: string;
  keepMs: number;
  prolong(session: string): Promise<void>;
}) {
  const { redis, prefix, keepMs, prolong } = options;
  const once = Math.min(ONCE_KEPT_MS, keepMs);

  async function see(session: string, writes: boolean): Promise<boolean> {
    const args = [Date.now(), writes ? 1 : 0, LATER_MS, once, keepMs];
    const seen = await visit(redis, [visitsKey(prefix, session)], args);
    if (seen === 1) await prolong(session);
    return seen !== 0;
  }

  return {
    /** Any call of a session but a message. */
    async note(session: string): Promise<void> {
      await see(session, false);
    },
    /** A session writes: how long what is kept of the conversation goes after this message; undefined: as is configured. */
    async lifetime(session: string): Promise<number | undefined> {
      return (await see(session, true)) ? undefined : once;
    },
  };
}
