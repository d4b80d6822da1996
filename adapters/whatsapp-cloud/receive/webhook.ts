/**
 * Meta's deliveries.
 * Source: developers.facebook.com, WhatsApp Business Platform, "Create a webhook endpoint": the handshake, and
 * X-Hub-Signature-256 over the raw body; a delivery that is not answered with 200 comes again, for days.
 */
import { createHash, createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../../src/log/logger.ts';
import { isSame, registerWebhook, type Webhook, WRONG } from '../../kit/webhook.ts';
import type { WebhookBody } from './payload.ts';

export const WEBHOOK_PATH = '/whatsapp/webhook';
/** "Webhooks": payloads have up to 3 MB. */
const MAX_BYTES = 3_145_728;
const SIGNATURE_HEADER = 'x-hub-signature-256';
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/**
 * Registers the route.
 * @param options.take stores what a delivery holds; when it throws, Meta is asked to deliver again
 */
export function registerWhatsAppWebhook(options: {
  http: FastifyInstance;
  appSecret: string;
  verifyToken: string;
  take(body: WebhookBody): Promise<void>;
  log: Logger;
}): Webhook {
  const { http, appSecret, verifyToken, log } = options;

  async function handshake(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const query = request.query as Record<string, unknown>;
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = query;
    // Hashed, so that the time tells nothing of the token's length either.
    if (mode !== 'subscribe' || typeof token !== 'string' || !isSame(hashOf(token), hashOf(verifyToken))) {
      log.warn('a handshake with a wrong verify token was refused');
      return reply
        .code(403)
        .send({ error: { code: 'refused', message: 'The verify token is not WHATSAPP_VERIFY_TOKEN.' } });
    }
    return reply.type('text/plain; charset=utf-8').send(typeof challenge === 'string' ? challenge : '');
  }

  http.get(WEBHOOK_PATH, handshake);
  return registerWebhook<WebhookBody>({
    http,
    platform: 'Meta',
    path: WEBHOOK_PATH,
    maxBytes: MAX_BYTES,
    mayBeSigned: (headers) => SIGNATURE.test(String(headers[SIGNATURE_HEADER] ?? '')),
    faultOf: (headers, raw) => (isSame(String(headers[SIGNATURE_HEADER] ?? ''), signatureOf(raw)) ? undefined : WRONG),
    parse,
    take: options.take,
    log,
  });

  function signatureOf(raw: Buffer): string {
    return `sha256=${createHmac('sha256', appSecret).update(raw).digest('hex')}`;
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function parse(raw: Buffer): WebhookBody | undefined {
  try {
    const value: unknown = JSON.parse(raw.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
