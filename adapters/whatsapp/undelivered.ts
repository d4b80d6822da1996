import type { Address, Ingest } from '../../src/contract/index.ts';
import type { SentMessages } from './sent-messages.ts';

/**
 * WhatsApp took a message of a turn's reply and refused it later: the turn joins the failed ones, once, whichever of its
 * messages it was.
 * @param refusal.otherwise finds the conversation where the turn is not remembered
 * @returns false: nobody knows whose it was. @throws when Redis is away
 */
export async function reportUndelivered(
  { ingest, sentMessages }: { ingest: Pick<Ingest, 'undelivered'>; sentMessages: SentMessages },
  turn: string,
  { code, message, otherwise }: { code: string; message: string; otherwise?: () => Promise<Address | null> },
): Promise<boolean> {
  if (await sentMessages.isReported(turn)) return true;
  const to = (await sentMessages.addressOf(turn)) ?? (await otherwise?.()) ?? null;
  if (to === null) return false;
  await ingest.undelivered(to, { key: turn, code, message });
  await sentMessages.noteReported(turn);
  return true;
}
