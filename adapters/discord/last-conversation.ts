import type { Store } from '../../src/contract/index.ts';

const KEPT_FOR_S = 7 * 86_400;

export type LastConversation = ReturnType<typeof createLastConversation>;

/** Which conversation a person used last in a channel: a slash command does not say which chain of replies it means. */
export function createLastConversation(store: Store) {
  return {
    note: (channel: string, user: string, conversation: string): Promise<void> =>
      store.set(`recent:${channel}:${user}`, conversation, KEPT_FOR_S),
    get: (channel: string, user: string): Promise<string | null> => store.get(`recent:${channel}:${user}`),
  };
}
