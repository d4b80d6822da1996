/**
 * Slack's HTTP deliveries (events, slash commands, buttons) on the process's own server, as a Bolt receiver.
 * Source: docs.slack.dev, "Verifying requests from Slack" and "Events API".
 */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../../src/log/logger.ts';
import { isSame, registerWebhook, WRONG } from '../../kit/webhook.ts';
import { inWords } from './clock.ts';
import type { Dispatch } from './dispatch.ts';
import type { Source } from './socket.ts';

const PATH = '/slack/events';
/** Older requests may be replays. */
const MAX_AGE_S = 300;
/** An event carries a message's text (at most 40,000 characters) twice, as text and as blocks. */
const MAX_BYTES = 1_048_576;
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
  const webhook = registerWebhook<Record<string, unknown>>({
    http,
    platform: 'Slack',
    path: PATH,
    maxBytes: MAX_BYTES,
    mayBeSigned: (headers) =>
      SIGNATURE.test(String(headers['x-slack-signature'] ?? '')) &&
      TIMESTAMP.test(String(headers['x-slack-request-timestamp'] ?? '')),
    faultOf: (headers, raw) => faultOf(headers, raw, signingSecret),
    parse: (raw, headers) => parseBody(raw, headers['content-type']),
    answer: (body) => (body.type === 'url_verification' ? { challenge: body.challenge } : undefined),
    async take(body, headers) {
      let answer: unknown;
      await dispatch({ body, ...retryOf(headers) }, async (response) => {
        answer = response;
      });
      return answer;
    },
    log,
  });
  return {
    init() {},
    start: async () => webhook.open(),
    async stop() {
      // The deliveries in hand are awaited by `settle` (dispatch.ts): they may wait for a catch-up that must end first.
      void webhook.close();
    },
    status: () => ({ connected: webhook.isOpen(), detail: `HTTP at ${PATH}` }),
  };
}

/** A right signature with a time that is not now is a replay, or this machine's clock is wrong. */
function faultOf(headers: IncomingHttpHeaders, raw: Buffer, secret: string): string | undefined {
  const timestamp = String(headers['x-slack-request-timestamp'] ?? '');
  const wanted = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(raw).digest('hex')}`;
  if (!isSame(String(headers['x-slack-signature'] ?? ''), wanted)) return WRONG;
  const aheadS = Math.round(Date.now() / 1_000 - Number(timestamp));
  if (Math.abs(aheadS) <= MAX_AGE_S) return undefined;
  return `Slack’s time differs by ${inWords(aheadS)}: set this machine’s clock`;
}

/** Events are JSON; commands are forms; buttons are a form with JSON in `payload`. */
function parseBody(raw: Buffer, contentType = ''): Record<string, unknown> | undefined {
  try {
    if (!contentType.startsWith('application/x-www-form-urlencoded')) return object(JSON.parse(raw.toString()));
    const form = Object.fromEntries(new URLSearchParams(raw.toString()));
    return form.payload === undefined ? form : object(JSON.parse(form.payload));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function retryOf(headers: IncomingHttpHeaders): { retryNum?: number; retryReason?: string } {
  const number = headers['x-slack-retry-num'];
  if (number === undefined) return {};
  return { retryNum: Number(number), retryReason: String(headers['x-slack-retry-reason'] ?? '') };
}
