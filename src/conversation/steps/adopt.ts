/** A turn takes in messages that the platform shows and no event has brought. */
import type { InboundMessage } from '../../contract/index.ts';
import { createScript } from '../../redis/script.ts';
import { AFTER, HELD } from '../lua.ts';
import type { TakenTurn } from '../records.ts';
import { SEEN_FOR_MS, type Store, TurnLostError } from '../store.ts';

/**
 * Messages that stand before the turn's own in the place itself and that no event has brought. Each id is marked as
 * seen, so that a late event is a duplicate; one whose event came meanwhile leaves the inbox for this turn.
 * KEYS inbox turn seen people. ARGV fence, now, seen for (ms), then id, JSON, author of each, oldest first.
 * Returns -1 when another worker has taken the turn since, or the ids that were adopted.
 */
const script = createScript(`${HELD}${AFTER}
local inbox, turn, seen, people = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if not held(turn, ARGV[1]) then return -1 end
local last = redis.call('HGET', turn, 'last')
local waiting = {}
for _, entry in ipairs(redis.call('XRANGE', inbox, '(' .. last, '+')) do waiting[entry[2][2]] = entry[1] end
local ids, lines = {}, redis.call('HGET', turn, 'adopted') or ''
for i = 4, #ARGV, 3 do
  local id = ARGV[i]
  if waiting[id] or not redis.call('ZSCORE', seen, id) then
    if waiting[id] then redis.call('XDEL', inbox, waiting[id]) end
    redis.call('ZADD', seen, ARGV[2], id)
    redis.call('SADD', people, ARGV[i + 2])
    lines = lines .. ARGV[i + 1] .. '\\n'
    ids[#ids + 1] = id
  end
end
if #ids > 0 then
  redis.call('HSET', turn, 'adopted', lines)
  redis.call('PEXPIRE', seen, ARGV[3])
end
return ids`);

/**
 * Takes messages into the turn, before its own, that the platform's place shows and no event has brought.
 * @returns those that were new; the others are answered already @throws TurnLostError
 */
export async function adopt(
  { redis, keysOf }: Store,
  turn: TakenTurn,
  missed: readonly InboundMessage[],
): Promise<InboundMessage[]> {
  const k = keysOf(turn.conversation);
  const messages = missed.flatMap((message) => [message.id, JSON.stringify(message), message.author.id]);
  const adopted = (await script(
    redis,
    [k.inbox, k.turn, k.seen, k.people],
    [turn.fence, Date.now(), SEEN_FOR_MS, ...messages],
  )) as string[] | number;
  if (!Array.isArray(adopted)) throw new TurnLostError(turn.id);
  return missed.filter(({ id }) => adopted.includes(id));
}
