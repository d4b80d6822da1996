import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { SlackRoute } from './route.ts';

/** No answer is written for longer. */
const KEPT_FOR_S = 3_600;

/** Of a message in which an answer is being written: whose answer it is. */
export interface SentNote {
  conversation: string;
  /** Who is answered. */
  user: string;
}

export type SentMessages = ReturnType<typeof createSentMessages>;

/**
 * Which conversation a growing answer belongs to. An event about a message names its channel but not its thread, and the
 * receiver may be another process than the one that writes.
 */
export function createSentMessages(store: Store, log: Logger) {
  const keyOf = (channel: string, ts: string): string => `posted:${channel}:${ts}`;
  return {
    /** Written in the background: only the stop by a reaction hangs on it. */
    note({ channel, user }: SlackRoute, ts: string, conversation: string): void {
      const note: SentNote = { conversation, user };
      store
        .set(keyOf(channel, ts), JSON.stringify(note), KEPT_FOR_S)
        .catch((error) => log.debug({ err: error }, 'a growing answer is not noted'));
    },
    async get(channel: string, ts: string): Promise<SentNote | null> {
      const text = await store.get(keyOf(channel, ts));
      return text === null ? null : (JSON.parse(text) as SentNote);
    },
  };
}
