/**
 * Deliveries to the app: the handshake, signatures, retries, several changes in one call.
 * Rules: "Getting started with webhooks" (hub.mode, hub.verify_token, hub.challenge; X-Hub-Signature-256 over the body,
 * where Meta writes everything but ASCII as \u escapes), "Webhooks" (retried with growing pauses, duplicates happen).
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Settings } from './types.ts';

export interface Delivered {
  acked: boolean;
  attempts: number;
  /** HTTP status of the last attempt; 0: no answer. */
  status: number;
}

export type Webhook = ReturnType<typeof createWebhook>;

export function createWebhook(options: { settings: Settings; appSecret: string; verifyToken: string }) {
  const { settings } = options;
  const waiting = new Set<(goOn: boolean) => void>();
  const sent: string[] = [];
  let url: string | undefined;
  let closed = false;
  let ignoring = 0;

  function sign(body: string, secret = options.appSecret): Record<string, string> {
    return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
  }

  function pause(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (goOn: boolean): void => {
        clearTimeout(timer);
        waiting.delete(end);
        resolve(goOn);
      };
      const timer = setTimeout(() => end(true), ms);
      waiting.add(end);
    });
  }

  async function post(body: string): Promise<number> {
    if (!url) return 0;
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'user-agent': 'facebookexternalua', ...sign(body) },
        signal: AbortSignal.timeout(settings.ackTimeoutMs),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      // Refused, cut or too slow: to Meta all the same.
      return 0;
    }
  }

  async function carry(body: string, delays: number[]): Promise<Delivered> {
    for (let attempts = 1; ; attempts++) {
      const underway = settings.eventDelayMs();
      if (underway > 0) await pause(underway);
      const status = await post(body);
      const lost = status === 200 && ignoring > 0;
      if (lost) ignoring -= 1;
      if (status === 200 && !lost) return { acked: true, attempts, status };
      const delay = delays[attempts - 1];
      if (closed || delay === undefined || !(await pause(delay))) return { acked: false, attempts, status };
    }
  }

  return {
    sent,
    sign,
    /** Sets the callback URL as the app's dashboard does. @throws when the handshake fails */
    async use(target: string): Promise<void> {
      const challenge = String(randomBytes(4).readUInt32BE());
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.challenge': challenge,
        'hub.verify_token': options.verifyToken,
      });
      const response = await fetch(`${target}?${query}`);
      const answer = await response.text();
      if (response.status !== 200 || answer !== challenge)
        throw new Error(`the callback URL could not be validated: ${response.status} ${answer}`);
      url = target;
    },
    url: (): string | undefined => url,
    deliver(payload: object): Promise<Delivered> {
      const body = escaped(JSON.stringify(payload));
      sent.push(body);
      return carry(body, settings.retryDelaysMs);
    },
    /** Sends an earlier body once more; by default the last one. */
    again(body = sent.at(-1) as string): Promise<Delivered> {
      return carry(body, []);
    },
    /** The next `count` acknowledgements are lost on their way. */
    ignoreAcks(count = 1): void {
      ignoring = count;
    },
    /** Makes every retry that is due later due now; gives their number. */
    retryNow(): number {
      const due = [...waiting];
      for (const end of due) end(true);
      return due.length;
    },
    close(): void {
      closed = true;
      for (const end of [...waiting]) end(false);
    },
  };
}

function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
