/**
 * What is spent and reserved, in Redis. A call reserves the most that it can cost, in every budget that it falls under,
 * in one step; afterwards it is settled for what it did cost. Money is counted in whole billionths of a US dollar.
 *
 * A worker that dies leaves its reservations behind. They lapse when the call must be over, and count as spent: the host
 * was asked, and what it charged is not known.
 */
import type { Redis } from 'ioredis';
import { createScript } from '../redis/script.ts';

/** One account: a budget, for whom it counts, and its day or month. */
export interface Account {
  /** Beginning of its three keys. */
  key: string;
  /** -1: not limited. */
  nanoUsd: number;
  tokens: number;
  /** Seconds after which all of it may go. */
  keptS: number;
  /** False: what is reserved is counted and never refused. */
  refuses: boolean;
}

export interface Amount {
  nanoUsd: number;
  tokens: number;
}

export interface Spent {
  spent: Amount;
  reserved: Amount;
}

const keysOf = ({ key }: Pick<Account, 'key'>): string[] => [`${key}:sums`, `${key}:held`, `${key}:until`];

/** Redis takes no `-0`. */
const MINUS = `
local function minus(amount) return amount == '0' and '0' or '-' .. amount end`;

/** Moves lapsed reservations into what is spent, and returns the sums. */
const LAPSE = `${MINUS}
local function sums(account, now)
  local total, held, until_ = KEYS[account * 3 - 2], KEYS[account * 3 - 1], KEYS[account * 3]
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', until_, '-inf', now)) do
    local usd, tokens = string.match(redis.call('HGET', held, id) or '0 0', '(%d+) (%d+)')
    redis.call('HINCRBY', total, 'spentUsd', usd)
    redis.call('HINCRBY', total, 'spentTokens', tokens)
    redis.call('HINCRBY', total, 'heldUsd', minus(usd))
    redis.call('HINCRBY', total, 'heldTokens', minus(tokens))
    redis.call('HDEL', held, id)
    redis.call('ZREM', until_, id)
  end
  local s = redis.call('HMGET', total, 'spentUsd', 'spentTokens', 'heldUsd', 'heldTokens')
  return tonumber(s[1] or 0), tonumber(s[2] or 0), tonumber(s[3] or 0), tonumber(s[4] or 0)
end
local function clock()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end`;

/**
 * KEYS sums held until of each account. ARGV call's id, lifetime (ms), usd, tokens, then of each account: limit in usd (-1:
 * none), limit in tokens, seconds kept, refuses (0|1). Returns 0, or the number of the account that is used up.
 */
const reserve = createScript(`${LAPSE}
local id, now = ARGV[1], clock()
local accounts = #KEYS / 3
for n = 1, accounts do
  local usd, tokens, heldUsd, heldTokens = sums(n, now)
  local at = 5 + (n - 1) * 4
  local mostUsd, mostTokens = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  if ARGV[at + 3] == '1' then
    if mostUsd >= 0 and usd + heldUsd >= mostUsd then return n end
    if mostTokens >= 0 and tokens + heldTokens >= mostTokens then return n end
  end
end
for n = 1, accounts do
  local total, held, until_ = KEYS[n * 3 - 2], KEYS[n * 3 - 1], KEYS[n * 3]
  if redis.call('HSETNX', held, id, ARGV[3] .. ' ' .. ARGV[4]) == 1 then
    redis.call('HINCRBY', total, 'heldUsd', ARGV[3])
    redis.call('HINCRBY', total, 'heldTokens', ARGV[4])
  end
  redis.call('ZADD', until_, now + tonumber(ARGV[2]), id)
  for _, key in ipairs({ total, held, until_ }) do redis.call('EXPIRE', key, ARGV[5 + (n - 1) * 4 + 2]) end
end
return 0`);

/**
 * KEYS as above. ARGV call's id, usd, tokens, then of each account: the usd and the tokens from which on a note is due (-1:
 * never). Settling twice, or after the reservation lapsed, changes nothing. Returns the accounts whose note is due now.
 */
