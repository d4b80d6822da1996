/**
 * Deliveries that a platform posts to this process's own server, signed over their raw bytes. Each is answered only when
 * it is stored; otherwise the platform is asked to deliver it again.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unverifiedBodies } from '../../src/http/unverified.ts';
import type { Logger } from '../../src/log/logger.ts';
import { createInFlight } from './in-flight.ts';

export interface WebhookOptions<B> {
  http: FastifyInstance;
  /** For the log, e.g. “Slack”. */
  platform: string;
  path: string;
  maxBytes: number;
  /** Whether the headers can be a signed request's; asked before the body is read, so that others get no memory of ours. */
  mayBeSigned(headers: IncomingHttpHeaders): boolean;
  /** What is wrong with the signature, for the log: `WRONG`, or something that an operator can mend. Undefined: nothing. */
  faultOf(headers: IncomingHttpHeaders, raw: Buffer): string | undefined;
  /** @returns undefined when the body is not what the platform sends */
  parse(raw: Buffer, headers: IncomingHttpHeaders): B | undefined;
  /** An answer to a request that delivers nothing: a handshake. */
  answer?(body: B): unknown;
  /** Stores what a delivery holds, and returns the answer's body. When it throws, the delivery is asked for again. */
  take(body: B, headers: IncomingHttpHeaders): Promise<unknown>;
  log: Logger;
}

/** The signature is not the platform's. */
export const WRONG = 'it came without a valid signature';

export type Webhook = ReturnType<typeof registerWebhook>;

export function registerWebhook<B>(options: WebhookOptions<B>) {
  const { http, platform, path, maxBytes, log } = options;
  const running = createInFlight();
  let open = false;

  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    if (options.mayBeSigned(request.headers)) return undefined;
    log.warn(`a request to ${path} was refused: it came without a signature`);
    return refuse(reply, 401, 'The signature is missing, wrong or too old.');
  }

  async function receive(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { headers } = request;
    const raw = request.body as Buffer | undefined;
    const fault = raw ? options.faultOf(headers, raw) : WRONG;
    if (!raw || fault !== undefined) {
      log.warn(`a request to ${path} was refused: ${fault ?? WRONG}`);
      return refuse(reply, 401, 'The signature is missing, wrong or too old.');
    }
    const body = options.parse(raw, headers);
    if (body === undefined) return refuse(reply, 400, 'The body cannot be read.');
    const answer = options.answer?.(body);
    if (answer !== undefined) return answer;
    // Stopping, or not ready: it comes again, to another process or to this one's successor.
    if (!open) return refuse(reply, 503, 'Not taking deliveries now.');
    try {
      return (await running.add(options.take(body, headers))) ?? '';
    } catch (error) {
      log.warn({ err: error }, `a delivery could not be stored; ${platform} will deliver it again`);
      return refuse(reply, 503, 'Could not be stored; please deliver it again.');
    }
  }

  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The signature covers the raw bytes.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBytes }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(path, { bodyLimit: maxBytes, ...unverifiedBodies(admit) }, receive);
  });

  return {
    open(): void {
      open = true;
    },
    isOpen: (): boolean => open,
    /** Takes nothing more; resolves when the deliveries in hand are done. */
    async close(): Promise<void> {
      open = false;
      await running.settle();
    },
  };
}

/** Compares in constant time. */
export function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function refuse(reply: FastifyReply, status: number, message: string): Promise<FastifyReply> {
  return reply.code(status).send({ error: { code: status === 401 ? 'unsigned' : 'refused', message } });
}
