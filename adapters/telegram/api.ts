/** The Bot API. The token is part of each address. https://core.telegram.org/bots/api#making-requests */
import { type AdapterContext, type AttachmentRef, SendError, type SendErrorKind } from '../../src/contract/index.ts';
import { downloadFrom, readAgain } from '../kit/download.ts';
import { type Answer, type CallOptions, createHttp, kindOfStatus } from '../kit/http.ts';

/** Within 400, Telegram tells errors apart by words alone. */
const GONE =
  /chat not found|not enough rights|topic_(closed|deleted)|(thread|to edit) not found|upgraded to a supergroup/i;
const TOO_LARGE = /is too (big|long)/i;
/** Refusals of what is so already. */
const AS_WANTED = /message is not modified|message to delete not found/;

interface Body {
  ok?: boolean;
  result?: unknown;
  description?: string;
  /** https://core.telegram.org/bots/api#responseparameters */
  parameters?: { retry_after?: number };
}

function kindOf(status: number, description: string): SendErrorKind {
  if (status === 404) return 'auth'; // no bot ever had such a token
  if (status === 409) return 'unavailable'; // another process polls, or did until now
  if (status !== 400) return kindOfStatus(status);
  return TOO_LARGE.test(description) ? 'too-large' : GONE.test(description) ? 'gone' : 'invalid';
}

function refusal(method: string, { status, body }: Answer<Body>): SendError | undefined {
  const { ok, description = 'no description', parameters } = body ?? {};
  if (ok || AS_WANTED.test(description)) return undefined;
  const wait = parameters?.retry_after;
  const retryAfterMs = wait === undefined ? undefined : wait * 1_000;
  return new SendError(kindOf(status, description), String(status), `${method}: ${description}`, { retryAfterMs });
}

export type Api = ReturnType<typeof createApi>;

export function createApi(options: Pick<AdapterContext, 'onPlatformError'> & { token: string; apiUrl: string }) {
  const { token, apiUrl, onPlatformError: onError } = options;
  const http = createHttp<Body>({ address: `${apiUrl}/bot${token}`, refusal, onError });

  async function call<T>(method: string, body: object = {}, options: CallOptions = {}): Promise<T> {
    return (await http(method, `/${method}`, { body, ...options })).result as T;
  }

  /** Files of up to 20 MB. https://core.telegram.org/bots/api#getfile */
  async function download(file: AttachmentRef, limit: number): Promise<Uint8Array> {
    const ask = () => call<{ file_path: string; file_size?: number }>('getFile', { file_id: file.ref });
    const { file_path: path, file_size: size } = await readAgain(ask);
    return downloadFrom({ address: `${apiUrl}/file/bot${token}/${path}`, apiUrl }, { ...file, size }, limit);
  }

  return { call, download };
}
