/**
 * The Bot API by plain `fetch`; every refusal is a `SendError`. The token is part of each address, so no address and no
 * error of `fetch` leaves this file. https://core.telegram.org/bots/api#making-requests
 */
import { type AdapterContext, SendError, type SendErrorKind } from '../contract.ts';

/** Errors of a connection that never came to be: nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
/** Within 400, Telegram tells errors apart by words alone. */
const GONE =
  /chat not found|not enough rights|topic_(closed|deleted)|(thread|to edit) not found|upgraded to a supergroup/i;
const TOO_LARGE = /is too (big|long)/i;
/** Refusals of what is so already. */
const AS_WANTED = /message is not modified|message to delete not found/;

function kindOf(status: number, description: string): SendErrorKind {
  if (status === 429) return 'rate-limited';
  if (status === 401 || status === 404) return 'auth'; // 404: no bot ever had such a token
  if (status === 403) return 'gone';
  if (status === 409) return 'unavailable';
  if (status < 400 || status >= 500) return 'unknown-outcome';
  return TOO_LARGE.test(description) ? 'too-large' : GONE.test(description) ? 'gone' : 'invalid';
}

interface Answer<T> {
  ok?: boolean;
  result?: T;
  error_code?: number;
  description?: string;
  /** https://core.telegram.org/bots/api#responseparameters */
  parameters?: { retry_after?: number };
}

export type Api = ReturnType<typeof createApi>;

export function createApi(options: Pick<AdapterContext, 'onPlatformError'> & { token: string; apiUrl: string }) {
  const { token, apiUrl, onPlatformError } = options;

  async function request<T>(name: string, path: string, init: RequestInit, read: (response: Response) => Promise<T>) {
    try {
      const response = await fetch(apiUrl + path, { redirect: 'error', signal: AbortSignal.timeout(15_000), ...init });
      return await read(response);
    } catch (error) {
      if (error instanceof SendError) throw error;
      const { name: kind, cause } = error as Error & { cause?: { code?: string } };
      const code = cause?.code ?? kind;
      if (kind !== 'AbortError') onPlatformError(name, code);
      throw new SendError(NOT_SENT.has(code) ? 'unavailable' : 'unknown-outcome', code, `${name}: no answer (${code})`);
    }
  }

  async function call<T>(method: string, params: object = {}, signal?: AbortSignal): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(params), ...(signal ? { signal } : {}) };
    return request(method, `/bot${token}/${method}`, init, async (response) => {
      const answer = (await response.json().catch(() => ({ error_code: response.status }))) as Answer<T>;
      const { ok, result, error_code: status = 0, description = 'no description', parameters } = answer;
      if (ok || AS_WANTED.test(description)) return result as T;
      onPlatformError(method, String(status));
      const retryAfterMs = parameters?.retry_after === undefined ? undefined : parameters.retry_after * 1_000;
      throw new SendError(kindOf(status, description), String(status), `${method}: ${description}`, { retryAfterMs });
    });
  }

  /** Files of up to 20 MB. https://core.telegram.org/bots/api#getfile */
  async function download(id: string, limit: number): Promise<Uint8Array> {
    const tooLarge = () => new SendError('too-large', 'limit', `the file has more than ${limit} bytes`);
    const file = await call<{ file_path: string; file_size?: number }>('getFile', { file_id: id });
    if ((file.file_size ?? 0) > limit) throw tooLarge();
    const path = file.file_path.split('/').map(encodeURIComponent).join('/');
    return request('download', `/file/bot${token}/${path}`, {}, async (response) => {
      if (!response.ok) throw new SendError('unavailable', String(response.status), 'the file is not handed out');
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of response.body ?? []) {
        size += chunk.length;
        if (size > limit) throw tooLarge();
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    });
  }

  return { call, download };
}
