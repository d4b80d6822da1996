import { Cluster, type Redis } from 'ioredis';
import { conversationOfInbox, inboxPattern } from './keys.ts';

/** Keys looked at in one call; a call of this size takes Redis well under a millisecond. */
const AT_ONCE = 500;

/** All conversations that have an inbox, empty or not. Walks the keys in small steps, and holds up nobody. */
export async function* scanInboxes(redis: Redis | Cluster, prefix: string): AsyncGenerator<string> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  for (const node of nodes) {
    let cursor = '0';
    do {
      const [next, keys] = await node.scan(cursor, 'MATCH', inboxPattern(prefix), 'COUNT', AT_ONCE, 'TYPE', 'stream');
      cursor = next;
      for (const key of keys) yield conversationOfInbox(prefix, key);
    } while (cursor !== '0');
  }
}
