/** A polite answer to what people send and the assistant cannot read (stickers, polls, contact cards): once in a while. */

import type { Address, Sender, Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { mayTell, refusalOf } from '../../whatsapp/unsupported.ts';

/** A catch-up may meet the same message again this long. */
const MET_FOR_S = 86_400;

export type Refusals = ReturnType<typeof createRefusals>;

export function createRefusals(deps: { store: Store; sender: Pick<Sender, 'begin' | 'finish'>; log: Logger }) {
  const { store, sender, log } = deps;
  /** One after another: events come twice, and stickers seldom come alone. */
  let last: Promise<unknown> = Promise.resolve();

  async function decide(conversation: string, id: string): Promise<boolean> {
    if ((await store.get(`met:${id}`)) !== null) return false;
    await store.set(`met:${id}`, '1', MET_FOR_S);
    return mayTell(store, conversation);
  }

  return {
    /** Whether this message is to be answered; asked again, no. @throws when Redis is away */
    isDue({ conversation }: Address, id: string): Promise<boolean> {
      const due = last.then(() => decide(conversation, id));
      // The caller hears of it; the next in line does not care.
      last = due.catch(() => {});
      return due;
    },
    /** Answers as to any message: typing, in a human pace, saying who answers where nobody has said it yet. Never throws. */
    async tell(to: Address, id: string, type: string): Promise<void> {
      try {
        const draft = await sender.begin(to, `unsupported:${id}`);
        await sender.finish(draft, { markdown: refusalOf(type), outcome: 'answered' });
      } catch (error) {
        log.warn({ err: error }, 'a polite refusal could not be sent');
      }
    },
  };
}
