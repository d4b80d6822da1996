/**
 * The HTTP way: signed POSTs to the app's request URLs. Rules: docs.slack.dev "Verifying requests from Slack" (v0 HMAC
 * over `v0:timestamp:body`), "The Events API" (url_verification, 3 s, X-Slack-Retry-Num/Reason, X-Slack-No-Retry),
 * "Slash commands" and "Handling user interaction" (form posts).
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { stringify } from 'node:querystring';
import type { Attempt, Kind, Transport } from './delivery.ts';
import type { Settings } from './types.ts';

export interface Urls {
  url: string;
  /** Slash commands and buttons; unset: `url`, as Bolt has it. */
  interactivityUrl?: string;
}

interface Answer {
  status: number;
  body: string;
  noRetry: boolean;
}

export type Webhook = ReturnType<typeof createWebhook>;

/** Builds the HTTP courier; it keeps its connections open. */
export function createWebhook(options: { settings: Settings; signingSecret: string; token: string }) {
  const { settings, signingSecret, token } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let urls: Urls | undefined;
  let ignoreAcks = 0;

  /** Headers that sign `body` at `at` (ms). */
  function sign(body: string, at = Date.now()): Record<string, string> {
    const stamp = String(Math.floor(at / 1000));
    const mac = createHmac('sha256', signingSecret).update(`v0:${stamp}:${body}`).digest('hex');
    return { 'x-slack-request-timestamp': stamp, 'x-slack-signature': `v0=${mac}` };
  }

  function post(url: string, body: string, headers: Record<string, string>): Promise<Answer | string> {
    return new Promise((resolve) => {
      let late = false;
      const outgoing = request(
        url,
        {
          method: 'POST',
          agent,
          headers: {
            'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
            accept: '*/*',
            'content-length': Buffer.byteLength(body),
            ...headers,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part) => parts.push(part));
          response.on('error', () => resolve('connection_failed'));
          response.on('end', () => {
            clearTimeout(timer);
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(parts).toString(),
              noRetry: response.headers['x-slack-no-retry'] === '1',
            });
          });
        },
      );
      const timer = setTimeout(() => {
        late = true;
        outgoing.destroy();
        resolve('http_timeout');
      }, settings.ackTimeoutMs);
      outgoing.on('error', () => {
        clearTimeout(timer);
        resolve(late ? 'http_timeout' : 'connection_failed');
      });
      outgoing.end(body);
    });
  }

  function parse(body: string): unknown {
    if (body === '') return undefined;
    try {
      return JSON.parse(body);
    } catch {
      return { text: body }; // a plain-text answer to a command is its text
    }
  }

  const transport: Transport = {
    async send(kind: Kind, payload, retry): Promise<Attempt> {
      if (!urls) throw new Error('deliverTo({ url }) was not called');
      let body = payload;
      let type = 'application/json';
      if (kind !== 'events_api') {
        type = 'application/x-www-form-urlencoded';
        body = kind === 'slash_commands' ? stringify(JSON.parse(payload)) : stringify({ payload });
      }
      const headers: Record<string, string> = { 'content-type': type, ...sign(body) };
      if (retry.attempt > 0) {
        headers['x-slack-retry-num'] = String(retry.attempt);
        headers['x-slack-retry-reason'] = retry.reason;
      }
      const url = kind === 'events_api' ? urls.url : (urls.interactivityUrl ?? urls.url);
      const answer = await post(url, body, headers);
      if (typeof answer === 'string') return { acked: false, reason: answer, retry: true };
      if (answer.status < 200 || answer.status > 299)
        return { acked: false, reason: 'http_error', retry: !answer.noRetry };
      if (ignoreAcks > 0) {
        ignoreAcks -= 1;
        return { acked: false, reason: 'http_timeout', retry: true };
      }
      return { acked: true, body: parse(answer.body) };
    },
  };

  return {
    transport,
    sign,
    /** Takes these addresses. @throws when the app does not echo the challenge, as Slack's settings page would say. */
    async use(target: Urls, verify: boolean): Promise<void> {
      urls = target;
      if (!verify) return;
      const challenge = randomBytes(24).toString('base64url');
      const body = JSON.stringify({ token, challenge, type: 'url_verification' });
      const answer = await post(target.url, body, { 'content-type': 'application/json', ...sign(body) });
      if (typeof answer === 'string') throw new Error(`url_verification failed: ${answer}`);
      if (answer.status !== 200 || !answer.body.includes(challenge))
        throw new Error(`url_verification failed: status ${answer.status}, body ${answer.body.slice(0, 200)}`);
    },
    ignoreAcks(count = 1): void {
      ignoreAcks = count;
    },
    close(): void {
      agent.destroy();
    },
  };
}
