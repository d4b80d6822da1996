import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import type { InboundMessage } from '../../src/contract/index.ts';
import { createConversations } from '../../src/conversation/conversations.ts';
import { sharedRedis } from '../support/redis.ts';

const { url, prefix } = sharedRedis();
const redis = new Redis(url);
afterAll(() => redis.disconnect());
const conversations = createConversations({ redis, prefix, keepMs: 60_000, maxWaiting: 200 });

const says = (conversation: string, id: string, text: string): InboundMessage => ({
  v: 1,
  id,
  author: { id: 'ana' },
  text,
  attachments: [],
  sentAt: 1,
  to: { platform: 'test', conversation, route: {} },
});

test('what waits is bounded by bytes: a message that does not fit is refused, and taken when there is room', async () => {
  // Three bytes a character, as Redis stores it.
  const text = '宇'.repeat(32_000);
  const send = (n: number) => conversations.append(says('test:bytes', `${n}`, text), 'always');
  const results: string[] = [];
  for (let n = 0; n < 30; n++) results.push((await send(n)).result);
  const taken = results.filter((result) => result === 'accepted').length;
  expect(taken).toBe(21);
  expect(results.slice(taken).every((result) => result === 'full')).toBe(true);
  // A short one finds room, and another conversation is not concerned.
  expect((await conversations.append(says('test:bytes', 'short', 'stop'), 'always')).result).toBe('accepted');
  expect((await conversations.append(says('test:other', '1', text), 'always')).result).toBe('accepted');

  const turn = await conversations.take('test:bytes');
  if (!turn) throw new Error('nothing waits');
  await conversations.commit(turn, { done: turn.entries, history: null });
  // Refused, so it was not marked as seen.
  expect((await send(29)).result).toBe('accepted');
});

test('a message that is larger than the bound is taken where nothing else waits', async () => {
  const large = says('test:large', '1', 'x'.repeat(3_000_000));
  expect((await conversations.append(large, 'always')).result).toBe('accepted');
  expect((await conversations.append({ ...large, id: '2' }, 'always')).result).toBe('full');
});
