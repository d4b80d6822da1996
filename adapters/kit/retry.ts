/** Patience with a platform, or a Redis, that is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';

const FIRST_MS = 500;
const MAX_MS = 30_000;

export interface BackoffOptions {
  firstMs?: number;
  maxMs?: number;
}

/** Waits that double from one failure to the next. */
export function createBackoff({ firstMs = FIRST_MS, maxMs = MAX_MS }: BackoffOptions = {}) {
  let next = firstMs;
  return {
    /** Nothing has failed since the start or the last success: the failure that is worth a line in the log. */
    fresh: (): boolean => next === firstMs,
    succeeded(): void {
      next = firstMs;
    },
    /** Waits before the next attempt, as long as the platform asks for where it does. Ends early with the signal. */
    async wait(signal: AbortSignal, error?: unknown): Promise<void> {
      const ms = (error instanceof SendError ? error.retryAfterMs : undefined) ?? next;
      next = Math.min(next * 2, maxMs);
      await pause(ms, signal);
    },
  };
}

/**
 * Runs a task until it succeeds, with a backoff, or as late as the platform asks for. The first failure is logged.
 * @param options.onFailure may throw: then no retry helps, and `retry` rejects with that
 * @param options.what for the log, e.g. “Slack cannot be reached”
 * @returns what the task returns; undefined when the signal stopped it first
 */
export async function retry<T>(
  task: () => Promise<T>,
  options: BackoffOptions & {
    signal: AbortSignal;
    log: Logger;
    what: string;
    onFailure?(error: unknown): unknown;
  },
): Promise<T | undefined> {
  const { signal, log, what } = options;
  const backoff = createBackoff(options);
  while (!signal.aborted) {
    try {
      return await task();
    } catch (error) {
      if (signal.aborted) break;
      options.onFailure?.(error);
      if (backoff.fresh()) log.warn({ err: error }, `${what}; trying again`);
      await backoff.wait(signal, error);
    }
  }
  return undefined;
}

const PASSING: ReadonlySet<SendErrorKind> = new Set(['rate-limited', 'unavailable', 'unknown-outcome']);

/** The failure says something about the moment only: the same call may succeed later. */
export function isPassing(error: unknown): boolean {
  return error instanceof SendError && PASSING.has(error.kind);
}

/**
 * Makes a call that may be repeated, a few times if it fails for the moment only.
 * @param options.pausesMs before each further attempt, where the platform does not say how long to wait
 * @param options.maxRetryAfterMs a longer wait that the platform asks for is not worth it
 * @param options.withinMs no further attempt begins after this time
 * @param options.onPassing sees each failure that is followed by another attempt
 * @throws the last failure; what the signal was aborted with
 */
export async function repeat<T>(
  call: () => Promise<T>,
  options: {
    pausesMs: readonly number[];
    maxRetryAfterMs?: number;
    withinMs?: number;
    signal?: AbortSignal;
    onPassing?(error: SendError): void;
  },
): Promise<T> {
  const { pausesMs, maxRetryAfterMs = Number.POSITIVE_INFINITY, withinMs = Number.POSITIVE_INFINITY } = options;
  const deadline = performance.now() + withinMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const pauseMs = pausesMs[attempt];
      if (!isPassing(error) || pauseMs === undefined || performance.now() > deadline) throw error;
      const failure = error as SendError;
      const { retryAfterMs = pauseMs } = failure;
      if (retryAfterMs > maxRetryAfterMs) throw error;
      options.onPassing?.(failure);
      await sleep(retryAfterMs, undefined, options.signal && { signal: options.signal });
    }
  }
}

/**
 * Asks a platform who we are, or anything else that a start hangs on, until it answers.
 * @param options.onProblem for `status()`
 * @param options.final kinds of refusals that no retry changes; `auth` unless told otherwise
 * @throws SendError of such a kind
 */
export async function reach<T>(
  platform: string,
  ask: () => Promise<T>,
  options: BackoffOptions & {
    signal: AbortSignal;
    log: Logger;
    onProblem(detail: string): void;
    final?: SendErrorKind[];
  },
): Promise<T | undefined> {
  const { onProblem, final = ['auth'] } = options;
  return retry(ask, {
    ...options,
    what: `${platform} cannot be reached`,
    onFailure(error) {
      if (!(error instanceof SendError)) throw error;
      onProblem(error.message);
      if (final.includes(error.kind)) throw error;
    },
  });
}

/** Ends early, without an error, when the signal is given. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {}); // It rejects for the signal only.
}
