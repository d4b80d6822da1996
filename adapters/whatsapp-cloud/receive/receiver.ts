/** The receiving half: Meta's webhook, and the question whether the number can be reached at all. */

import type { Receiver, ReceiverHost } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { reach } from '../../kit/retry.ts';
import type { Graph } from '../client.ts';
import { createInbox, type InboxDeps } from '../events.ts';
import { askNumber } from '../number.ts';
import { registerWhatsAppWebhook, WEBHOOK_PATH } from './webhook.ts';

export function createWhatsAppReceiver(
  deps: Omit<InboxDeps, 'ingest'> & { graph: Graph; appSecret: string; verifyToken: string; log: Logger },
  { ingest, http }: ReceiverHost,
): Receiver {
  const { graph, phone, log } = deps;
  const stopping = new AbortController();
  let problem: string | undefined = 'starting';
  let name = '';
  const webhook = registerWhatsAppWebhook({
    http,
    appSecret: deps.appSecret,
    verifyToken: deps.verifyToken,
    take: createInbox({ ...deps, ingest }),
    log,
  });

  return {
    async start() {
      // Deliveries need nothing of Graph's: what comes while it is away, or refuses us, is stored and answered later.
      webhook.open();
      const number = await reach('WhatsApp', () => askNumber(graph, phone), {
        signal: stopping.signal,
        log,
        onProblem: (detail) => {
          problem = detail;
        },
        final: ['auth', 'invalid'],
      });
      if (!number) return;
      name = [number.verified_name, number.display_phone_number].filter(Boolean).join(', ');
      problem = undefined;
    },
    async stop() {
      stopping.abort();
      await webhook.close();
    },
    status: () =>
      problem ? { connected: false, detail: problem } : { connected: true, detail: `${name}, HTTP at ${WEBHOOK_PATH}` },
  };
}
