import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { BoundedMap } from './bounded-map.ts';

const KEPT_FOR_S = 7 * 86_400;
const MAX_HERE = 10_000;

export type LastConversation = ReturnType<typeof createLastConversation>;

/**
 * Which conversation a person used last in a channel: a slash command does not say which thread or chain of replies it
 * means, so `reset` and `model` speak of this one.
 */
export function createLastConversation(store: Store, log: Logger) {
  const written = new BoundedMap<string, string>({ max: MAX_HERE });
  const keyOf = (channel: string, user: string): string => `recent:${channel}:${user}`;
  return {
    /** Written in the background: only a command's convenience hangs on it. */
    note(channel: string, user: string, conversation: string): void {
      const key = keyOf(channel, user);
      if (written.get(key) === conversation) return;
      written.set(key, conversation);
      store.set(key, conversation, KEPT_FOR_S).catch((error) => {
        written.delete(key);
        log.debug({ err: error }, 'could not note the last conversation');
      });
    },
    get: (channel: string, user: string): Promise<string | null> => store.get(keyOf(channel, user)),
  };
}
