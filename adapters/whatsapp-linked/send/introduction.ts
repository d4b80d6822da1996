/** The first message in a chat says who answers: people must know that it is not the number's owner. */

import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';

const KEPT_FOR_S = 365 * 86_400;

export type Introduction = ReturnType<typeof createIntroduction>;

export function createIntroduction(deps: { store: Store; assistantName: string; modelLabel: string; log: Logger }) {
  const { store, log } = deps;
  const text = `_I am ${deps.assistantName}, an automatic assistant. My answers are written by ${deps.modelLabel} and can be wrong. Write !about to learn more._`;
  const keyOf = (conversation: string): string => `introduced:${conversation}`;
  return {
    text,
    /** Where Redis does not tell, it says so once more: better twice than never. */
    async isNeeded(conversation: string): Promise<boolean> {
      try {
        return (await store.get(keyOf(conversation))) === null;
      } catch (error) {
        log.debug({ err: error }, 'introduced or not is not known');
        return true;
      }
    },
    async made(conversation: string): Promise<void> {
      await store
        .set(keyOf(conversation), '1', KEPT_FOR_S)
        .catch((error) => log.debug({ err: error }, 'introduction not noted'));
    },
  };
}
