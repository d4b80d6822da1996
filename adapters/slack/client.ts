/** The one way to Slack's Web API: the SDK's client without its own retries, and every refusal as a `SendError`. */
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { kindOfStatus, lostCall } from '../kit/http.ts';
import { quietLogger } from './receive/sdk-logger.ts';

/** Slack answers within seconds; what takes longer has an unknown outcome and is looked up before it is repeated. */
const CALL_TIMEOUT_MS = 15_000;

/**
 * The SDK repeats a call whose answer was lost, which posts twice, and after one 429 it holds back every other channel's
 * calls as well. Both are switched off: the retry is ours to make safely (PLATFORMS: seen with web-api 8).
 */
export function clientOptions(apiUrl: string, log: Logger): WebClientOptions {
  return {
    slackApiUrl: `${apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: 200,
    timeout: CALL_TIMEOUT_MS,
    logger: quietLogger(log),
  };
}

/** Slack's error codes that mean more than "our request was wrong". Source: the error tables of the method pages. */
const KINDS: Record<string, SendErrorKind> = {
  ratelimited: 'rate-limited',
  rate_limited: 'rate-limited',
  internal_error: 'unknown-outcome',
  fatal_error: 'unknown-outcome',
  request_timeout: 'unknown-outcome',
  service_unavailable: 'unavailable',
  team_added_to_org: 'unavailable',
  channel_not_found: 'gone',
  not_in_channel: 'gone',
  is_archived: 'gone',
  thread_not_found: 'gone',
  restricted_action: 'gone',
  restricted_action_read_only_channel: 'gone',
  restricted_action_thread_only_channel: 'gone',
  restricted_action_thread_locked: 'gone',
  messages_tab_disabled: 'gone',
  user_disabled: 'gone',
  invalid_auth: 'auth',
  not_authed: 'auth',
  account_inactive: 'auth',
  token_revoked: 'auth',
  token_expired: 'auth',
  missing_scope: 'auth',
  no_permission: 'auth',
  msg_too_long: 'too-large',
  msg_blocks_too_long: 'too-large',
  msg_blocks_too_many: 'too-large',
  metadata_too_large: 'too-large',
};

export type SlackClient = ReturnType<typeof createSlackClient>;

/** Calls that fail throw a `SendError` and are counted by method and code. */
export function createSlackClient(options: {
  token: string;
  apiUrl: string;
  log: Logger;
  onError(method: string, code: string): void;
}) {
  const client = new WebClient(options.token, clientOptions(options.apiUrl, options.log));

  /** @throws SendError */
  async function call<T>(method: string, run: (client: WebClient) => Promise<T>): Promise<T> {
    try {
      return await run(client);
    } catch (error) {
      const failure = toSendError(method, error);
      options.onError(method, failure.code);
      throw failure;
    }
  }
  return { call, token: options.token };
}

/** @returns the failure of a Web API call in the contract's terms */
export function toSendError(method: string, error: unknown): SendError {
  if (error instanceof WebAPIRateLimitedError) {
    const retryAfterMs = error.retryAfter * 1_000;
    return new SendError('rate-limited', 'ratelimited', `Slack asks ${method} to wait ${error.retryAfter} s`, {
      retryAfterMs,
    });
  }
  if (error instanceof WebAPIPlatformError) {
    const { error: code, needed } = error.data as { error: string; needed?: string };
    const detail = needed ? ` (it needs the scope ${needed})` : '';
    return new SendError(
      (Object.hasOwn(KINDS, code) ? KINDS[code] : undefined) ?? 'invalid',
      code,
      `Slack refuses ${method}: ${code}${detail}`,
    );
  }
  if (error instanceof WebAPIHTTPError) {
    const { statusCode: status } = error;
    // Slack's own refusals come with 200; another 4xx is a proxy's, which may have passed the call on.
    const kind = status >= 500 ? kindOfStatus(status) : 'unknown-outcome';
    return new SendError(kind, `http_${status}`, `Slack answers ${method} with HTTP ${status}`);
  }
  if (error instanceof WebAPIRequestError) return lostCall(method, error.original);
  // The SDK cannot read the answer (a proxy's error page): the call may have been applied.
  const message = error instanceof Error ? error.message : String(error);
  return new SendError('unknown-outcome', 'unreadable', `Slack's answer to ${method} is unreadable: ${message}`, {
    cause: error,
  });
}
