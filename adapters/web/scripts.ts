/** The Lua that moves a web conversation's event stream along, one call a step. */
import { AFTER } from '../../src/conversation/lua.ts';
import { createScript, mayPublish } from '../../src/redis/script.ts';

/** A reader that is away for longer reads the conversation again; its text is kept there, and not here once more. */
const EVENTS_KEPT_MS = 600_000;

/**
 * Appends an event and tells who listens. The owner's record notes the newest event (`last`), and the one after which the
 * stream that is there now begins (`base`). The bound is a safety net: pieces of an answer leave the stream with its
 * final, so it is reached only by an answer of many minutes.
 */
const EMIT = `
local function emit(events, owner, kind, data, turn)
  local anew = redis.call('EXISTS', events) == 0
  local id = redis.call('XADD', events, 'MAXLEN', '~', 10000, '*', 'e', kind, 'd', data, 't', turn)
  local left = redis.call('PTTL', owner)
  redis.call('PEXPIRE', events, left > 0 and math.min(left, ${EVENTS_KEPT_MS}) or ${EVENTS_KEPT_MS})
  if left > 0 then
    if anew then redis.call('HSET', owner, 'base', redis.call('HGET', owner, 'last') or '0-0') end
    redis.call('HSET', owner, 'last', id)
  end
  redis.call('PUBLISH', events, id)
  return id
end`;

/** What belongs to a conversation is kept as long as the record of its owner. */
const KEPT = `
local function kept(owner, most)
  local left = redis.call('PTTL', owner)
  return left > 0 and left or most
end`;

/** Opens a turn in the stream, unless it is open already. */
const OPEN = `${EMIT}${KEPT}
local function open(events, live, text, owner, turn, typing, keptFor)
  if redis.call('HGET', live, 'turn') == turn then return end
  redis.call('DEL', text)
  local id = emit(events, owner, 'typing', typing, turn)
  redis.call('HSET', live, 'v', 1, 'turn', turn, 'shown', 0, 'first', id)
  redis.call('PEXPIRE', live, keptFor)
end`;

/**
 * A turn begins. KEYS events live text finished deleted owner. ARGV turn, typing event, kept for (ms).
 * Returns -1 when the conversation was deleted.
 */
export const begin = createScript(`${mayPublish('KEYS[1]')}${OPEN}
if redis.call('EXISTS', KEYS[5]) == 1 then return -1 end
if redis.call('ZSCORE', KEYS[4], ARGV[1]) then return 1 end
open(KEYS[1], KEYS[2], KEYS[3], KEYS[6], ARGV[1], ARGV[2], kept(KEYS[6], ARGV[3]))
return 1`);

/**
 * More text of a turn. KEYS events live text finished deleted owner.
 * ARGV turn, typing event, kept for (ms), event kind (delta|text), event, text, characters shown before, and after.
 * Returns 1, 0 when a delta does not fit what was shown (send all the text instead), -1 when the conversation was deleted.
 */
export const write = createScript(`${mayPublish('KEYS[1]')}${OPEN}
local events, live, text, owner = KEYS[1], KEYS[2], KEYS[3], KEYS[6]
local turn, keptFor, kind = ARGV[1], kept(owner, ARGV[3]), ARGV[4]
if redis.call('EXISTS', KEYS[5]) == 1 then return -1 end
if redis.call('ZSCORE', KEYS[4], turn) then return 1 end
open(events, live, text, owner, turn, ARGV[2], keptFor)
if kind == 'delta' then
  if redis.call('HGET', live, 'shown') ~= ARGV[7] then return 0 end
  redis.call('APPEND', text, ARGV[6])
else
  redis.call('SET', text, ARGV[6])
end
redis.call('PEXPIRE', text, keptFor)
redis.call('HSET', live, 'shown', ARGV[8])
emit(events, owner, kind, ARGV[5], turn)
return 1`);

/**
 * A turn's final, once; the pieces that led to it leave the stream.
 * KEYS events live text finished deleted owner. ARGV turn, final event, kept for (ms), now, title or ''.
 * Returns 1, 0 when it was out already, -1 when the conversation was deleted.
 */
