/** The receiving half: Meta's webhook, and the question whether the number can be reached at all. */

import type { Receiver, ReceiverHost } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createReceiver } from '../../kit/receiver.ts';
import type { Graph } from '../client.ts';
import { createCloudEvents, type EventDeps } from '../events.ts';
import { askNumber } from '../number.ts';
import { registerWhatsAppWebhook, WEBHOOK_PATH } from './webhook.ts';

export function createWhatsAppReceiver(
  deps: Omit<EventDeps, 'ingest'> & { graph: Graph; appSecret: string; verifyToken: string; log: Logger },
  { ingest, http }: ReceiverHost,
): Receiver {
  const { graph, phone, log } = deps;
  const webhook = registerWhatsAppWebhook({
    http,
    appSecret: deps.appSecret,
    verifyToken: deps.verifyToken,
    take: createCloudEvents({ ...deps, ingest }),
    log,
  });
  const receiver = createReceiver({
    name: 'WhatsApp',
    log,
    identify: () => askNumber(graph, phone),
    final: ['auth', 'invalid'],
    describe: ({ verified_name, display_phone_number }) =>
      `${[verified_name, display_phone_number].filter(Boolean).join(', ')}, HTTP at ${WEBHOOK_PATH}`,
  });

  return {
    ...receiver,
    start() {
      // Deliveries need nothing of Graph's: what comes while it is away, or refuses us, is stored and answered later.
      webhook.open();
      return receiver.start();
    },
    async stop() {
      await receiver.stop();
      await webhook.close();
    },
  };
}
