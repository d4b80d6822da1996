/** The one way to Discord's REST API: discord.js's client without its own waiting, every refusal as a `SendError`. */
import {
  DefaultRestOptions,
  DiscordAPIError,
  HTTPError,
  RateLimitError,
  type RawFile,
  REST,
  type ResponseLike,
} from '@discordjs/rest';
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import { kindOfStatus, lostCall } from '../kit/http.ts';

export const API_VERSION = '10';
/** Discord answers within seconds; what takes longer has an unknown outcome and is looked up before it is repeated. */
const CALL_TIMEOUT_MS = 15_000;
/** A post into a channel in slow mode comes too early; Discord does not say by how much. */
const SLOWMODE_WAIT_MS = 5_000;

/** discord.com/developers, "Opcodes and Status Codes", section "JSON": codes that mean more than "our request was wrong". */
const KINDS: Record<string, SendErrorKind> = {
  10003: 'gone', // unknown channel
  10004: 'gone', // unknown guild
  10008: 'gone', // unknown message
  10015: 'gone', // unknown webhook: an interaction that was never acknowledged
  10062: 'gone', // unknown interaction: it was answered too late
  20016: 'rate-limited', // slow mode
  20028: 'rate-limited', // write limit of the channel
  40001: 'auth',
  40005: 'too-large',
  40094: 'gone', // a user-installed app's five follow-up messages are used up
  50001: 'gone', // missing access
  50007: 'gone', // the person takes no direct messages
  50013: 'gone', // missing permissions
  50014: 'auth', // invalid token
  50027: 'gone', // invalid webhook token: the interaction's 15 minutes are over
  50083: 'gone', // archived thread
  50278: 'gone', // no mutual guild
  130000: 'unavailable', // "API resource is currently overloaded"
  160005: 'gone', // locked thread
  200000: 'invalid', // AutoMod blocks the message; it may take another text
  200001: 'invalid', // the same for a title
  240000: 'invalid', // a link that Discord holds for harmful
};

/** What a request may carry beside its path; `auth: false` for paths that hold a token of their own. */
export interface Request {
  body?: unknown;
  query?: Record<string, string>;
  files?: RawFile[];
  auth?: boolean;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type DiscordApi = ReturnType<typeof createDiscordApi>;

/**
 * discord.js repeats a call whose answer was lost, which posts twice, and waits inside for a limit to pass. Both are off:
 * a limit, also one that is known before the call, becomes `rate-limited` with its time, and the caller decides. Calls of
 * one channel and route go one after another, those of different channels never wait for each other.
 */
export function createDiscordApi(options: {
  token: string;
  apiUrl: string;
  onError(method: string, code: string): void;
}) {
  const rest = new REST({
    api: options.apiUrl,
    version: API_VERSION,
    retries: 0,
    timeout: CALL_TIMEOUT_MS,
    rejectOnRateLimit: () => true,
    makeRequest: async (url, init) => withWait(await DefaultRestOptions.makeRequest(url, init)),
  }).setToken(options.token);

  return {
    /**
     * @param path as in Discord's documentation, e.g. `/channels/1/messages`
     * @throws SendError
     */
    async call<T = unknown>(method: Method, path: `/${string}`, request: Request = {}): Promise<T> {
      const { query, ...rest_ } = request;
      try {
        return (await rest.request({
          ...rest_,
          ...(query ? { query: new URLSearchParams(query) } : {}),
          method: method as never,
          fullRoute: path,
          signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        })) as T;
      } catch (error) {
        const name = `${method} ${nameOf(path)}`;
        const failure = toSendError(name, error);
        options.onError(name, failure.code);
        throw failure;
      }
    },
    close(): void {
      rest.clearHashSweeper();
      rest.clearHandlerSweeper();
    },
  };
}

/** A limit that is no bucket's but the channel's own, with a code. */
class ChannelLimit extends Error {
  readonly code: string;
  readonly retryAfterMs: number;
  constructor(code: string, retryAfterMs: number) {
    super(code);
    this.name = 'ChannelLimit';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * discord.js reads of a 429 its headers alone. How long to wait stands in the body for sure, and for a channel's own limits
 * (20016, 20028) maybe nowhere else ("Rate Limits", section "Exceeding A Rate Limit").
 * @throws ChannelLimit
 */
async function withWait(answer: ResponseLike): Promise<ResponseLike> {
  if (answer.status !== 429) return answer;
  const { code, retry_after: told } = await answer.json().then(
    (body) => body as { code?: number; retry_after?: number },
    (): { code?: number; retry_after?: number } => ({}), // Discord's front answers with a page.
  );
  const { headers, status, statusText } = answer;
  const seconds = Math.max(Number(told) || 0, Number(headers.get('retry-after')) || 0);
  if (code) throw new ChannelLimit(String(code), seconds * 1_000 || SLOWMODE_WAIT_MS);
  const known = new Headers([...headers]);
  if (seconds > 0) known.set('retry-after', String(seconds));
  return new Response(null, { status, statusText, headers: known });
}

/** The path without ids and tokens, for logs and metrics. */
function nameOf(path: string): string {
  return path
    .replace(/^\/(interactions|webhooks)\/\d+\/[^/]+/, '/$1/:id/:token')
    .replace(/\/reactions\/[^/]+/, '/reactions/:emoji')
    .replace(/\d{15,20}/g, ':id');
}

/** @returns the failure of a call in the contract's terms */
export function toSendError(name: string, error: unknown): SendError {
  if (error instanceof RateLimitError) {
    const times = [error.retryAfter, error.timeToReset, error.sublimitTimeout].filter(Number.isFinite);
    return slowDown(name, Math.max(50, ...times));
  }
  if (error instanceof ChannelLimit) return slowDown(name, error.retryAfterMs, error.code);
  if (error instanceof DiscordAPIError) {
    const code = String(error.code);
    const kind = (Object.hasOwn(KINDS, code) ? KINDS[code] : undefined) ?? kindOfStatus(error.status);
    if (kind === 'rate-limited') return slowDown(name, SLOWMODE_WAIT_MS, code);
    return new SendError(kind, code, `Discord refuses ${name}: ${error.message.slice(0, 500)} (${code})`);
  }
  if (error instanceof HTTPError) {
    const kind = kindOfStatus(error.status);
    return new SendError(kind, `http_${error.status}`, `Discord answers ${name} with HTTP ${error.status}`);
  }
  const { name: type = '', message = String(error) } = error instanceof Error ? error : {};
  // discord.js forgets a token that was answered with 401, so as not to be blocked for repeating it.
  if (message.startsWith('Expected token'))
    return new SendError(
      'auth',
      'http_401',
      'Discord refuses DISCORD_TOKEN: reset it on the page “Bot” and set it anew',
    );
  if (type === 'AbortError' || type === 'TimeoutError')
    return new SendError(
      'unknown-outcome',
      'timeout',
      `Discord did not answer ${name} in ${CALL_TIMEOUT_MS / 1_000} s`,
    );
  return lostCall(`Discord's ${name}`, error);
}

function slowDown(name: string, retryAfterMs: number, code = 'ratelimited'): SendError {
  return new SendError('rate-limited', code, `Discord asks ${name} to wait ${Math.ceil(retryAfterMs)} ms`, {
    retryAfterMs,
  });
}
