/** Why a platform did not take a call. */
export type SendErrorKind =
  /** Asked to slow down; `retryAfterMs` says how long. Nothing was posted. */
  | 'rate-limited'
  /** Refused for now, and surely not applied (a 5xx that the platform documents as such, a refused connection). */
  | 'unavailable'
  /** The answer was lost: it may or may not have been applied. */
  | 'unknown-outcome'
  /** The place is gone or closed to us (archived, kicked out): no retry helps. */
  | 'gone'
  /** Token or scope: the operator must act. */
  | 'auth'
  | 'too-large'
  /** Our request was wrong: a bug, or a limit we did not know. */
  | 'invalid';

/** The one error that senders throw. */
export class SendError extends Error {
  readonly kind: SendErrorKind;
  /** The platform's own error code. */
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  constructor(
    kind: SendErrorKind,
    code: string,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'SendError';
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The conversation's inbox is full: the message was not stored, and the platform may deliver it again later. */
export class InboxFullError extends Error {
  constructor(conversation: string) {
    super(`the inbox of ${conversation} is full`);
    this.name = 'InboxFullError';
  }
}
