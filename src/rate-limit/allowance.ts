import type { Redis } from 'ioredis';
import type { InboundMessage } from '../contract/index.ts';
import { createScript } from '../redis/script.ts';

/** A busy workspace's debt is counted up to this many messages; beyond it all are equally late. */
const MOST_DEBT = 10_000;
/** Writing without an account costs nothing, so a network's fair share is this part of a workspace's. */
const NETWORK_SHARE = 1 / 10;

/**
 * One step for the buckets of a person, a conversation and a workspace, and for the workspace's fair share. A bucket is a
 * string `tokens at`. A rate of 0 is no limit. When one bucket is empty, none is taken from.
 * KEYS person conversation workspace share told. ARGV a rate a minute for each of the first four, most debt.
 * Returns { ms to wait (0: go on), tell it (0|1), debt: by how many messages the workspace is ahead of its share }.
 */
const allow = createScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function look(n, burst)
  local rate = tonumber(ARGV[n]) / 60000
  local kept = redis.call('GET', KEYS[n])
  if not kept then return burst, rate end
  local tokens, at = string.match(kept, '(%S+) (%S+)')
  return math.min(burst, tonumber(tokens) + (now - tonumber(at)) * rate), rate
end
local function keep(n, tokens, rate, burst)
  redis.call('SET', KEYS[n], string.format('%.3f %d', tokens, now), 'PX', math.ceil((burst - tokens) / rate) + 1000)
end
local wait, left, rates, bursts = 0, {}, {}, {}
for n = 1, 3 do
  bursts[n] = math.max(1, tonumber(ARGV[n]) / 2)
  if tonumber(ARGV[n]) > 0 then
    left[n], rates[n] = look(n, bursts[n])
    if left[n] < 1 then wait = math.max(wait, math.ceil((1 - left[n]) / rates[n])) end
  end
end
if wait > 0 then
  local tell = redis.call('SET', KEYS[5], 1, 'NX', 'PX', math.max(wait, 10000))
  return { wait, tell and 1 or 0, 0 }
end
for n = 1, 3 do
  if left[n] then keep(n, left[n] - 1, rates[n], bursts[n]) end
end
if tonumber(ARGV[4]) <= 0 then return { 0, 0, 0 } end
local burst = math.max(1, tonumber(ARGV[4]) / 4)
local tokens, rate = look(4, burst)
tokens = math.max(tokens - 1, -tonumber(ARGV[5]))
keep(4, tokens, rate, burst)
return { 0, 0, math.max(0, math.ceil(-tokens)) }`);

export interface Verdict {
  /** 0: go on. Otherwise how long this person has to wait, in ms. */
  waitMs: number;
  /** The person has not been told yet. */
  tell: boolean;
  /** By how many messages the workspace is ahead of its fair share; its turns wait behind those of others. */
  debt: number;
}

export interface AllowanceSettings {
  /** Messages a minute; 0: no limit. */
  person_per_minute: number;
  conversation_per_minute: number;
  workspace_per_minute: number;
  fair_share_per_minute: number;
}

export type Allowance = ReturnType<typeof createAllowance>;

/** How much people, conversations and workspaces may ask, counted over all processes. One Redis call a message. */
export function createAllowance(options: { redis: Redis; prefix: string; settings: AllowanceSettings }) {
  const { redis, settings } = options;
  const limits = [settings.person_per_minute, settings.conversation_per_minute, settings.workspace_per_minute];
  // One hash tag: the call touches several keys, which on a Redis Cluster must live together.
  const keyOf = (kind: string, id: string): string => `${options.prefix}:{allowance}:${kind}:${id}`;

  return {
    /** Counts an accepted message. */
    async take({ author, to, workspace, network }: InboundMessage): Promise<Verdict> {
      if ([...limits, settings.fair_share_per_minute].every((rate) => rate === 0))
        return { waitMs: 0, tell: false, debt: 0 };
      const person = `${to.platform}:${author.id}`;
      const place = `${to.platform}:${workspace ?? network ?? author.id}`;
      const share = settings.fair_share_per_minute * (network === undefined ? 1 : NETWORK_SHARE);
      const keys = [
        keyOf('person', person),
        keyOf('conversation', to.conversation),
        keyOf('workspace', place),
        keyOf('share', place),
        keyOf('told', `${person}:${to.conversation}`),
      ];
      const [waitMs, tell, debt] = (await allow(redis, keys, [...limits, share, MOST_DEBT])) as [
        number,
        number,
        number,
      ];
      return { waitMs, tell: tell === 1, debt };
    },
  };
}
