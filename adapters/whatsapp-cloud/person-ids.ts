/**
 * Who a person is, whatever a webhook says of them. Since 2026 people may hide their number behind a username; then only
 * the business-scoped user id comes ("Business-scoped user IDs"). One person is one conversation, so the number that was
 * seen with an id once stays that person's name here.
 */

import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { BoundedMap } from '../kit/bounded-map.ts';

const MAX_HERE = 10_000;
/** What a conversation's id may hold (src/conversation/keys.ts), with room for the rest of it. */
const PERSON = /^[\w.+-]{1,140}$/;

export type PersonIds = ReturnType<typeof createPersonIds>;

export function createPersonIds(deps: { store: Store; keepSeconds: number; log: Logger }) {
  const { store, keepSeconds, log } = deps;
  const numbers = new BoundedMap<string, string>({ max: MAX_HERE });

  function remember(user: string, number: string): void {
    if (numbers.get(user) === number) return;
    numbers.set(user, number);
    store.set(`number:${user}`, number, keepSeconds).catch((error) => {
      numbers.delete(user);
      log.debug({ err: error }, 'a user’s number was not noted');
    });
  }

  return {
    /** @returns what names the person in a conversation's id; null where nothing usable came. @throws when Redis is away */
    async personOf(message: { from?: string; from_user_id?: string }): Promise<string | null> {
      const { from, from_user_id: user } = message;
      if (from !== undefined && user !== undefined) remember(user, from);
      const person =
        from ?? (user === undefined ? undefined : (numbers.get(user) ?? (await store.get(`number:${user}`)) ?? user));
      return person !== undefined && PERSON.test(person) ? person : null;
    },
  };
}
