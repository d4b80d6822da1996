/** The Lua of a turn, from its beginning to its end. A worker may die between any two of the calls. */
import { createScript } from '../redis/script.ts';
import { AFTER, KEPT, OPEN } from './scripts.ts';

/**
 * Take: opens the turn over all that waits, or goes on with the one that a dead worker left.
 * KEYS inbox turn history meta edits. ARGV most history turns to read, who takes it, now.
 * Returns nil, or { record, entries, history, model, edits, when it was told to forget, seconds of Redis's clock, persona }.
 */
export const take = createScript(`${OPEN}
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
 * Who holds the turn that is open. Not the attempt's number alone: each turn counts its attempts from 1, and a worker that
 * slept through the end of its turn must not be taken for the holder of the next one.
 */
const HELD = `
local function held(turn, fence)
  local now = redis.call('HMGET', turn, 'first', 'attempt')
  return now[1] and now[1] .. ' ' .. now[2] == fence
end`;

/**
 * Adopt: messages that stand before the turn's own in the place itself and that no event has brought. Each id is marked as
 * seen, so that a late event is a duplicate; one whose event came meanwhile leaves the inbox for this turn.
 * KEYS inbox turn seen people. ARGV fence, now, seen for (ms), then id, JSON, author of each, oldest first.
 * Returns -1 when another worker has taken the turn since, or the ids that were adopted.
 */
export const adopt = createScript(`${HELD}${AFTER}
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
 * Park: the turn is put off until a platform or a model's host takes calls again.
 * KEYS turn. ARGV fence, until (ms), for what. Returns 0 when another worker has taken the turn since.
 */
export const park = createScript(`${HELD}
if not held(KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'until', ARGV[2], 'for', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'parks', 1)
return 1`);

/** Confirm: KEYS turn. ARGV fence. Returns 0 when another worker has taken the turn since. */
export const confirm = createScript(`${HELD}
return held(KEYS[1], ARGV[1]) and 1 or 0`);

/** Save: KEYS turn. ARGV fence, field, value, … Returns 0 when another worker has taken the turn since. */
export const save = createScript(`${HELD}
if not held(KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1`);

/** A history is cut to so many bytes whenever a turn is added that is larger than an even share of them. */
const HISTORY_BYTES = 1_048_576;
const LARGE_TURN_BYTES = 2_048;

/**
 * Commit: the turn is done; its messages leave the inbox and the exchange joins the history.
 * KEYS inbox turn history meta edits people.
 * ARGV fence, first id that stays in the inbox, history JSON or '', replace the last turn (0|1), forget all (0|1), most turns kept, kept for (ms), number of people, their ids …, message ids done …
 * Returns the number that still waits, or -1 when another worker has taken the turn since.
 */
export const commit = createScript(`${HELD}${KEPT}
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
