/** The one way to the Graph API: every refusal as a `SendError`, no retries of its own. */
import { SendError } from '../../src/contract/index.ts';
import { retryAfterOf } from '../kit/http.ts';
import { type GraphError, graphSendError } from './errors.ts';

/** Graph answers within seconds; what takes longer has an unknown outcome. */
const CALL_TIMEOUT_MS = 15_000;
/** The connection never stood, so nothing was applied. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

export type Graph = ReturnType<typeof createGraph>;

/** Calls that fail throw a `SendError` and are counted by name and code. */
export function createGraph(options: {
  /** With its version, e.g. `https://graph.facebook.com/v24.0`. */
  apiUrl: string;
  token: string;
  onError(method: string, code: string): void;
}) {
  const { apiUrl, token, onError } = options;

  async function request(name: string, path: string, body: object | undefined): Promise<unknown> {
    const response = await fetch(`${apiUrl}/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // A redirect would carry the token on.
      redirect: 'error',
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    // An error page of a proxy is no JSON; the two lines below say what that means.
    const answer = (await response.json().catch(() => undefined)) as { error?: GraphError } | undefined;
    if (!response.ok) throw graphSendError(name, response.status, answer?.error ?? {}, waitOf(response.headers));
    if (answer === undefined)
      throw new SendError('unknown-outcome', 'unreadable', `the answer to ${name} is unreadable`);
    return answer;
  }

  return {
    apiUrl,
    token,
    /**
     * GET without `body`, else POST.
     * @param name what is asked, for metrics and messages
     * @throws SendError
     */
    async call<T>(name: string, path: string, body?: object): Promise<T> {
      try {
        return (await request(name, path, body)) as T;
      } catch (error) {
        const failure = error instanceof SendError ? error : lostError(name, error);
        onError(name, failure.code);
        throw failure;
      }
    },
  };
}

/** No answer came. */
function lostError(name: string, error: unknown): SendError {
  const code = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
  const kind = NOT_CONNECTED.has(code) ? 'unavailable' : 'unknown-outcome';
  return new SendError(kind, code, `WhatsApp did not answer ${name}: ${code}`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : codeOf(error.cause);
}

/**
 * How long Graph asks to wait, in ms. A spent budget of calls names no Retry-After, but the minutes until there is a new
 * one ("Rate limits", X-Business-Use-Case-Usage).
 */
function waitOf(headers: Headers): number | undefined {
  const minutes = [
    ...(headers.get('x-business-use-case-usage') ?? '').matchAll(/"estimated_time_to_regain_access":\s*(\d+)/g),
  ].map(([, text]) => Number(text));
  const regained = Math.max(0, ...minutes) * 60_000;
  return retryAfterOf(headers) ?? (regained > 0 ? regained : undefined);
}
