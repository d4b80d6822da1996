/** What is read of a conversation besides its turns: of a long history no more than is asked for. */
import { createScript } from '../../redis/script.ts';
import {
  type ConversationPage,
  type ConversationView,
  type RawPage,
  type RawView,
  readPage,
  readView,
} from '../decode.ts';
import type { HistoryTurn } from '../records.ts';
import type { Store } from '../store.ts';

/** A reader gets at most this many turns, and bytes unless one turn alone is larger. */
const MAX_TURNS = 51;
const MAX_BYTES = 300_000;

/**
 * The turns up to the one that holds a message, or the newest ones when none does, with what is not finished.
 * KEYS history inbox turn edits. ARGV what the JSON of the turn with the message has in it, or ''.
 * Returns { turns, oldest first; there are older ones (0|1); there are newer ones (0|1); inbox; turn; edits }.
 */
const pageScript = createScript(`
local history = KEYS[1]
local length = redis.call('LLEN', history)
local last, held = length - 1, 0
if ARGV[1] ~= '' then
  for n = length - 1, 0, -1 do
    if string.find(redis.call('LINDEX', history, n - length), ARGV[1], 1, true) then
      -- The turn itself may have nothing before the message, and then one more is needed.
      last, held = n, 1
      break
    end
  end
end
local first, bytes = last + 1, 0
while first > 0 and last + 1 - first < ${MAX_TURNS} + held do
  bytes = bytes + #redis.call('LINDEX', history, first - 1 - length)
  if bytes > ${MAX_BYTES} and last + 1 - first > held then break end
  first = first - 1
end
local turns = {}
if first <= last then turns = redis.call('LRANGE', history, first, last) end
return { turns, first > 0 and 1 or 0, last < length - 1 and 1 or 0,
  redis.call('XRANGE', KEYS[2], '-', '+'), redis.call('HGETALL', KEYS[3]), redis.call('HGETALL', KEYS[4]) }`);

/**
 * The model of one of the newest turns; of the newest when none of them has this id. KEYS history. ARGV turn.
 * Returns its id, or nil.
 */
const modelScript = createScript(`
local found, bytes = nil, 0
for n = 1, ${MAX_TURNS} do
  local json = redis.call('LINDEX', KEYS[1], -n)
  if not json then break end
  bytes = bytes + #json
  if bytes > ${MAX_BYTES} and n > 1 then break end
  local turn = (n == 1 or string.find(json, ARGV[1], 1, true)) and cjson.decode(json)
  if n == 1 then found = turn.model end
  if turn and turn.id == ARGV[1] then return turn.model end
end
return found`);

/** All finished turns that are kept, oldest first. */
export async function history({ redis, keysOf }: Store, conversation: string): Promise<HistoryTurn[]> {
  const lines = await redis.lrange(keysOf(conversation).history, 0, -1);
  return lines.map((line) => JSON.parse(line) as HistoryTurn);
}

/** The newest finished turn. */
export async function lastTurn({ redis, keysOf }: Store, conversation: string): Promise<HistoryTurn | null> {
  const line = await redis.lindex(keysOf(conversation).history, -1);
  return line ? (JSON.parse(line) as HistoryTurn) : null;
}

/** All that a person would be shown of a conversation, read in one step. */
export async function view({ redis, keysOf }: Store, conversation: string): Promise<ConversationView> {
  const k = keysOf(conversation);
  const reads = redis.multi().lrange(k.history, 0, -1).xrange(k.inbox, '-', '+').hgetall(k.turn).hgetall(k.edits);
  return readView(conversation, ((await reads.exec()) ?? []) as RawView);
}

/**
 * The newest part of that, or what stands around one message and before it: at most some 50 turns or 300 KB of the
 * history. A message that is not there: the newest.
 */
export async function page({ redis, keysOf }: Store, conversation: string, before?: string): Promise<ConversationPage> {
  const k = keysOf(conversation);
  const holds = before === undefined ? '' : `"id":${JSON.stringify(before)}`;
  return readPage(conversation, (await pageScript(redis, [k.history, k.inbox, k.turn, k.edits], [holds])) as RawPage);
}

/** The id of the model that answered in this turn, if it is one of the newest; otherwise of the newest turn's. */
export async function modelOf({ redis, keysOf }: Store, conversation: string, turn: string): Promise<string | null> {
  return (await modelScript(redis, [keysOf(conversation).history], [turn])) as string | null;
}
