import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { hasRoom, throttle } from '../../adapters/kit/throttle.ts';
import { createLimits } from '../../src/redis/limits.ts';
import { sharedRedis } from '../support/redis.ts';

test('what is spent is waited for; what comes behind it is not taken', async () => {
  const { url, prefix } = sharedRedis();
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  const limits = createLimits(redis, prefix);
  const chat = { bucket: 'chat', perMinute: 1, burst: 1 };
  const all = { bucket: 'all', perMinute: 1, burst: 2 };
  await throttle(limits, chat, all);
  const error: unknown = await throttle(limits, chat, all).catch((thrown) => thrown);
  expect(error).toMatchObject({ kind: 'rate-limited', code: 'paced', retryAfterMs: expect.any(Number) });
  await throttle(limits, all);
  await expect(throttle(limits, all)).rejects.toThrow('1 calls a minute');
  expect(await hasRoom(limits, all)).toBe(false);
  expect(await hasRoom(limits, { ...all, bucket: 'other' })).toBe(true);
});
