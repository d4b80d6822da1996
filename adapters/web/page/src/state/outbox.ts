import type { UserItem } from './thread.ts';

const KEY = 'chasqui-unsent';

interface Unsent {
  id: string;
  text: string;
  conversation: string | null;
}

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * Messages that the server has not confirmed. They outlive a reload of the tab and a look at another conversation;
 * their id stays the same, so that sending one again can never double it.
 */
export function createOutbox(storage: Storage | null) {
  let entries: Unsent[] = [];
  try {
    entries = JSON.parse(storage?.getItem(KEY) ?? '[]') as Unsent[];
  } catch {
    // What is stored is not ours or broken: there is nothing to send again.
  }

  function save(): void {
    storage?.setItem(KEY, JSON.stringify(entries));
  }

  return {
    add(entry: Unsent): void {
      entries = [...entries.filter(({ id }) => id !== entry.id), entry];
      save();
    },
    remove(id: string): void {
      entries = entries.filter((entry) => entry.id !== id);
      save();
    },
    /** As they are shown in this conversation: not sent. */
    of(conversation: string | null): UserItem[] {
      return entries
        .filter((entry) => entry.conversation === conversation)
        .map(({ id, text }) => ({ kind: 'user', id, text, at: Date.now(), state: 'failed' }));
    },
  };
}
