/** Tells of a reply that counted as sent, and was refused by WhatsApp later: its connection was away when it was posted. */
import type { Ingest } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { retry } from '../../kit/retry.ts';
import type { SentMessages } from '../../whatsapp/sent-messages.ts';
import { reportUndelivered } from '../../whatsapp/undelivered.ts';

/** No event comes again, so a Redis that is away is waited for. */
const PATIENCE_MS = 10 * 60_000;

/** @returns a function that takes the id of a refused message. Once for each turn; it never throws. */
export function createUndelivered(deps: {
  ingest: Pick<Ingest, 'undelivered'>;
  sentMessages: SentMessages;
  log: Logger;
}) {
  const { sentMessages, log } = deps;

  async function report(id: string): Promise<void> {
    // A message that replaces one too old to be edited has a turn's name of its own.
    const turn = (await sentMessages.turnOf(id))?.replace(/:again$/, '');
    if (turn === undefined) return;
    const known = await reportUndelivered(deps, turn, {
      code: 'refused',
      message: 'WhatsApp refused the message after a while',
    });
    if (!known) log.warn({ turn }, 'a message that WhatsApp refused is of no conversation that is known here');
  }

  return async (id: string): Promise<void> => {
    const what = 'a message that WhatsApp refused could not be noted';
    const noted = await retry(() => report(id).then(() => true), {
      ...{ signal: AbortSignal.timeout(PATIENCE_MS), firstMs: 250, log, what },
    });
    if (!noted) log.error({ id }, what);
  };
}
