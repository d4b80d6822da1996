/**
 * The Lua that moves a conversation from one consistent state to the next. One call each, so that a process may die
 * between any two of them. `docs/redis.md` describes the keys.
 */
import { createScript, mayPublish } from '../redis/script.ts';

/** What waits in a conversation is at most so many bytes, besides one message that is larger by itself. */
const INBOX_BYTES = 2_097_152;
/** Smaller ones are not added up: as many of them as may wait are at most as much again. */
const LARGE_MESSAGE_BYTES = 8_192;

/**
 * Ingest: has this id been seen? Is it for us? Then into the inbox.
 * KEYS inbox seen meta people turn. ARGV message id, JSON, condition, author, bot (0|1), most waiting, most bot messages in a row, now, seen for (ms), kept for (ms), the message itself says so (0|1).
 * Returns { 'accepted'|'duplicate'|'ignored'|'full', number waiting, a turn is open (0|1) }.
 */
export const append = createScript(`
local inbox, seen, meta, people = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, json, condition, author, bot = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local now, seenFor, keptFor = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local waiting = redis.call('XLEN', inbox)
if redis.call('ZSCORE', seen, id) then return { 'duplicate', waiting } end
if condition ~= 'always' then
  if redis.call('HEXISTS', meta, 'joined') == 0 then return { 'ignored', waiting } end
  redis.call('SADD', people, author)
  redis.call('PEXPIRE', people, keptFor)
  if condition == 'if-only-participant' and redis.call('SCARD', people) > 1 then return { 'ignored', waiting } end
end
if waiting >= tonumber(ARGV[6]) then return { 'full', waiting } end
if #json > ${LARGE_MESSAGE_BYTES} and waiting > 0 then
  local bytes = #json
  for _, entry in ipairs(redis.call('XRANGE', inbox, '-', '+')) do bytes = bytes + #entry[2][4] end
  if bytes > ${INBOX_BYTES} then return { 'full', waiting } end
end
if bot == '1' then
  if redis.call('HINCRBY', meta, 'bots', 1) > tonumber(ARGV[7]) then return { 'ignored', waiting } end
else
  redis.call('HDEL', meta, 'bots')
end
redis.call('SADD', people, author)
redis.call('HSET', meta, 'v', 1, 'joined', 1)
if ARGV[11] == '1' then redis.call('HSET', meta, 'keep', keptFor) else redis.call('HDEL', meta, 'keep') end
redis.call('ZADD', seen, now, id)
redis.call('ZREMRANGEBYSCORE', seen, 0, now - seenFor)
redis.call('PEXPIRE', seen, seenFor)
redis.call('PEXPIRE', people, keptFor)
redis.call('PEXPIRE', meta, keptFor)
redis.call('XADD', inbox, '*', 'i', id, 'm', json)
redis.call('PERSIST', inbox)
return { 'accepted', waiting + 1, redis.call('EXISTS', KEYS[5]) }`);

/** For how long a conversation is kept (ms): as its newest message says, where that is less than is configured. */
export const KEPT = `
local function kept(meta, most)
  return math.min(tonumber(most), tonumber(redis.call('HGET', meta, 'keep') or most))
end`;

/** Stream ids `<ms>-<n>` compare as pairs of numbers. */
export const AFTER = `
local function after(a, b)
  local am, an = string.match(a, '(%d+)-(%d+)')
  local bm, bn = string.match(b, '(%d+)-(%d+)')
  am, an, bm, bn = tonumber(am), tonumber(an), tonumber(bm), tonumber(bn)
  return am > bm or (am == bm and an > bn)
end`;

/**
 * An edit or a deletion of a message that still waits and that no turn has taken.
 * KEYS inbox turn edits. ARGV message id, JSON (`Amendment` in records.ts). Returns 1 if it is honoured.
 */
