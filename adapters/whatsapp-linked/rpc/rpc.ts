/**
 * What senders ask of the leader, the one process with the browser. In that process the calls go straight to the device; from
 * others they go through Redis (rpc-client.ts, rpc-server.ts). Everything is plain JSON.
 */
import { SendError, type SendErrorKind } from '../../../src/contract/index.ts';

export interface PostRequest {
  chat: string;
  text: string;
  /** The text is its caption. `data`: base64. */
  file?: { name: string; type: string; data: string };
  /** Serialized id of the message to quote. */
  quotes?: string;
  /** The turn's id, and which of the reply's messages this is: the same for every attempt. */
  turn: string;
  part: number;
  /**
   * An earlier attempt may have posted it: look first, among messages since `since` (ms) with one of these texts. (Not
   * `unverified`: a worker and the leader may be of different releases.)
   */
  doubt: boolean;
  since: number;
  accepts: string[];
  /** Also one that shows only the beginning of the text: it was posted while the reply grew. */
  partly: boolean;
  /** Ids that are other parts of the same reply. */
  known: string[];
}

export interface RpcCalls {
  /** `text`: what the message shows. */
  post(request: PostRequest): Promise<{ id: string; text: string }>;
  /** `done` false: the message can no longer be edited. */
  edit(request: { id: string; text: string }): Promise<{ done: boolean }>;
  /** Marks the chat as read and shows “typing…”, or takes it away. */
  type(request: { chat: string; on: boolean }): Promise<Record<string, never>>;
  /** The file of a message, base64. */
  download(request: { id: string; limit: number }): Promise<{ data: string }>;
}

export type CallName = keyof RpcCalls;
export type Request<N extends CallName> = Parameters<RpcCalls[N]>[0];
export type Result<N extends CallName> = Awaited<ReturnType<RpcCalls[N]>>;

/** @throws SendError */
export type Rpc = <N extends CallName>(name: N, request: Request<N>) => Promise<Result<N>>;

/** A `SendError` as it travels. */
export interface Refusal {
  kind: SendErrorKind;
  code: string;
  message: string;
  retryAfterMs?: number;
}

export function toRefusal(error: unknown): Refusal {
  if (!(error instanceof SendError))
    return { kind: 'unknown-outcome', code: 'failed', message: error instanceof Error ? error.message : String(error) };
  const { kind, code, message, retryAfterMs } = error;
  return { kind, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

export function fromRefusal({ kind, code, message, retryAfterMs }: Refusal): SendError {
  return new SendError(kind, code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

export const notLinked = (detail: string): SendError =>
  new SendError('unavailable', 'not_linked', `WhatsApp Web is not linked: ${detail}`);
