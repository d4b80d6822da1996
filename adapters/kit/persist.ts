/** Patience with a platform, or a Redis, that is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Runs a task again and again until it succeeds, and waits longer each time, or as long as the platform asks for. The
 * first failure is logged.
 * @param options.onFailure may throw: then no retry helps, and `persist` ends with that
 * @param options.what for the log, e.g. “Slack cannot be reached”
 * @returns what the task returns; undefined when the signal stopped it first
 */
export async function persist<T>(
  task: () => Promise<T>,
  options: {
    signal: AbortSignal;
    log: Logger;
    what: string;
    onFailure?(error: unknown): unknown;
    firstMs?: number;
    longestMs?: number;
  },
): Promise<T | undefined> {
  const { signal, log, what, firstMs = FIRST_MS, longestMs = LONGEST_MS } = options;
  for (let wait = firstMs; !signal.aborted; wait = Math.min(wait * 2, longestMs)) {
    try {
      return await task();
    } catch (error) {
      if (signal.aborted) break;
      options.onFailure?.(error);
      if (wait === firstMs) log.warn({ err: error }, `${what}; trying again`);
      await pause((error instanceof SendError ? error.retryAfterMs : undefined) ?? wait, signal);
    }
  }
  return undefined;
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
  options: { signal: AbortSignal; log: Logger; onProblem(detail: string): void; final?: SendErrorKind[] },
): Promise<T | undefined> {
  const { signal, log, onProblem, final = ['auth'] } = options;
  return persist(ask, {
    signal,
    log,
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
