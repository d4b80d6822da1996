/** A person edits or deletes a message that still waits. */
import { createScript } from '../../redis/script.ts';
import { AFTER } from '../lua.ts';
import type { Amendment } from '../records.ts';
import type { Store } from '../store.ts';

/** KEYS inbox turn edits. ARGV message id, JSON of an `Amendment`. Returns 1 if it is honoured. */
const script = createScript(`${AFTER}
local last = redis.call('HGET', KEYS[2], 'last')
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  if entry[2][2] == ARGV[1] then
    if last and not after(entry[1], last) then return 0 end
    redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
    return 1
  end
end
return 0`);

/** Changes a message that no turn has taken yet; false if it is too late. */
export async function amend(
  store: Store,
  conversation: string,
  messageId: string,
  change: Amendment,
): Promise<boolean> {
  const k = store.keysOf(conversation);
  return (await script(store.redis, [k.inbox, k.turn, k.edits], [messageId, JSON.stringify(change)])) === 1;
}
