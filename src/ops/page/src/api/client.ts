/** A call that failed. `status` 0: the server was not reached. `message` is for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  /** No password is set: the key that Chasqui made takes its place. */
  readonly needsKey: boolean;
  constructor(
    status: number,
    code: string,
    message: string,
    more: { retryAfterSeconds?: number | undefined; needsKey?: boolean } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.needsKey = more.needsKey ?? false;
  }
  /** One must log in first. */
  get login(): boolean {
    return this.status === 401 && this.code === 'login';
  }
}

let csrf = '';
/** The token that each call that changes something carries. */
export function carryCsrf(token: string): void {
  csrf = token;
}

let onLogin: (error: ApiError) => void = () => {};
/** Called when any call says that one must log in. */
export function whenLoggedOut(listener: (error: ApiError) => void): void {
  onLogin = listener;
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => call(path, signal ? { signal } : {});

export function post<T = void>(path: string, body: object = {}): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
  return call(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** A query with what is set, in this order. */
export function query(values: Record<string, string | null | undefined>): string {
  const set = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
}

/** Any error as a sentence for the operator. */
export function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ApiError)) return text;
  if (error.status === 429) {
    const wait = error.retryAfterSeconds;
    return `${text} ${wait ? `Wait ${wait} s, then try again.` : 'Wait a little, then try again.'}`;
  }
  return error.status === 0 && !navigator.onLine ? 'You are offline.' : text;
}

/** Addresses are relative to the page, so that it may live below a path. */
async function call<T>(path: string, init: RequestInit): Promise<T> {
  const options: RequestInit = { ...init, credentials: 'same-origin', cache: 'no-store' };
  const response = await fetch(`api/${path}`, options).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(0, 'network', 'The server cannot be reached.');
  });
  if (!response.ok) {
    const error = await toError(response);
    if (error.login && path !== 'login') onLogin(error);
    throw error;
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function toError(response: Response): Promise<ApiError> {
  const { error } = (await response.json().catch(() => ({}))) as {
    error?: { code?: string; message?: string; needs?: string };
  };
  return new ApiError(
    response.status,
    error?.code ?? `http-${response.status}`,
    error?.message ?? `The server answered with an error (${response.status}).`,
    {
      retryAfterSeconds: Number(response.headers.get('retry-after')) || undefined,
      needsKey: error?.needs === 'key',
    },
  );
}
