/** A worker takes a turn: all that waits in a conversation, or what another worker left unfinished. */
import { createScript } from '../../redis/script.ts';
import { type RawTurn, readTurn } from '../decode.ts';
import { OPEN } from '../lua.ts';
import type { TakenTurn } from '../records.ts';
import type { Store } from '../store.ts';

/** Newest finished turns that a prompt may draw on. */
const HISTORY_READ = 40;

/**
 * Opens the turn over all that waits, or goes on with the one that a dead worker left.
 * KEYS inbox turn history meta edits. ARGV most history turns to read, who takes it, now.
 * Returns nil, or { record, entries, history, model, edits, when it was told to forget, seconds of Redis's clock, persona }.
 */
const script = createScript(`${OPEN}
if not open(KEYS[1], KEYS[2]) then return nil end
if redis.call('HINCRBY', KEYS[2], 'attempt', 1) <= 50 then
  redis.call('HSET', KEYS[2], 'taken', (redis.call('HGET', KEYS[2], 'taken') or '') .. ARGV[3] .. ' ' .. ARGV[2] .. '\\n')
end
local record = redis.call('HGETALL', KEYS[2])
local last = redis.call('HGET', KEYS[2], 'last')
return {
  record,
  redis.call('XRANGE', KEYS[1], '-', last),
  redis.call('LRANGE', KEYS[3], -tonumber(ARGV[1]), -1),
  redis.call('HGET', KEYS[4], 'model'),
  redis.call('HGETALL', KEYS[5]),
  redis.call('HGET', KEYS[4], 'forgot'),
  redis.call('TIME')[1],
  redis.call('HGET', KEYS[4], 'persona'),
}`);

/**
 * Opens the next turn or resumes an unfinished one; null when nothing waits.
 * @param worker who takes it: noted, so that operators see who resumed what another began
 */
export async function take({ redis, keysOf }: Store, conversation: string, worker = ''): Promise<TakenTurn | null> {
  const k = keysOf(conversation);
  const raw = await script(redis, [k.inbox, k.turn, k.history, k.meta, k.edits], [HISTORY_READ, worker, Date.now()]);
  return raw === null ? null : readTurn(conversation, raw as RawTurn);
}
