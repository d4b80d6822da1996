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

test('a long conversation is read page by page, none of them large', async () => {
  const { browser, sent, path } = await exchange(chat, 'page 0');
  for (let n = 1; n < 4; n++) {
    await browser.json('POST', '/api/chat', { id: randomUUID(), text: `page ${n}`, conversation: sent.conversation });
    await settled(browser, path);
  }
  const texts: string[] = [];
  let before = '';
  for (let more = true; more; ) {
    const page = await browser.json('GET', `${path}${before}`);
    expect(JSON.stringify(page).length).toBeLessThan(250_000);
    expect(page.messages.length).toBeGreaterThan(0);
    texts.unshift(...page.messages.map(({ text }: { text: string }) => text.slice(0, 6)));
    more = page.more;
    before = `?before=${page.messages[0].id}`;
  }
  expect(texts).toEqual([0, 1, 2, 3].flatMap((n) => [`page ${n}`, 'xxxxxx']));
  expect(await browser.json('GET', `${path}?before=nothing`)).toMatchObject({ messages: [], more: false });
});

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

test('a judgement counts once for each answer, and can be changed', async () => {
  const { browser, path, final } = await exchange(chat, 'judge me');
  const judge = (body: object) => browser.json('POST', `${path}/feedback`, { message: final.data.turn, ...body });
  for (let n = 0; n < 5; n++) await judge({ value: 'good' });
  for (let n = 0; n < 3; n++) await judge({ value: n % 2 === 0 ? 'bad' : 'good' });
  for (let n = 0; n < 3; n++) await judge({ value: 'bad', reason: 'wrong' });
  const judged = chat.recorded.filter((event) => (event as { type: string }).type === 'feedback');
  const sum = (wanted: boolean) =>
    (judged as { good: boolean; taken?: boolean }[])
      .filter(({ good }) => good === wanted)
      .reduce((total, { taken }) => total + (taken ? -1 : 1), 0);
  expect([sum(true), sum(false)]).toEqual([0, 1]);
  expect(chat.recorded.filter((event) => (event as { type: string }).type === 'reason')).toHaveLength(1);
});
