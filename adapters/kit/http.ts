/** A platform's HTTP API that speaks JSON: one call, no retries of its own, and a `SendError` for all that goes wrong. */
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';

/** Platforms answer within seconds; what takes longer has an unknown outcome. */
const TIMEOUT_MS = 15_000;
/** The connection never stood, so nothing was applied. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** What a platform answered. `body` is undefined where it is no JSON (a proxy's error page). */
export interface Answer<B> {
  status: number;
  headers: Headers;
  body: B | undefined;
}

export interface CallOptions {
  /** Given: a POST, unless `method` says otherwise. JSON, or a form with files (multipart/form-data). */
  body?: object | FormData;
  method?: string;
  /** Ends the call early; that is no error of the platform's. */
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** A call: `path` is put behind the API's address; `name` stands for it in metrics and messages, and holds no id. */
export type HttpCall<B> = (name: string, path: string, options?: CallOptions) => Promise<B>;

/**
 * Tokens may be part of the address or the headers: no error of `fetch`, which may quote both, leaves the call, and no
 * redirect carries them elsewhere.
 * @param options.refusal what an answer refuses, in the contract's terms; undefined when it refuses nothing
 * @param options.onError the context's `onPlatformError`
 */
export function createHttp<B>(options: {
  address: string;
  headers?: Record<string, string>;
  refusal(name: string, answer: Answer<B>): SendError | undefined;
  onError(name: string, code: string): void;
}): HttpCall<B> {
  async function ask(path: string, { body, method, signal, timeoutMs = TIMEOUT_MS }: CallOptions): Promise<Answer<B>> {
    const limit = AbortSignal.timeout(timeoutMs);
    const json = body && !(body instanceof FormData);
    const response = await fetch(options.address + path, {
      method: method ?? (body ? 'POST' : 'GET'),
      headers: { ...options.headers, ...(json && { 'content-type': 'application/json' }) },
      ...(body && { body: json ? JSON.stringify(body) : (body as FormData) }),
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed<B>(text) };
  }

  return async (name, path, call = {}) => {
    try {
      const answer = await ask(path, call);
      const refusal = options.refusal(name, answer);
      if (refusal) throw refusal;
      if (answer.body === undefined && answer.status !== 204)
        throw new SendError('unknown-outcome', 'unreadable', `the answer to ${name} is unreadable`);
      return answer.body as B;
    } catch (error) {
      const failure = error instanceof SendError ? error : lostCall(name, error);
      if (!call.signal?.aborted) options.onError(name, failure.code);
      throw failure;
    }
  };
}

function parsed<B>(text: string): B | undefined {
  try {
    return JSON.parse(text) as B;
  } catch {
    // The caller sees undefined, and the status says the rest.
    return undefined;
  }
}

/** No answer came to a call: for certain not applied only when there never was a connection. */
export function lostCall(name: string, error: unknown): SendError {
  const code = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
  const kind = NOT_CONNECTED.has(code) ? 'unavailable' : 'unknown-outcome';
  return new SendError(kind, code, `${name} was not answered: ${code}`);
}

/** The system's code for what went wrong, which an SDK may have wrapped in errors of its own. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : codeOf(error.cause);
}

/** What a status means where the platform has no better word for it. */
export function kindOfStatus(status: number): SendErrorKind {
  if (status === 401) return 'auth';
  if (status === 403 || status === 404) return 'gone';
  if (status === 413) return 'too-large';
  if (status === 429) return 'rate-limited';
  if (status === 503) return 'unavailable';
  return status >= 500 ? 'unknown-outcome' : 'invalid';
}

/** A Retry-After header in ms, however long: seconds, or a date of HTTP's. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
