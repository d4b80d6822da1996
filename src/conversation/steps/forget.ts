/** A person resets or deletes a conversation, or comes back to one that was to be kept for a short time. */
import { createScript } from '../../redis/script.ts';
import { KEPT } from '../lua.ts';
import type { Store } from '../store.ts';

/**
 * What a platform still shows of the past is not to be read again, and an exchange that is still under way does not come
 * back with its commit. KEYS history meta turn. ARGV kept for (ms).
 */
const forgetScript = createScript(`${KEPT}
redis.call('DEL', KEYS[1])
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('HSET', KEYS[3], 'forgotten', 1) end
redis.call('HSET', KEYS[2], 'v', 1, 'forgot', 1)
redis.call('PEXPIRE', KEYS[2], kept(KEYS[2], ARGV[1]))
return 1`);

/** Forgets what was said, failed turns too. The ids of messages stay known for a day, so that none is answered again. */
export async function forget({ redis, keysOf, keepMs, eraseAlso }: Store, conversation: string): Promise<void> {
  await eraseAlso(conversation);
  const { history, meta, turn } = keysOf(conversation);
  await forgetScript(redis, [history, meta, turn], [keepMs]);
}

/** Deletes all that is kept of a conversation, failed turns too. A running turn finds its record gone and ends. */
export async function erase({ redis, keysOf, eraseAlso }: Store, conversation: string): Promise<void> {
  await eraseAlso(conversation);
  await redis.del(...Object.values(keysOf(conversation)));
}

/** KEYS meta history people judged. ARGV kept for (ms). */
const prolongScript = createScript(`
if redis.call('HDEL', KEYS[1], 'keep') == 0 then return 0 end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end
return 1`);

/** What was said to be kept for a short time only (`InboundMessage.keepMs`) is kept as long as anything else. */
export async function prolong({ redis, keysOf, keepMs }: Store, conversation: string): Promise<void> {
  const { meta, history, people, judged } = keysOf(conversation);
  await prolongScript(redis, [meta, history, people, judged], [keepMs]);
}
