import { afterEach, expect, test, vi } from 'vitest';
import { createWaits } from '../../adapters/kit/waits.ts';
import { SendError } from '../../src/contract/index.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('until a wait is over nobody calls there; other keys and other failures wait for nothing', async () => {
  vi.useFakeTimers();
  const waits = createWaits('Somewhere');
  const calls: string[] = [];
  const call = (key: string, failure?: SendError) =>
    waits.call(key, async () => {
      calls.push(key);
      if (failure) throw failure;
      return 'done';
    });
  const busy = new SendError('rate-limited', '429', 'slow down', { retryAfterMs: 35_000 });
  await expect(call('a', busy)).rejects.toBe(busy);
  vi.advanceTimersByTime(34_000);
  await expect(call('a')).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 1_000 });
  expect(await call('b')).toBe('done');
  await expect(call('b', new SendError('unavailable', '503', 'away', { retryAfterMs: 9_000 }))).rejects.toThrow('away');
  expect(await call('b')).toBe('done');
  vi.advanceTimersByTime(1_001);
  expect(waits.left('a')).toBe(0);
  expect(await call('a')).toBe('done');
  expect(calls).toEqual(['a', 'b', 'b', 'b', 'a']);
});
