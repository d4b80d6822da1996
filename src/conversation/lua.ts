/** Pieces of Lua that several steps share. Each goes in front of a script that uses it. */

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
 * Who holds the turn that is open. Not the attempt's number alone: each turn counts its attempts from 1, and a worker that
 * slept through the end of its turn must not be taken for the holder of the next one.
 */
export const HELD = `
local function held(turn, fence)
  local now = redis.call('HMGET', turn, 'first', 'attempt')
  return now[1] and now[1] .. ' ' .. now[2] == fence
end`;
