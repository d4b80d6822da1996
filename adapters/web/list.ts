import type { Redis } from 'ioredis';
import { listKey, webKeys } from './keys.ts';

/** Most conversations that a list shows, and that are remembered for a session. */
const MOST_LISTED = 100;
const MOST_KEPT = 500;
const MAX_TITLE_CHARS = 60;

interface Listed {
  id: string;
  title: string;
  updatedAt: number;
}

export type ConversationList = ReturnType<typeof createConversationList>;

/** Whose conversation is whose, and each session's list of them. */
export function createConversationList(options: { redis: Redis; prefix: string; keepMs: number }) {
  const { redis, prefix, keepMs } = options;

  /** The title of a session's own conversation; null when it is not this session's, or gone. */
  async function titleIfOwn(session: string, conversation: string): Promise<string | null> {
    const [owner, title] = await redis.hmget(webKeys(prefix, conversation).owner, 'session', 'title');
    return owner === session ? (title ?? '') : null;
  }

  return {
    titleIfOwn,

    /** Puts a conversation first in its session's list, which is kept for `lifetimeMs`. */
    async touch(session: string, conversation: string, at: number, lifetimeMs: number): Promise<void> {
      const key = listKey(prefix, session);
      await redis
        .multi()
        .zadd(key, at, conversation)
        .zremrangebyscore(key, 0, at - keepMs)
        .zremrangebyrank(key, 0, -MOST_KEPT - 1)
        .pexpire(key, lifetimeMs)
        .exec();
    },

    /** All that is remembered of a session's conversations, and keeps the list as long as is configured. */
    async prolong(session: string): Promise<string[]> {
      const key = listKey(prefix, session);
      await redis.pexpire(key, keepMs);
      return redis.zrange(key, '0', '-1');
    },

    async drop(session: string, conversation: string): Promise<void> {
      await redis.zrem(listKey(prefix, session), conversation);
    },

    /** A session's conversations, newest first, at most 100. */
    async newest(session: string): Promise<Listed[]> {
      const flat = await redis.zrevrange(listKey(prefix, session), 0, MOST_LISTED - 1, 'WITHSCORES');
      const pairs = Array.from(
        { length: flat.length / 2 },
        (_, n) => [flat[2 * n], flat[2 * n + 1]] as [string, string],
      );
      const listed = await Promise.all(
        pairs.map(async ([id, at]) => ({ id, title: await titleIfOwn(session, id), updatedAt: Number(at) })),
      );
      return listed.filter((entry): entry is Listed => entry.title !== null);
    },
  };
}

/** What a conversation is called until its first answer brings a title. */
export function firstTitle(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MAX_TITLE_CHARS ? line : `${line.slice(0, MAX_TITLE_CHARS - 1).toWellFormed()}…`;
}
