import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedRedis } from '../support/redis.ts';
import { type Chat, exchange, settled, startChat } from './harness.ts';

let chat: Chat;
beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix, script: () => ['x'.repeat(100_000)] });
});
afterAll(() => chat.stop());

test('a history is bounded by bytes: the oldest turns go', async () => {
  const { browser, sent, path } = await exchange(chat, 'turn 0');
  for (let n = 1; n < 14; n++) {
    await browser.json('POST', '/api/chat', { id: randomUUID(), text: `turn ${n}`, conversation: sent.conversation });
    await settled(browser, path);
  }
  const history = await chat.conversations.history(sent.conversation);
  expect(history.length).toBeLessThanOrEqual(10);
  expect(history.length).toBeGreaterThan(7);
  expect(history.at(-1)?.user[0]?.text).toBe('turn 13');
});
