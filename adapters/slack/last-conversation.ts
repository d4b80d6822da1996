import type { InboundMessage, Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { routeOf } from './route.ts';

const KEPT_FOR_S = 7 * 86_400;
const MOST_HERE = 10_000;

export type LastConversation = ReturnType<typeof createLastConversation>;

/**
 * Which conversation a person used last in a channel. Slash commands cannot be typed in a thread (docs.slack.dev, "Slash
 * commands"), so `reset` and `model` speak of this one.
 */
export function createLastConversation(store: Store, log: Logger) {
  const written = new Map<string, string>();
  return {
    /** Written in the background: only a command's convenience hangs on it. */
    note(message: InboundMessage): void {
      const { channel, user } = routeOf(message.to);
      const key = `recent:${channel}:${user}`;
      const { conversation } = message.to;
      if (written.get(key) === conversation) return;
      if (written.size >= MOST_HERE) written.clear();
      written.set(key, conversation);
      store.set(key, conversation, KEPT_FOR_S).catch((error) => {
        written.delete(key);
        log.debug({ err: error }, 'recent conversation not noted');
      });
    },
    get: (channel: string, user: string): Promise<string | null> => store.get(`recent:${channel}:${user}`),
  };
}
