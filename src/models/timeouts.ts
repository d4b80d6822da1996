import { ModelError } from './model.ts';

/** Milliseconds; 0 sets no limit. */
export interface Timeouts {
  firstToken: number;
  betweenTokens: number;
  total: number;
}

/**
 * Watches one call. A token costs one reading of the clock: the timer is not moved with each, it looks when it fires
 * how long the silence has been, and is set anew for the rest.
 * @param expire called once, with the error to end the call with
 */
export function watchTime(
  timeouts: Timeouts,
  host: string,
  expire: (error: ModelError) => void,
): { sign(): void; stop(): void } {
  const startedAt = performance.now();
  let lastAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  function due(): { at: number; code: string; limit: number } {
    const silence =
      lastAt === undefined
        ? { at: startedAt + limitOf(timeouts.firstToken), code: 'FIRST_TOKEN_TIMEOUT', limit: timeouts.firstToken }
        : { at: lastAt + limitOf(timeouts.betweenTokens), code: 'TOKEN_TIMEOUT', limit: timeouts.betweenTokens };
    const total = { at: startedAt + limitOf(timeouts.total), code: 'TOTAL_TIMEOUT', limit: timeouts.total };
    return total.at < silence.at ? total : silence;
  }

  function arm(): void {
    clearTimeout(timer);
    const { at, code, limit } = due();
    if (at === Number.POSITIVE_INFINITY) return;
    const left = at - performance.now();
    if (left > 0) timer = setTimeout(arm, Math.ceil(left));
    else expire(new ModelError('network', code, `${host}: ${WORDS[code]} within ${limit / 1_000} s`));
  }

  arm();
  return {
    sign() {
      const first = lastAt === undefined;
      lastAt = performance.now();
      if (first) arm();
    },
    stop: () => clearTimeout(timer),
  };
}

const WORDS: Record<string, string> = {
  FIRST_TOKEN_TIMEOUT: 'no first token',
  TOKEN_TIMEOUT: 'no further token',
  TOTAL_TIMEOUT: 'no end of the answer',
};

const limitOf = (ms: number): number => (ms > 0 ? ms : Number.POSITIVE_INFINITY);
