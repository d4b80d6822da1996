import { createScript } from '../redis/script.ts';

/** KEYS names. ARGV most, lifetime (s), names …. Returns 1 for each that has its own lines today, else 0. */
export const admit = createScript(`
local out = {}
local count = redis.call('SCARD', KEYS[1])
for i = 3, #ARGV do
  if redis.call('SISMEMBER', KEYS[1], ARGV[i]) == 1 then out[#out + 1] = 1
  elseif count < tonumber(ARGV[1]) then
    redis.call('SADD', KEYS[1], ARGV[i])
    count = count + 1
    out[#out + 1] = 1
  else out[#out + 1] = 0 end
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return out`);

/**
 * Everything of one batch, in one command: a client's work for a command is dearer than Redis's own for an increment.
 * KEYS turns health, hashes of counts …, HyperLogLogs …. ARGV most turns, number of turns, their JSON …; number of pairs
 * for health, pairs …; number of hashes, for each: lifetime (s), number of fields, field, count, …; for each
 * HyperLogLog: lifetime, number of people, people ….
 */
export const write = createScript(`
local at = 1
local function nextArg()
  at = at + 1
  return ARGV[at]
end
for _ = 1, tonumber(nextArg()) do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 't', nextArg())
end
for _ = 1, tonumber(nextArg()) do
  local name = nextArg()
  redis.call('HSET', KEYS[2], name, nextArg())
end
local hashes = tonumber(nextArg())
for n = 3, #KEYS do
  local key, lifetime, count = KEYS[n], nextArg(), tonumber(nextArg())
  for _ = 1, count do
    if n < 3 + hashes then
      local name = nextArg()
      redis.call('HINCRBY', key, name, nextArg())
    else
      redis.call('PFADD', key, nextArg())
    end
  end
  redis.call('EXPIRE', key, lifetime)
end
return 1`);

/**
 * People wrote today: who is new, and who came back how long after the first day. Each counts once a day and week.
 * KEYS first seen cohorts day. ARGV today, lifetime of the day's figures (s), people ….
 */
export const meet = createScript(`
local today = tonumber(ARGV[1])
local function monday(day) return day - (day + 3) % 7 end
for i = 3, #ARGV do
  local person = ARGV[i]
  local last = tonumber(redis.call('ZSCORE', KEYS[2], person))
  local first = tonumber(redis.call('HGET', KEYS[1], person))
  if not first or not last then
    first = today
    redis.call('HSET', KEYS[1], person, today)
    redis.call('HINCRBY', KEYS[4], 'fresh', 1)
    redis.call('HINCRBY', KEYS[3], monday(today) .. '|w0', 1)
  elseif last < today then
    local cohort = monday(first)
    local age = today - first
    if age == 1 or age == 7 or age == 30 then redis.call('HINCRBY', KEYS[3], cohort .. '|d' .. age, 1) end
    local week = (monday(today) - cohort) / 7
    if monday(last) < monday(today) then redis.call('HINCRBY', KEYS[3], cohort .. '|w' .. week, 1) end
  end
  if not last or last < today then redis.call('ZADD', KEYS[2], today, person) end
end
redis.call('EXPIRE', KEYS[4], ARGV[2])
return #ARGV - 2`);

/**
 * Forgets what is too old or too much; a bounded piece at a time. KEYS turns seen first cohorts.
 * ARGV oldest turn (ms), oldest day, most people, most at once. Returns 1 when there is more to forget.
 */
export const trim = createScript(`
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1])
local oldest, most, atOnce = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. oldest, 'LIMIT', 0, atOnce)
local over = redis.call('ZCARD', KEYS[2]) - #gone - most
if over > 0 and #gone < atOnce then
  for _, person in ipairs(redis.call('ZRANGE', KEYS[2], #gone, #gone + math.min(over, atOnce - #gone) - 1)) do gone[#gone + 1] = person end
end
for _, person in ipairs(gone) do
  redis.call('ZREM', KEYS[2], person)
  redis.call('HDEL', KEYS[3], person)
end
for _, name in ipairs(redis.call('HKEYS', KEYS[4])) do
  if tonumber(string.match(name, '^%d+')) < oldest then redis.call('HDEL', KEYS[4], name) end
end
return #gone >= atOnce and 1 or 0`);
