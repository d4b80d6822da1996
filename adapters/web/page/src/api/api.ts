import type { Accepted, Feedback, Reason, Session, Snapshot, Summary } from './types.ts';

/** A call that failed. `status` 0: the server was not reached. `message` is for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const TOKEN = 'chasqui-session';

export type Api = ReturnType<typeof createApi>;

/**
 * The server's HTTP interface. Addresses are relative to the page, so that it may live below a path.
 * `bearer`: the page is framed by another site, where cookies are blocked; the session is then a token that is kept
 * in this frame's own storage.
 * A 401 starts a new session and repeats the call once.
 */
export function createApi(options: { bearer: boolean; storage: Storage | null }) {
  const { bearer, storage } = options;
  let token = bearer ? (storage?.getItem(TOKEN) ?? '') : '';

  async function request(path: string, init: RequestInit = {}, renew = true): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token) headers.set('authorization', `Bearer ${token}`);
    const credentials = bearer ? 'omit' : 'same-origin';
    const response = await fetch(path, { ...init, headers, credentials, cache: 'no-store' }).catch((cause: unknown) => {
      if (init.signal?.aborted) throw cause;
      throw new ApiError(0, 'network', 'The server cannot be reached.');
    });
    if (response.ok) return response;
    if (response.status === 401 && renew) {
      await session();
      return request(path, init, false);
    }
    throw await toError(response);
  }

  async function call<T>(method: string, path: string, body?: unknown, renew = true): Promise<T> {
    const init: RequestInit = { method };
    if (method !== 'GET') {
      init.headers = { 'content-type': 'application/json' };
      init.body = JSON.stringify(body ?? {});
    }
    const response = await request(path, init, renew);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async function session(): Promise<Session> {
    const started = await call<Session>('POST', 'api/session', { bearer }, false).catch((error: unknown) => {
      // A token that the server no longer knows: begin anew without it.
      if (!(error instanceof ApiError && error.status === 401 && token)) throw error;
      token = '';
      return call<Session>('POST', 'api/session', { bearer }, false);
    });
    if (bearer && started.token) {
      token = started.token;
      storage?.setItem(TOKEN, token);
    }
    return started;
  }

  const at = (id: string, rest = '') => `api/conversations/${encodeURIComponent(bare(id))}${rest}`;

  return {
    session,
    request,
    eventsPath: (id: string) => at(id, '/events'),
    conversations: async () => (await call<{ conversations: Summary[] }>('GET', 'api/conversations')).conversations,
    /** The newest page of a conversation, or the one before a message. */
    conversation: (id: string, before?: string) =>
      call<Snapshot>('GET', at(id, before ? `?before=${encodeURIComponent(before)}` : '')),
    send: (message: { conversation: string | null; id: string; text: string }) =>
      call<Accepted>('POST', 'api/chat', { ...message, conversation: message.conversation ?? undefined }),
    stop: (id: string) => call<{ stopped: boolean }>('POST', at(id, '/stop')),
    retry: (id: string, requestId: string) => call<unknown>('POST', at(id, '/retry'), { id: requestId }),
    feedback: (id: string, message: string, value: Feedback, reason?: Reason) =>
      call<void>('POST', at(id, '/feedback'), { message, value, reason }),
    remove: (id: string) => call<void>('DELETE', at(id)),
    command: (conversation: string | null, name: string, argument: string) =>
      call<{ markdown: string }>('POST', 'api/command', { conversation: conversation ?? undefined, name, argument }),
  };
}

/** A conversation's id as it stands in addresses: without the platform's name. */
export function bare(id: string): string {
  return id.replace(/^web:/, '');
}

async function toError(response: Response): Promise<ApiError> {
  const { error } = (await response.json().catch(() => ({}))) as {
    error?: { code?: string; message?: string; retryAfterSeconds?: number };
  };
  const seconds = error?.retryAfterSeconds ?? (Number(response.headers.get('retry-after')) || undefined);
  return new ApiError(
    response.status,
    error?.code ?? `http-${response.status}`,
    error?.message ?? `The server answered with an error (${response.status}).`,
    seconds,
  );
}
