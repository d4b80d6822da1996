/** How a delivery ends that did not make the reply whole. */
import type { SendError } from '../contract/index.ts';

/** The platform will never take this reply. */
export class UndeliverableError extends Error {
  readonly code: string;
  /** What people were told in its place; null when not even that was taken. */
  readonly told: string | null;
  constructor(cause: SendError, told: string | null) {
    super(`the platform refuses the reply: ${cause.code}`, { cause });
    this.name = 'UndeliverableError';
    this.code = cause.code;
    this.told = told;
  }
}

/** The platform asks for no call before `until` (ms since the epoch). */
export class PlatformWaitError extends Error {
  readonly until: number;
  constructor(waitMs: number, cause: SendError) {
    super(`the platform asks to wait ${Math.ceil(waitMs / 1_000)} s: ${cause.code}`, { cause });
    this.name = 'PlatformWaitError';
    this.until = Date.now() + waitMs;
  }
}
