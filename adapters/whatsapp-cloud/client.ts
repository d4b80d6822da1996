/** The one way to the Graph API: every refusal as a `SendError`, no retries of its own. */
import { createHttp, retryAfterOf } from '../kit/http.ts';
import { type GraphError, graphSendError } from './errors.ts';

export type Graph = ReturnType<typeof createGraph>;

/** Calls that fail throw a `SendError` and are counted by name and code. */
export function createGraph(options: {
  /** With its version, e.g. `https://graph.facebook.com/v24.0`. */
  apiUrl: string;
  token: string;
  onError(method: string, code: string): void;
}) {
  const { apiUrl, token, onError } = options;
  const http = createHttp<unknown>({
    address: apiUrl,
    headers: { authorization: `Bearer ${token}` },
    refusal(name, { status, body, headers }) {
      if (status < 300) return undefined;
      return graphSendError(name, status, (body as { error?: GraphError } | undefined)?.error ?? {}, waitOf(headers));
    },
    onError,
  });

  return {
    apiUrl,
    token,
    /**
     * GET without `body`, else POST.
     * @param name what is asked, for metrics and messages
     * @throws SendError
     */
    call: async <T>(name: string, path: string, body?: object | FormData): Promise<T> =>
      (await http(name, `/${path}`, body ? { body } : {})) as T,
  };
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
