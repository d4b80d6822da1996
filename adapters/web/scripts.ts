/** The Lua that moves a web conversation's event stream along, one call a step. */
import { createScript, mayPublish } from '../../src/redis/script.ts';

/**
 * Appends an event and tells who listens. The bound is a safety net: pieces of an answer leave the stream with its
 * final, so it is reached only by an answer of many minutes.
 */
const EMIT = `
local function emit(events, kind, data, turn, keptFor)
  local id = redis.call('XADD', events, 'MAXLEN', '~', 10000, '*', 'e', kind, 'd', data, 't', turn)
  redis.call('PEXPIRE', events, keptFor)
  redis.call('PUBLISH', events, id)
  return id
end`;

/** Opens a turn in the stream, unless it is open already. */
const OPEN = `${EMIT}
local function open(events, live, text, turn, typing, keptFor)
  if redis.call('HGET', live, 'turn') == turn then return end
  redis.call('DEL', text)
  local id = emit(events, 'typing', typing, turn, keptFor)
  redis.call('HSET', live, 'v', 1, 'turn', turn, 'shown', 0, 'first', id)
  redis.call('PEXPIRE', live, keptFor)
end`;

/**
 * A turn begins. KEYS events live text finished deleted. ARGV turn, typing event, kept for (ms).
 * Returns -1 when the conversation was deleted.
 */
export const begin = createScript(`${mayPublish('KEYS[1]')}${OPEN}
if redis.call('EXISTS', KEYS[5]) == 1 then return -1 end
if not redis.call('ZSCORE', KEYS[4], ARGV[1]) then open(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3]) end
return 1`);

/**
 * More text of a turn. KEYS events live text finished deleted.
 * ARGV turn, typing event, kept for (ms), event kind (delta|text), event, text, characters shown before, and after.
 * Returns 1, 0 when a delta does not fit what was shown (send all the text instead), -1 when the conversation was deleted.
 */
export const write = createScript(`${mayPublish('KEYS[1]')}${OPEN}
local events, live, text = KEYS[1], KEYS[2], KEYS[3]
local turn, keptFor, kind = ARGV[1], ARGV[3], ARGV[4]
if redis.call('EXISTS', KEYS[5]) == 1 then return -1 end
if redis.call('ZSCORE', KEYS[4], turn) then return 1 end
open(events, live, text, turn, ARGV[2], keptFor)
if kind == 'delta' then
  if redis.call('HGET', live, 'shown') ~= ARGV[7] then return 0 end
  redis.call('APPEND', text, ARGV[6])
else
  redis.call('SET', text, ARGV[6])
end
redis.call('PEXPIRE', text, keptFor)
redis.call('HSET', live, 'shown', ARGV[8])
emit(events, kind, ARGV[5], turn, keptFor)
return 1`);

/**
 * A turn's final, once; the pieces that led to it leave the stream.
 * KEYS events live text finished deleted owner. ARGV turn, final event, kept for (ms), now, title or ''.
 * Returns 1, 0 when it was out already, -1 when the conversation was deleted.
 */
export const finish = createScript(`${mayPublish('KEYS[1]')}${EMIT}
local events, live, text, finished, owner = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]
local turn, keptFor = ARGV[1], ARGV[3]
if redis.call('EXISTS', KEYS[5]) == 1 then return -1 end
if redis.call('ZSCORE', finished, turn) then return 0 end
redis.call('ZADD', finished, ARGV[4], turn)
redis.call('ZREMRANGEBYRANK', finished, 0, -1001)
redis.call('PEXPIRE', finished, keptFor)
if redis.call('HGET', live, 'turn') == turn then
  for _, entry in ipairs(redis.call('XRANGE', events, redis.call('HGET', live, 'first'), '+')) do
    local kind = entry[2][2]
    if (kind == 'delta' or kind == 'text') and entry[2][6] == turn then redis.call('XDEL', events, entry[1]) end
  end
  redis.call('DEL', text, live)
end
emit(events, 'final', ARGV[2], turn, keptFor)
if ARGV[5] ~= '' and redis.call('EXISTS', owner) == 1 then redis.call('HSET', owner, 'title', ARGV[5]) end
return 1`);