export const finish = createScript(`${mayPublish('KEYS[1]')}${EMIT}${KEPT}
local events, live, text, finished, owner = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]
local turn = ARGV[1]
if redis.call('EXISTS', KEYS[5]) == 1 then return -1 end
if redis.call('ZSCORE', finished, turn) then return 0 end
redis.call('ZADD', finished, ARGV[4], turn)
redis.call('ZREMRANGEBYRANK', finished, 0, -1001)
redis.call('PEXPIRE', finished, kept(owner, ARGV[3]))
if redis.call('HGET', live, 'turn') == turn then
  for _, entry in ipairs(redis.call('XRANGE', events, redis.call('HGET', live, 'first'), '+')) do
    local kind = entry[2][2]
    if (kind == 'delta' or kind == 'text') and entry[2][6] == turn then redis.call('XDEL', events, entry[1]) end
  end
  redis.call('DEL', text, live)
end
emit(events, owner, 'final', ARGV[2], turn)
if ARGV[5] ~= '' and redis.call('EXISTS', owner) == 1 then redis.call('HSET', owner, 'title', ARGV[5]) end
return 1`);

/** The id of the newest event, which may be gone already. Before the first: 0-0. */
const NEWEST = `
local function newest(events, owner)
  local id = redis.call('HGET', owner, 'last')
  if id then return id end
  local last = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)
  return #last > 0 and last[1][1] or '0-0'
end`;

/** Whether events that came after this one are gone. */
const STALE = `${AFTER}
local function stale(events, owner, cursor)
  local field = redis.call('EXISTS', events) == 1 and 'base' or 'last'
  return after(redis.call('HGET', owner, field) or '0-0', cursor)
end`;

/**
 * How things stand. KEYS events live text finished owner. ARGV most finished turns.
 * Returns { newest event id, running turn or nil, its text or nil, the turns that finished last }.
 */
export const state = createScript(`${NEWEST}
return {
  newest(KEYS[1], KEYS[5]),
  redis.call('HGET', KEYS[2], 'turn'),
  redis.call('GET', KEYS[3]),
  redis.call('ZREVRANGE', KEYS[4], 0, ARGV[1] - 1),
}`);

/** Whether a reader who has this event has missed some that are gone (0|1). KEYS events owner. ARGV event id. */
export const isStale = createScript(`${STALE}
return stale(KEYS[1], KEYS[2], ARGV[1]) and 1 or 0`);

/**
 * What came after an event id. When that is a lot, the pieces of the running answer come as one \`text\` event in place
 * of the last of them, and those of an abandoned one not at all.
 * KEYS events live text deleted owner. ARGV event id, most entries to give piece by piece.
 * Returns { 0, or 1 when the conversation was deleted, or 2 when events after that id are gone, { { id, kind, data, turn }, … } }; the joined event's kind is 'joined', its data the plain text.
 */
export const read = createScript(`${STALE}
if redis.call('EXISTS', KEYS[4]) == 1 then return { 1, {} } end
if stale(KEYS[1], KEYS[5], ARGV[1]) then return { 2, {} } end
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
export const receive = createScript(`${NEWEST}
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
  cursor = newest(events, owner)
  redis.call('HSET', sent, 'v', 1, 'cursor', cursor)
  redis.call('PEXPIRE', sent, ARGV[5])
end
return cursor`);

/** Forgets what the stream holds. A running answer goes on and is shown whole again. */
const CLEAR = `${EMIT}
local function clear(events, live, feedback, owner)
  redis.call('DEL', feedback)
  redis.call('XTRIM', events, 'MAXLEN', 0)
  local id = emit(events, owner, 'cleared', '{}', '')
  if redis.call('EXISTS', live) == 1 then redis.call('HSET', live, 'shown', -1, 'first', id) end
end`;

/** The history was forgotten: so is what the stream holds of it. KEYS events live feedback owner. */
export const clear = createScript(`${mayPublish('KEYS[1]')}${CLEAR}
clear(KEYS[1], KEYS[2], KEYS[3], KEYS[4])
return 1`);

/**
 * The message is ingested: tells every tab, once. KEYS events live feedback deleted sent owner.
 * ARGV user event, known for (ms), the message asks to forget everything before it (0|1).
 */
export const announce = createScript(`${mayPublish('KEYS[1]')}${CLEAR}
if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
if redis.call('HSETNX', KEYS[5], 'said', 1) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[5], ARGV[2])
if ARGV[3] == '1' then clear(KEYS[1], KEYS[2], KEYS[3], KEYS[6]) end
emit(KEYS[1], KEYS[6], 'user', ARGV[1], '')
return 1`);

/** Deletes everything of a conversation. KEYS deleted events, then every other key. ARGV remembered as deleted for (ms). */
export const remove = createScript(`${mayPublish('KEYS[2]')}
redis.call('DEL', unpack(KEYS, 2))
redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
redis.call('PUBLISH', KEYS[2], 'deleted')
return 1`);
