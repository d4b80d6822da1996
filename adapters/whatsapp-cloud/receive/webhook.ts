/**
 * Meta's deliveries on the process's own server.
 * Source: developers.facebook.com, WhatsApp Business Platform, "Create a webhook endpoint": the handshake, and
 * X-Hub-Signature-256 over the raw body; a delivery that is not answered with 200 comes again, for days.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unverifiedBodies } from '../../../src/http/unverified.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { WebhookBody } from './payload.ts';

export const WEBHOOK_PATH = '/whatsapp/webhook';
/** "Webhooks": payloads have up to 3 MB. */
const BODY_LIMIT_BYTES = 3_145_728;
const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/**
 * Registers the route.
 * @param options.take stores what a delivery holds; when it throws, Meta is asked to deliver again
 */
export function registerWebhook(options: {
  http: FastifyInstance;
  appSecret: string;
  verifyToken: string;
  take(body: WebhookBody): Promise<void>;
  log: Logger;
}) {
  const { http, appSecret, verifyToken, take, log } = options;
  let open = false;
  const running = new Set<Promise<void>>();

  async function handshake(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const query = request.query as Record<string, unknown>;
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = query;
    if (mode !== 'subscribe' || typeof token !== 'string' || !equal(token, verifyToken)) {
      log.warn('a handshake with a wrong verify token was refused');
      return refuse(reply, 403, 'The verify token is not WHATSAPP_VERIFY_TOKEN.');
    }
    return reply.type('text/plain; charset=utf-8').send(typeof challenge === 'string' ? challenge : '');
  }

  /** Before the body is read: whoever has no signature gets no memory of ours, and whoever is early comes again. */
  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    if (!SIGNATURE.test(String(request.headers['x-hub-signature-256'] ?? ''))) {
      log.warn('a request to /whatsapp/webhook without a signature was refused');
      return refuse(reply, 401, 'The signature is missing or wrong.');
    }
    if (!open) return refuse(reply, 503, 'Not taking messages now.');
    return undefined;
  }

  async function receive(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const raw = request.body as Buffer | undefined;
    if (!raw || !isSigned(request.headers['x-hub-signature-256'], raw, appSecret)) {
      log.warn('a request to /whatsapp/webhook without a valid signature was refused');
      return refuse(reply, 401, 'The signature is missing or wrong.');
    }
    const body = parse(raw);
    if (!body) return refuse(reply, 400, 'The body is not a JSON object.');
    if (!open) return refuse(reply, 503, 'Not taking messages now.');
    const done = take(body);
    const tracked = done
      .catch(() => {
        // Handled below; here only the end matters.
      })
      .then(() => void running.delete(tracked));
    running.add(tracked);
    try {
      await done;
    } catch (error) {
      log.warn({ err: error }, 'a message could not be taken; Meta will deliver it again');
      return refuse(reply, 503, 'Could not be stored; please deliver it again.');
    }
    return '';
  }

  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The signature covers the raw bytes.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    scope.get(WEBHOOK_PATH, handshake);
    scope.post(WEBHOOK_PATH, { bodyLimit: BODY_LIMIT_BYTES, ...unverifiedBodies(admit) }, receive);
  });

  return {
    open(): void {
      open = true;
    },
    /** Takes nothing more; resolves when the deliveries in hand are done. */
    async close(): Promise<void> {
      open = false;
      await Promise.all(running);
    },
  };
}

function isSigned(header: string | string[] | undefined, raw: Buffer, secret: string): boolean {
  return equal(String(header ?? ''), `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`);
}

/** In constant time, also for texts of unlike length. */
function equal(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

function parse(raw: Buffer): WebhookBody | null {
  try {
    const value: unknown = JSON.parse(raw.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

async function refuse(reply: FastifyReply, status: number, message: string): Promise<FastifyReply> {
  return reply.code(status).send({ error: { code: status === 401 ? 'unsigned' : 'refused', message } });
}
