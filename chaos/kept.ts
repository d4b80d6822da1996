/** What Chasqui keeps in Redis at the end: histories to compare, and what should be gone. */
import type { Redis } from 'ioredis';
import { conversationOf } from './answers.ts';
import type { Kept } from './judge.ts';

const TOKENS = /\bq\d+\.\d+(?:v\d+)?\b/g;
/** Parts of a conversation's or a queue's keys that are there only while something is in hand. */
const PASSING = ['inbox', 'turn', 'edits', 'live', 'text'];
const QUEUE_LISTS = ['wait', 'active', 'delayed', 'failed', 'prioritized', 'paused', 'completed'];

async function scan(redis: Redis, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const some of redis.scanStream({ match: pattern, count: 500 })) keys.push(...(some as string[]));
  return keys;
}

/** Histories by the storm's conversation. `mixed` tells of those that hold somebody else's words. */
export async function readKept(redis: Redis, prefix: string): Promise<{ kept: Map<number, Kept>; mixed: string[] }> {
  const kept = new Map<number, Kept>();
  const mixed: string[] = [];
  for (const key of await scan(redis, `${prefix}:{*}:history`)) {
    const lines = await redis.lrange(key, 0, -1);
    const turns = lines.map((line) => {
      const turn = JSON.parse(line) as { user: { text: string }[]; reply: string | null; outcome: string; at: number };
      const tokens = turn.user.flatMap(({ text }) => text.match(TOKENS) ?? []);
      return { tokens, reply: turn.reply ?? '', outcome: turn.outcome, at: turn.at };
    });
    const all = new Set(turns.flatMap(({ tokens }) => tokens.map(conversationOf)));
    const [conversation = -1] = all;
    if (all.size > 1) mixed.push(`${key} holds messages of the conversations ${[...all].join(', ')}`);
    if (kept.has(conversation)) mixed.push(`conversation ${conversation} has two histories, one is ${key}`);
    const seen = await redis.zrange(key.replace(/history$/, 'seen'), '0', '-1', 'WITHSCORES');
    const storedAt = new Map<string, number>();
    for (let i = 0; i < seen.length; i += 2) storedAt.set(seen[i] as string, Number(seen[i + 1]));
    kept.set(conversation, { turns, storedAt });
  }
  return { kept, mixed };
}

/** Whether a conversation's turn has its answer saved already. */
export async function isAnswered(redis: Redis, prefix: string, conversation: string): Promise<boolean> {
  return (await redis.hget(`${prefix}:{${conversation}}:turn`, 'state')) === 'answered';
}

/** What is left behind, by kind. Empty: nothing is. */
export async function leftovers(redis: Redis, prefix: string): Promise<Map<string, string[]>> {
  const left = new Map<string, string[]>();
  const note = (kind: string, key: string): void => void left.set(kind, [...(left.get(kind) ?? []), key]);
  for (const part of PASSING)
    for (const key of await scan(redis, `${prefix}:{*}:${part}`)) {
      // An emptied inbox stays for a day.
      if (part !== 'inbox' || (await redis.xlen(key)) > 0) note(part, key);
    }
  for (const key of await scan(redis, `{${prefix}-queue-*}:*`)) {
    const [, , part = '', rest] = key.split(':');
    if (QUEUE_LISTS.includes(part)) {
      const type = await redis.type(key);
      const length = type === 'list' ? await redis.llen(key) : type === 'zset' ? await redis.zcard(key) : 0;
      if (length > 0) note(`queue: ${part}`, `${key} (${length})`);
    } else if (part === 'de' || /^\d+$/.test(part))
      note(`queue: ${part === 'de' ? 'deduplication' : 'job'}`, `${part} ${rest ?? ''}`);
  }
  return left;
}
