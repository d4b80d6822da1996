/**
 * Slack's HTTP deliveries (events, slash commands, buttons) on the process's own server, as a Bolt receiver.
 * Source: docs.slack.dev, "Verifying requests from Slack" and "Events API".
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unverifiedBodies } from '../../../src/http/unverified.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { inWords } from './clock.ts';
import type { Dispatch } from './dispatch.ts';
import type { Source } from './socket.ts';

const PATH = '/slack/events';
/** Older requests may be replays. */
const MAX_AGE_S = 300;
/** An event carries a message's text (at most 40,000 characters) twice, as text and as blocks. */
const BODY_LIMIT_BYTES = 1_048_576;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;
const TIMESTAMP = /^\d{1,12}$/;

/** Registers the route; Slack's request URLs for events, commands and interactivity all point to it. */
export function createHttpSource(options: {
  signingSecret: string;
  http: FastifyInstance;
  dispatch: Dispatch;
  log: Logger;
}): Source {
  const { http, signingSecret, dispatch, log } = options;
  let open = false;

  /** Before the body is read: whoever sends no signature gets none of our memory. */
  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } = request.headers;
    if (SIGNATURE.test(String(signature ?? '')) && TIMESTAMP.test(String(timestamp ?? ''))) return undefined;
    log.warn('a request to /slack/events without a signature was refused');
    return refuse(reply, 401, 'The signature is missing, wrong or too old.');
  }

  async function receive(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const raw = request.body as Buffer | undefined;
    const signed = raw ? signatureOf(request, raw, signingSecret) : 'wrong';
    if (!raw || signed !== 'right') {
      if (signed === 'wrong') log.warn('a request to /slack/events without a valid signature was refused');
      else if (signed !== 'right')
        log.error(
          { aheadSeconds: signed.aheadS },
          `Slack’s time differs by ${inWords(signed.aheadS)}: set this machine’s clock`,
        );
      return refuse(reply, 401, 'The signature is missing, wrong or too old.');
    }
    const body = parseBody(raw, request.headers['content-type']);
    if (!body) return refuse(reply, 400, 'The body is neither JSON nor a form.');
    if (body.type === 'url_verification') return { challenge: body.challenge };
    // Stopping: Slack delivers it again, to another process or to this one's successor.
    if (!open) return refuse(reply, 503, 'Not taking events now.');
    let answer: unknown = '';
    try {
      await dispatch({ body, ...retryOf(request) }, async (response) => {
        answer = response ?? '';
      });
    } catch (error) {
      log.warn({ err: error }, 'an event could not be taken; Slack will deliver it again');
      return refuse(reply, 503, 'Could not be stored; please deliver it again.');
    }
    return answer;
  }

  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The signature covers the raw bytes.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(PATH, { bodyLimit: BODY_LIMIT_BYTES, ...unverifiedBodies(admit) }, receive);
  });

  return {
    init() {},
    async start() {
      open = true;
    },
    async stop() {
      open = false;
    },
    status: () => ({ connected: open, detail: `HTTP at ${PATH}` }),
  };
}

/** `aheadS`: the signature is right, but its time is not now (s; negative: our clock is behind). A replay, or a wrong clock. */
function signatureOf(request: FastifyRequest, raw: Buffer, secret: string): 'right' | 'wrong' | { aheadS: number } {
  const timestamp = String(request.headers['x-slack-request-timestamp'] ?? '');
  const given = Buffer.from(String(request.headers['x-slack-signature'] ?? ''));
  const wanted = Buffer.from(`v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(raw).digest('hex')}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'wrong';
  const aheadS = Math.round(Date.now() / 1_000 - Number(timestamp));
  return Math.abs(aheadS) > MAX_AGE_S ? { aheadS } : 'right';
}

/** Events are JSON; commands are forms; buttons are a form with JSON in `payload`. */
function parseBody(raw: Buffer, contentType = ''): Record<string, unknown> | null {
  try {
    if (!contentType.startsWith('application/x-www-form-urlencoded')) return object(JSON.parse(raw.toString()));
    const form = Object.fromEntries(new URLSearchParams(raw.toString()));
    return form.payload === undefined ? form : object(JSON.parse(form.payload));
  } catch {
    return null;
  }
}

function object(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}

function retryOf(request: FastifyRequest): { retryNum?: number; retryReason?: string } {
  const number = request.headers['x-slack-retry-num'];
  if (number === undefined) return {};
  return { retryNum: Number(number), retryReason: String(request.headers['x-slack-retry-reason'] ?? '') };
}

async function refuse(reply: FastifyReply, status: number, message: string): Promise<FastifyReply> {
  return reply.code(status).send({ error: { code: status === 401 ? 'unsigned' : 'refused', message } });
}