/**
 * What came after an event id. When that is a lot, the pieces of the running answer come as one \`text\` event in place
 * of the last of them, and those of an abandoned one not at all.
 * KEYS events live text deleted. ARGV event id, most entries to give piece by piece.
 * Returns { deleted (0|1), { { id, kind, data, turn }, … } }; the joined event's kind is 'joined', its data the plain text.
 */
export const read = createScript(`
if redis.call('EXISTS', KEYS[4]) == 1 then return { 1, {} } end
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+')
local join = #entries > tonumber(ARGV[2])
local turn, last = redis.call('HGET', KEYS[2], 'turn'), nil
local out = {}
if join and turn then
  for n, entry in ipairs(entries) do
    if (entry[2][2] == 'delta' or entry[2][2] == 'text') and entry[2][6] == turn then last = n end
  end
end
for n, entry in ipairs(entries) do
  local kind = entry[2][2]
  if not join or (kind ~= 'delta' and kind ~= 'text') then
    out[#out + 1] = { entry[1], kind, entry[2][4], entry[2][6] }
  elseif n == last then
    out[#out + 1] = { entry[1], 'joined', redis.call('GET', KEYS[3]) or '', turn }
  end
end
return { 0, out }`);

/**
 * A message is about to be ingested: is the conversation this session's, and which event came last before it?
 * KEYS owner events deleted sent. ARGV session, create if there is none (0|1), now, kept for (ms), sent ids known for (ms), title.
 * Returns the event id, or nil when it is not this session's conversation.
 */
export const receive = createScript(`
local owner, events, sent = KEYS[1], KEYS[2], KEYS[4]
if redis.call('EXISTS', KEYS[3]) == 1 then return nil end
local session = redis.call('HGET', owner, 'session')
if not session and ARGV[2] == '1' then
  redis.call('HSET', owner, 'v', 1, 'session', ARGV[1], 'title', ARGV[6], 'created', ARGV[3])
elseif session ~= ARGV[1] then
  return nil
end
redis.call('PEXPIRE', owner, ARGV[4])
local cursor = redis.call('HGET', sent, 'cursor')
if not cursor then
  local last = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)
  cursor = #last > 0 and last[1][1] or '0-0'
  redis.call('HSET', sent, 'v', 1, 'cursor', cursor)
  redis.call('PEXPIRE', sent, ARGV[5])
end
return cursor`);

/** Forgets what the stream holds. A running answer goes on and is shown whole again. */
const CLEAR = `${EMIT}
local function clear(events, live, feedback, keptFor)
  redis.call('DEL', feedback)
  redis.call('XTRIM', events, 'MAXLEN', 0)
  local id = emit(events, 'cleared', '{}', '', keptFor)
  if redis.call('EXISTS', live) == 1 then redis.call('HSET', live, 'shown', -1, 'first', id) end
end`;

/** The history was forgotten: so is what the stream holds of it. KEYS events live feedback. ARGV kept for (ms). */
export const clear = createScript(`${mayPublish('KEYS[1]')}${CLEAR}
clear(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
return 1`);

/**
 * The message is ingested: tells every tab, once. KEYS events live feedback deleted sent.
 * ARGV user event, kept for (ms), known for (ms), the message asks to forget everything before it (0|1).
 */
export const announce = createScript(`${mayPublish('KEYS[1]')}${CLEAR}
if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
if redis.call('HSETNX', KEYS[5], 'said', 1) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[5], ARGV[3])
if ARGV[4] == '1' then clear(KEYS[1], KEYS[2], KEYS[3], ARGV[2]) end
emit(KEYS[1], 'user', ARGV[1], '', ARGV[2])
return 1`);

/** Deletes everything of a conversation. KEYS deleted events, then every other key. ARGV remembered as deleted for (ms). */
export const remove = createScript(`${mayPublish('KEYS[2]')}
redis.call('DEL', unpack(KEYS, 2))
redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
redis.call('PUBLISH', KEYS[2], 'deleted')
return 1`);
