/** People's order within a conversation: its events are taken one after another, and none before what is missing. */
import { InboxFullError } from '../../../src/contract/index.ts';
import type { Wanted } from './classify.ts';

/** Kept in memory; what is beyond is found in Slack's history. */
const MOST_OWED = 1_000;

export function createOrder(deps: {
  store(wanted: Wanted): Promise<unknown>;
  /** Fetches what may be missing before this message. @throws when this process stops */
  before(wanted: Wanted): Promise<void>;
}) {
  /** The last event of each conversation that is being taken. */
  const lanes = new Map<string, Promise<void>>();
  /** By conversation: messages that could not be stored. Slack delivers them again, perhaps after later ones. */
  const owed = new Map<string, Wanted[]>();
  let count = 0;

  async function settle(conversation: string): Promise<void> {
    const waiting = owed.get(conversation) ?? [];
    while (waiting.length > 0) {
      await deps.store(waiting[0] as Wanted);
      waiting.shift();
      count--;
    }
    owed.delete(conversation);
  }

  async function take(wanted: Wanted, conversation: string): Promise<void> {
    try {
      await settle(conversation);
      await deps.before(wanted);
      await deps.store(wanted);
    } catch (error) {
      const waiting = owed.get(conversation) ?? [];
      const known = waiting.some(({ message }) => message.id === wanted.message.id);
      if (!known && !(error instanceof InboxFullError) && count < MOST_OWED) {
        owed.set(conversation, [...waiting, wanted]);
        count++;
      }
      throw error;
    }
  }

  /** @throws what `store` or `before` throws */
  return (wanted: Wanted): Promise<void> => {
    const { conversation } = wanted.message.to;
    const done = (lanes.get(conversation) ?? Promise.resolve()).then(() => take(wanted, conversation));
    const end = done
      .catch(() => {
        // The caller handles it; the next event of the conversation only waits for the end.
      })
      .then(() => {
        if (lanes.get(conversation) === end) lanes.delete(conversation);
      });
    lanes.set(conversation, end);
    return done;
  };
}
