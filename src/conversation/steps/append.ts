/** A message arrives: has its id been seen? Is it for us? Then into the inbox. */
import type { Condition, InboundMessage } from '../../contract/index.ts';
import { createScript } from '../../redis/script.ts';
import { SEEN_FOR_MS, type Store } from '../store.ts';

/** Bots in a row that are answered, where bots may be answered at all; then a person must speak. */
const MAX_BOT_STREAK = 5;
/** An inbox holds at most this many bytes, besides one message that is larger by itself. */
const INBOX_BYTES = 2_097_152;
/** Smaller ones are not added up: as many of them as may wait are at most as much again. */
const LARGE_MESSAGE_BYTES = 8_192;

/**
 * KEYS inbox seen meta people turn. ARGV message id, JSON, condition, author, bot (0|1), most waiting, most bot messages in a row, now, seen for (ms), kept for (ms), the message itself says so (0|1).
 * Returns { 'accepted'|'duplicate'|'ignored'|'full', number waiting, a turn is open (0|1) }.
 */
const script = createScript(`
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

export interface Appended {
  /** `full`: nothing was stored. */
  result: 'accepted' | 'duplicate' | 'ignored' | 'full';
  /** What the inbox holds now. */
  waiting: number;
  /** A turn is being answered; what was appended is for the next one. */
  open: boolean;
}

/** Stores a message once. */
export async function append(store: Store, message: InboundMessage, condition: Condition): Promise<Appended> {
  const k = store.keysOf(message.to.conversation);
  const [result, waiting, open] = (await script(
    store.redis,
    [k.inbox, k.seen, k.meta, k.people, k.turn],
    [
      message.id,
      JSON.stringify(message),
      condition,
      message.author.id,
      message.author.bot ? 1 : 0,
      store.maxWaiting,
      MAX_BOT_STREAK,
      Date.now(),
      SEEN_FOR_MS,
      Math.min(message.keepMs ?? store.keepMs, store.keepMs),
      message.keepMs === undefined ? 0 : 1,
    ],
  )) as [Appended['result'], number, number | undefined];
  return { result, waiting, open: open === 1 };
}
