/** Two processes with one bot token: one takes the updates, the other takes over. */
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { createTelegramAdapter } from '../../adapters/telegram/index.ts';
import type { Store } from '../../src/contract/index.ts';
import { createStore, noLimits } from '../../src/redis/limits.ts';
import { createTestIngest } from '../conformance/adapter.ts';
import { startTelegramDouble, TOKEN } from '../doubles/telegram/index.ts';
import { captureLog } from '../support/config.ts';
import { sharedRedis } from '../support/redis.ts';
import { ANAS_CHAT } from './harness.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start() {
  const { url, prefix } = sharedRedis();
  const redis = new Redis(url);
  closing.push(() => redis.disconnect());
  const store = createStore(redis, prefix, 'telegram');
  const double = await startTelegramDouble();
  closing.push(() => double.close());
  double.addChat(ANAS_CHAT);

  async function launch(own: Store = store) {
    const ingest = createTestIngest();
    const { log, lines } = captureLog();
    const errors: string[] = [];
    const receiver = createTelegramAdapter({
      ...{ log, limits: noLimits, store: own, maxReplyMessages: 8, token: TOKEN, apiUrl: double.url },
      ...{ maxFileChars: 1_000, answerBots: false, leaseTiming: { lifetimeMs: 1_000, renewEveryMs: 50 } },
      onPlatformError: (_method, code) => errors.push(code),
    }).receiver({ ingest, http: undefined as never });
    closing.push(() => receiver.stop());
    await receiver.start();
    return { receiver, ingest, lines, errors };
  }
  return { double, store, launch };
}

const standsBy = { connected: true, detail: expect.stringContaining('stands by'), state: 'standby' };

test('the process that started last takes the updates, and the other one again after it', async () => {
  const { double, launch } = await start();
  const first = await launch();
  await double.confirmed(double.says(ANAS_CHAT, 'one').update);
  const second = await launch();
  await expect.poll(() => first.receiver.status()).toEqual(standsBy);
  await double.confirmed(double.says(ANAS_CHAT, 'two').update);
  await double.confirmed(double.says(ANAS_CHAT, 'three').update);
  await second.receiver.stop();
  await double.confirmed(double.says(ANAS_CHAT, 'four').update);
  expect(first.receiver.status()).toEqual({ connected: true, detail: '@chasqui_bot, long polling' });

  const took = ({ ingest }: typeof first) => ingest.taken.items.map(({ text }) => text);
  // While the two overlap for a moment, an update may reach both; its id makes the second a duplicate.
  expect(new Set([...took(first), ...took(second)])).toEqual(new Set(['one', 'two', 'three', 'four']));
  expect(took(second)).toContain('three');
  expect(took(first)).toContain('four');
});

test('the updates of a process that died go to the one that stood by', async () => {
  const { double, store, launch } = await start();
  const first = await launch();
  let dead = false;
  const second = await launch({
    get: (key) => (dead ? Promise.reject(new Error('dead')) : store.get(key)),
    set: (key, value, seconds) => (dead ? Promise.reject(new Error('dead')) : store.set(key, value, seconds)),
  });
  await expect.poll(() => first.receiver.status()).toEqual(standsBy);
  dead = true;
  await expect.poll(() => first.receiver.status(), { timeout: 10_000 }).not.toEqual(standsBy);
  void second.receiver.stop();
  await double.confirmed(double.says(ANAS_CHAT, 'still there?').update);
  await first.ingest.taken.until((items) => items.some(({ text }) => text === 'still there?'));
});
