import type { Store } from '../../src/contract/index.ts';

/** What is remembered of a message that we posted. */
export interface SentMessage {
  conversation: string;
  /** Who was answered. */
  user: string;
}

export type SentMessages = ReturnType<typeof createSentMessages>;

/**
 * Which conversation a message of ours belongs to, so that a reply to it or a reaction on it finds its way, in any process
 * and after a restart.
 */
export function createSentMessages(store: Store, keepSeconds: number) {
  const keyOf = (message: string): string => `posted:${message}`;
  const lastOf = (conversation: string): string => `last:${conversation}`;
  return {
    /** @param message the platform's id of it, unique over all channels */
    note: (message: string, sent: SentMessage): Promise<void> =>
      store.set(keyOf(message), JSON.stringify(sent), keepSeconds),
    async get(message: string): Promise<SentMessage | null> {
      const text = await store.get(keyOf(message));
      return text === null ? null : (JSON.parse(text) as SentMessage);
    },
    noteLast: (conversation: string, message: string): Promise<void> =>
      store.set(lastOf(conversation), message, keepSeconds),
    /** The message that we posted last in a conversation. */
    last: (conversation: string): Promise<string | null> => store.get(lastOf(conversation)),
  };
}
