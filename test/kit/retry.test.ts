import { expect, test } from 'vitest';
import { createBackoff, isPassing, reach, repeat, retry } from '../../adapters/kit/retry.ts';
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import { captureLog } from '../support/config.ts';

test('a task is tried until it succeeds or is stopped', async () => {
  const { log } = captureLog();
  const { signal } = new AbortController();
  let tries = 0;
  const task = async () => {
    if (++tries < 4) throw new Error('not yet');
    return tries;
  };
  expect(await retry(task, { signal, log, what: 'it failed', firstMs: 1, maxMs: 2 })).toBe(4);
  expect(await retry(task, { signal: AbortSignal.abort(), log, what: 'it failed' })).toBeUndefined();
});

test('what fails because of the stop is no failure', async () => {
  const { log, lines } = captureLog();
  const stopping = new AbortController();
  const failures: unknown[] = [];
  const task = async () => {
    stopping.abort();
    throw new Error('aborted');
  };
  const onFailure = (error: unknown) => failures.push(error);
  await retry(task, { signal: stopping.signal, log, what: 'it failed', onFailure });
  expect([...failures, ...lines]).toEqual([]);
});

test('a wait doubles up to its limit, is as long as the platform asks for, and begins anew after a success', async () => {
  const waits: number[] = [];
  const backoff = createBackoff({ firstMs: 10, maxMs: 30 });
  const measured = async (error?: unknown) => {
    const { signal } = new AbortController();
    const began = performance.now();
    await backoff.wait(signal, error);
    waits.push(performance.now() - began);
  };
  expect(backoff.fresh()).toBe(true);
  await measured();
  expect(backoff.fresh()).toBe(false);
  await measured(new SendError('rate-limited', '429', 'slow down', { retryAfterMs: 1 }));
  await measured();
  backoff.succeeded();
  expect(backoff.fresh()).toBe(true);
  // The third wait is the limit, not 40: lower bounds only, since a timer may be late.
  expect(waits[0]).toBeGreaterThanOrEqual(9);
  expect(waits[2]).toBeGreaterThanOrEqual(29);
});

test('a start is told of each refusal, and ends with one that no retry changes', async () => {
  const { log, lines } = captureLog();
  const { signal } = new AbortController();
  const refusals = [
    new SendError('unavailable', '503', 'it is away', { retryAfterMs: 1 }),
    new SendError('unavailable', '503', 'it is still away', { retryAfterMs: 1 }),
    new SendError('auth', '401', 'the token is refused'),
  ];
  const problems: string[] = [];
  const start = reach('Somewhere', () => Promise.reject(refusals.shift()), {
    signal,
    log,
    onProblem: (detail) => problems.push(detail),
  });
  await expect(start).rejects.toMatchObject({ kind: 'auth' });
  expect(problems).toEqual(['it is away', 'it is still away', 'the token is refused']);
  expect(lines.map(({ msg }) => msg)).toEqual(['Somewhere cannot be reached; trying again']);
});

test('a call is repeated a few times while its failures pass, as late as the platform asks for', async () => {
  const failures: unknown[] = [];
  const failing = (kind: SendErrorKind, retryAfterMs?: number) => {
    let calls = 0;
    return async () => {
      if (++calls < 3) throw new SendError(kind, 'x', 'no', retryAfterMs === undefined ? {} : { retryAfterMs });
      return calls;
    };
  };
  const options = { pausesMs: [1, 1], onPassing: (error: unknown) => failures.push(error) };
  expect(await repeat(failing('unavailable'), options)).toBe(3);
  expect(await repeat(failing('rate-limited', 1), { ...options, maxRetryAfterMs: 1 })).toBe(3);
  expect(failures).toHaveLength(4);
  await expect(repeat(failing('gone'), options)).rejects.toMatchObject({ kind: 'gone' });
  await expect(repeat(failing('unavailable'), { ...options, pausesMs: [1] })).rejects.toMatchObject({ code: 'x' });
  await expect(repeat(failing('unavailable'), { ...options, withinMs: -1 })).rejects.toMatchObject({ code: 'x' });
  await expect(repeat(failing('rate-limited', 9), { ...options, maxRetryAfterMs: 8 })).rejects.toMatchObject({
    retryAfterMs: 9,
  });
  const signal = AbortSignal.abort();
  await expect(repeat(failing('unavailable', 60_000), { ...options, signal })).rejects.toThrow(/abort/i);
  const kinds = [new Error('no'), new SendError('auth', 'x', 'no'), new SendError('unknown-outcome', 'x', 'lost')];
  expect(kinds.map(isPassing)).toEqual([false, false, true]);
});
