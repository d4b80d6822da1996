/** For the sweeper and the queue: what waits in a conversation, and whether people know that they wait. */
import type { InboundMessage } from '../../contract/index.ts';
import { createScript } from '../../redis/script.ts';
import { KEPT } from '../lua.ts';
import type { Store } from '../store.ts';

/** KEYS inbox turn. Returns { number waiting, oldest inbox entry or nil, a turn is open (0|1) }. */
const lookScript = createScript(`
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
return { redis.call('XLEN', KEYS[1]), first[1] and first[1][1], redis.call('EXISTS', KEYS[2]) }`);

export interface Waiting {
  /** Messages in the inbox. */
  waiting: number;
  /** Since when (ms); null: none waits. */
  since: number | null;
  /** A turn is open. */
  open: boolean;
}

export async function look({ redis, keysOf }: Store, conversation: string): Promise<Waiting> {
  const k = keysOf(conversation);
  const [waiting, oldest, open] = (await lookScript(redis, [k.inbox, k.turn], [])) as [number, string | null, number];
  return { waiting, since: oldest ? Number(oldest.split('-')[0]) : null, open: open === 1 };
}

/**
 * Notice: those who wait here are to be told so, once for what waits now and only while no worker has it.
 * KEYS inbox turn meta. ARGV kept for (ms). Returns nil, or { oldest entry, newest message as JSON }.
 */
const noticeScript = createScript(`${KEPT}
if redis.call('EXISTS', KEYS[2]) == 1 then return nil end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
if #first == 0 or redis.call('HGET', KEYS[3], 'noticed') == first[1][1] then return nil end
redis.call('HSET', KEYS[3], 'noticed', first[1][1])
redis.call('PEXPIRE', KEYS[3], kept(KEYS[3], ARGV[1]))
return { first[1][1], redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2][4] }`);

/** Whom to tell that they wait, once for what waits now; null when they were told, or a worker is at it. */
export async function notice(
  { redis, keysOf, keepMs }: Store,
  conversation: string,
): Promise<{ oldest: string; newest: InboundMessage } | null> {
  const k = keysOf(conversation);
  const found = (await noticeScript(redis, [k.inbox, k.turn, k.meta], [keepMs])) as [string, string] | null;
  return found && { oldest: found[0], newest: JSON.parse(found[1]) as InboundMessage };
}
