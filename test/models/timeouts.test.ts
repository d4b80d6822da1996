import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ModelError } from '../../src/models/model.ts';
import { type Timeouts, watchTime } from '../../src/models/timeouts.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

const LIMITS: Timeouts = { firstToken: 500, betweenTokens: 150, total: 2_000 };

/** Plays tokens at these milliseconds, then waits for a minute. */
function expiryOf(limits: Timeouts, tokensAt: number[]): { at: number; code: string } | undefined {
  const startedAt = performance.now();
  let expired: { at: number; code: string } | undefined;
  const watch = watchTime(limits, 'a host', (error: ModelError) => {
    expired = { at: performance.now() - startedAt, code: error.code };
  });
  for (const at of [...tokensAt, 60_000]) {
    vi.advanceTimersByTime(startedAt + at - performance.now());
    if (expired) return expired;
    watch.sign();
  }
  watch.stop();
  expect(vi.getTimerCount()).toBe(0);
  return undefined;
}

const every = (ms: number, until: number) => Array.from({ length: Math.floor(until / ms) }, (_, at) => (at + 1) * ms);

test.each<[string, Timeouts, number[], { at: number; code: string } | undefined]>([
  ['no token at all', LIMITS, [], { at: 500, code: 'FIRST_TOKEN_TIMEOUT' }],
  ['one token, then silence', LIMITS, [100], { at: 250, code: 'TOKEN_TIMEOUT' }],
  ['a late first token, then silence', LIMITS, [490], { at: 640, code: 'TOKEN_TIMEOUT' }],
  ['tokens for longer than any silence may be', LIMITS, every(100, 1_000), { at: 1_150, code: 'TOKEN_TIMEOUT' }],
  ['tokens without end', LIMITS, every(100, 5_000), { at: 2_000, code: 'TOTAL_TIMEOUT' }],
  ['a total that is shorter than the rest', { ...LIMITS, total: 300 }, [], { at: 300, code: 'TOTAL_TIMEOUT' }],
  ['no limits', { firstToken: 0, betweenTokens: 0, total: 0 }, [30_000], undefined],
])('%s', (_what, limits, tokensAt, expected) => {
  const expired = expiryOf(limits, tokensAt);
  expect(expired?.code).toBe(expected?.code);
  expect(Math.round(expired?.at ?? 0)).toBe(expected?.at ?? 0);
});
