/** A turn ends: its messages leave the inbox, and the exchange joins the history. */
import { createScript } from '../../redis/script.ts';
import { HELD, KEPT } from '../lua.ts';
import type { HistoryTurn, InboxEntry, TakenTurn } from '../records.ts';
import { type Store, TurnLostError } from '../store.ts';

/** Newest finished turns that are kept. */
const HISTORY_KEPT = 500;
/** A history is cut to so many bytes whenever a turn is added that is larger than an even share of them. */
const HISTORY_BYTES = 1_048_576;
const LARGE_TURN_BYTES = 2_048;

/**
 * KEYS inbox turn history meta edits people.
 * ARGV fence, first id that stays in the inbox, history JSON or '', replace the last turn (0|1), forget all (0|1),
 * most turns kept, kept for (ms), number of people, their ids …, message ids done …
 * Returns the number that still waits, or -1 when another worker has taken the turn since.
 */
const script = createScript(`${HELD}${KEPT}
local inbox, turn, history, meta, edits, people = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
if not held(turn, ARGV[1]) then return -1 end
local keptFor = kept(meta, ARGV[7])
local forgotten = redis.call('HEXISTS', turn, 'forgotten') == 1
redis.call('DEL', turn)
redis.call('XTRIM', inbox, 'MINID', ARGV[2])
local met = tonumber(ARGV[8])
if met > 0 then redis.call('SADD', people, unpack(ARGV, 9, 8 + met)) end
if #ARGV > 8 + met then redis.call('HDEL', edits, unpack(ARGV, 9 + met)) end
if ARGV[5] == '1' then
  redis.call('DEL', history)
  redis.call('HSET', meta, 'forgot', 1)
end
if ARGV[4] == '1' then redis.call('RPOP', history) end
if ARGV[3] ~= '' and not forgotten then
  redis.call('RPUSH', history, ARGV[3])
  redis.call('LTRIM', history, -tonumber(ARGV[6]), -1)
  if #ARGV[3] > ${LARGE_TURN_BYTES} then
    local turns, bytes = redis.call('LRANGE', history, 0, -1), 0
    for n = #turns, 1, -1 do
      bytes = bytes + #turns[n]
      if bytes > ${HISTORY_BYTES} and n < #turns then
        redis.call('LTRIM', history, n - #turns, -1)
        break
      end
    end
  end
end
redis.call('PEXPIRE', history, keptFor)
redis.call('PEXPIRE', meta, keptFor)
redis.call('PEXPIRE', people, keptFor)
local waiting = redis.call('XLEN', inbox)
if waiting == 0 then redis.call('PEXPIRE', inbox, 86400000) end
return waiting`);

export interface TurnResult {
  /** These leave the inbox. */
  done: InboxEntry[];
  /** Joins the history; null: a command's answer, say. */
  history: HistoryTurn | null;
  /** It takes the place of the last turn. */
  replaceLast?: boolean;
  /** Everything older is deleted first. */
  forget?: boolean;
  /** Ids of people who have written in the same place before. */
  met?: readonly string[];
}

/** Ends the turn. @returns how many messages wait now @throws TurnLostError */
export async function commit({ redis, keysOf, keepMs }: Store, turn: TakenTurn, result: TurnResult): Promise<number> {
  const k = keysOf(turn.conversation);
  const { done, history, replaceLast, forget, met = [] } = result;
  const waiting = (await script(
    redis,
    [k.inbox, k.turn, k.history, k.meta, k.edits, k.people],
    [
      turn.fence,
      following(done.at(-1)?.entry ?? '0-0'),
      history ? JSON.stringify(history) : '',
      replaceLast ? 1 : 0,
      forget ? 1 : 0,
      HISTORY_KEPT,
      keepMs,
      met.length,
      ...met,
      ...done.map((entry) => entry.message.id),
    ],
  )) as number;
  if (waiting < 0) throw new TurnLostError(turn.id);
  return waiting;
}

/** The stream id that follows. */
function following(entry: string): string {
  const [ms, n] = entry.split('-');
  return `${ms}-${Number(n) + 1}`;
}
