/** The receiving half: Meta's webhook, and the question whether the number can be reached at all. */

import type { Receiver, ReceiverHost } from '../../../src/contract/index.ts';
import { SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { Graph } from '../client.ts';
import { createInbox, type InboxDeps } from '../events.ts';
import { askNumber } from '../number.ts';
import { registerWebhook, WEBHOOK_PATH } from './webhook.ts';

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

export function createWhatsAppReceiver(
  deps: Omit<InboxDeps, 'ingest'> & { graph: Graph; appSecret: string; verifyToken: string; log: Logger },
  { ingest, http }: ReceiverHost,
): Receiver {
  const { graph, phone, log } = deps;
  const stopping = new AbortController();
  let problem: string | undefined = 'starting';
  let name = '';
  const webhook = registerWebhook({
    http,
    appSecret: deps.appSecret,
    verifyToken: deps.verifyToken,
    take: createInbox({ ...deps, ingest }),
    log,
  });

  /** Waits for WhatsApp as long as it is away. @throws SendError when it refuses the token or the number */
  async function identify(): Promise<void> {
    for (let backoff = FIRST_BACKOFF_MS; !stopping.signal.aborted; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
      try {
        const number = await askNumber(graph, phone);
        name = [number.verified_name, number.display_phone_number].filter(Boolean).join(', ');
        return;
      } catch (error) {
        if (!(error instanceof SendError)) throw error;
        problem = error.message;
        if (error.kind === 'auth' || error.kind === 'invalid') throw error;
        if (backoff === FIRST_BACKOFF_MS) log.warn({ code: error.code }, 'WhatsApp cannot be reached; trying again');
        await pause(error.retryAfterMs ?? backoff, stopping.signal);
      }
    }
  }

  return {
    async start() {
      // Deliveries need nothing of Graph's: what comes while it is away, or refuses us, is stored and answered later.
      webhook.open();
      await identify();
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

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