export const amend = createScript(`${AFTER}
local last = redis.call('HGET', KEYS[2], 'last')
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  if entry[2][2] == ARGV[1] then
    if last and not after(entry[1], last) then return 0 end
    redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
    return 1
  end
end
return 0`);

/** Opens the turn's record over everything that waits, if there is none. */
export const OPEN = `
local function open(inbox, turn)
  if redis.call('EXISTS', turn) == 1 then return true end
  local first = redis.call('XRANGE', inbox, '-', '+', 'COUNT', 1)
  if #first == 0 then return false end
  local last = redis.call('XREVRANGE', inbox, '+', '-', 'COUNT', 1)
  redis.call('HSET', turn, 'v', 1, 'first', first[1][1], 'last', last[1][1], 'attempt', 0, 'state', 'taken')
  return true
end`;

/**
 * Stop: marks the running turn, or the one that would begin with what waits now.
 * KEYS inbox turn. ARGV channel, conversation. Returns 1 if there was something to stop.
 */
export const stop = createScript(`${mayPublish('ARGV[1]')}${OPEN}
if not open(KEYS[1], KEYS[2]) then return 0 end
redis.call('HSET', KEYS[2], 'stop', 'stop')
redis.call('PUBLISH', ARGV[1], 'stop ' .. ARGV[2])
return 1`);

/**
 * Interrupt: someone wrote on, so the answer that is being written ends where it is. Only while there is no whole answer.
 * KEYS turn. ARGV channel, conversation. Returns 1 if there was something to interrupt.
 */
export const interrupt = createScript(`${mayPublish('ARGV[1]')}
local turn = redis.call('HMGET', KEYS[1], 'state', 'stop')
if turn[1] ~= 'taken' or turn[2] then return 0 end
redis.call('HSET', KEYS[1], 'stop', 'interrupt')
redis.call('PUBLISH', ARGV[1], 'interrupt ' .. ARGV[2])
return 1`);

/**
 * What waits in a conversation, for those who look after the queue. KEYS inbox turn.
 * Returns { number waiting, oldest inbox entry or nil, a turn is open (0|1) }.
 */
export const look = createScript(`
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
return { redis.call('XLEN', KEYS[1]), first[1] and first[1][1], redis.call('EXISTS', KEYS[2]) }`);

/**
 * Notice: those who wait here are to be told so, once for what waits now and only while no worker has it.
 * KEYS inbox turn meta. ARGV kept for (ms). Returns nil, or { oldest entry, newest message as JSON }.
 */
export const notice = createScript(`${KEPT}
if redis.call('EXISTS', KEYS[2]) == 1 then return nil end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
if #first == 0 or redis.call('HGET', KEYS[3], 'noticed') == first[1][1] then return nil end
redis.call('HSET', KEYS[3], 'noticed', first[1][1])
redis.call('PEXPIRE', KEYS[3], kept(KEYS[3], ARGV[1]))
return { first[1][1], redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2][4] }`);

/**
 * Forget: KEYS history meta turn. ARGV kept for (ms). What a platform still shows of the past is not to be read again, and
 * an exchange that is still under way does not come back with its commit.
 */
export const forget = createScript(`${KEPT}
redis.call('DEL', KEYS[1])
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('HSET', KEYS[3], 'forgotten', 1) end
redis.call('HSET', KEYS[2], 'v', 1, 'forgot', 1)
redis.call('PEXPIRE', KEYS[2], kept(KEYS[2], ARGV[1]))
return 1`);

/** A model was chosen. KEYS meta. ARGV model, kept for (ms). */
export const choose = createScript(`${KEPT}
redis.call('HSET', KEYS[1], 'v', 1, 'model', ARGV[1])
redis.call('PEXPIRE', KEYS[1], kept(KEYS[1], ARGV[2]))
return 1`);

/** What was to be kept for a short time is kept as is configured. KEYS meta history people judged. ARGV kept for (ms). */
export const prolong = createScript(`
if redis.call('HDEL', KEYS[1], 'keep') == 0 then return 0 end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end
return 1`);