const settle = createScript(`${MINUS}
local due = {}
for n = 1, #KEYS / 3 do
  local total, held, until_ = KEYS[n * 3 - 2], KEYS[n * 3 - 1], KEYS[n * 3]
  local kept = redis.call('HGET', held, ARGV[1])
  if kept then
    local usd, tokens = string.match(kept, '(%d+) (%d+)')
    redis.call('HDEL', held, ARGV[1])
    redis.call('ZREM', until_, ARGV[1])
    redis.call('HINCRBY', total, 'heldUsd', minus(usd))
    redis.call('HINCRBY', total, 'heldTokens', minus(tokens))
    local spentUsd = redis.call('HINCRBY', total, 'spentUsd', ARGV[2])
    local spentTokens = redis.call('HINCRBY', total, 'spentTokens', ARGV[3])
    local noteUsd, noteTokens = tonumber(ARGV[2 + n * 2]), tonumber(ARGV[3 + n * 2])
    local high = (noteUsd >= 0 and spentUsd >= noteUsd) or (noteTokens >= 0 and spentTokens >= noteTokens)
    if high and redis.call('HSETNX', total, 'noted', 1) == 1 then due[#due + 1] = n end
  end
end
return due`);

const read = createScript(`${LAPSE}
local now, out = clock(), {}
for n = 1, #KEYS / 3 do
  for _, sum in ipairs({ sums(n, now) }) do out[#out + 1] = string.format('%.0f', sum) end
end
return out`);

/** A note is due when this part of a budget is spent. */
const NOTE_FROM = 0.8;

/** @returns the account that is used up, and nothing was reserved; undefined: reserved in all of them */
export async function reserveIn(
  redis: Redis,
  accounts: readonly Account[],
  call: { id: string; lifetimeMs: number } & Amount,
): Promise<Account | undefined> {
  const limits = accounts.flatMap(({ nanoUsd, tokens, keptS, refuses }) => [nanoUsd, tokens, keptS, refuses ? 1 : 0]);
  const args = [call.id, call.lifetimeMs, call.nanoUsd, call.tokens, ...limits];
  return accounts[Number(await reserve(redis, accounts.flatMap(keysOf), args)) - 1];
}

/** @returns the accounts of which four fifths are spent, each once in its day or month */
export async function settleIn(
  redis: Redis,
  accounts: readonly Account[],
  call: { id: string } & Amount,
): Promise<Account[]> {
  const notes = accounts.flatMap(({ nanoUsd, tokens }) =>
    [nanoUsd, tokens].map((most) => Math.floor(most * NOTE_FROM)),
  );
  const args = [call.id, call.nanoUsd, call.tokens, ...notes];
  const due = (await settle(redis, accounts.flatMap(keysOf), args)) as number[];
  return due.flatMap((n) => accounts[n - 1] ?? []);
}

/** Counts money that was spent without a reservation. Not idempotent. */
export async function chargeIn(redis: Redis, accounts: readonly Account[], nanoUsd: number): Promise<void> {
  const pipeline = redis.multi();
  for (const { key, keptS } of accounts)
    pipeline.hincrby(`${key}:sums`, 'spentUsd', nanoUsd).expire(`${key}:sums`, keptS);
  await pipeline.exec();
}

export async function readAccounts(redis: Redis, accounts: readonly Pick<Account, 'key'>[]): Promise<Spent[]> {
  if (accounts.length === 0) return [];
  const sums = ((await read(redis, accounts.flatMap(keysOf), [])) as string[]).map(Number);
  return accounts.map((_, n) => {
    const [usd = 0, tokens = 0, heldUsd = 0, heldTokens = 0] = sums.slice(n * 4, n * 4 + 4);
    return { spent: { nanoUsd: usd, tokens }, reserved: { nanoUsd: heldUsd, tokens: heldTokens } };
  });
}
