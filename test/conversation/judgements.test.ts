import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { createConversations } from '../../src/conversation/conversations.ts';
import { sharedRedis } from '../support/redis.ts';

const { url, prefix } = sharedRedis();
const redis = new Redis(url);
afterAll(() => redis.disconnect());
const conversations = createConversations({ redis, prefix, keepMs: 60_000, maxWaiting: 200 });

type Value = 'good' | 'bad' | 'none';
/** What counts in the end, when each is told in turn: the value, and what it was before by the platform's word. */
async function counted(room: string, told: [Value, Value?][], author = 'ana'): Promise<{ good: number; bad: number }> {
  const sum = { good: 0, bad: 0, none: 0 };
  for (const [value, before] of told) {
    const was = await conversations.judge(room, { message: 'm', author }, value, before);
    if (was === value) continue;
    sum[was] -= 1;
    sum[value] += 1;
  }
  return { good: sum.good, bad: sum.bad };
}

test.each<[string, [Value, Value?][], { good: number; bad: number }]>([
  ['pressed again', [['good'], ['good'], ['good']], { good: 1, bad: 0 }],
  ['changed', [['good'], ['bad']], { good: 0, bad: 1 }],
  ['taken back and given again', [['good'], ['none'], ['none'], ['good']], { good: 1, bad: 0 }],
  ['taken back by name', [['good'], ['none', 'good'], ['good']], { good: 1, bad: 0 }],
  ['two reactions, the older taken back', [['good'], ['bad'], ['none', 'good']], { good: 0, bad: 1 }],
  ['two reactions, both taken back', [['good'], ['bad'], ['none', 'bad'], ['none', 'good']], { good: 0, bad: 0 }],
  [
    'told by the platform, delivered twice',
    [
      ['good', 'none'],
      ['good', 'none'],
      ['bad', 'good'],
    ],
    { good: 0, bad: 1 },
  ],
])('a judgement counts once: %s', async (name, told, sum) => {
  expect(await counted(`test:${name.replace(/\W/g, '-')}`, told)).toEqual(sum);
});

test('what nothing is remembered of is believed from the platform', async () => {
  expect(await counted('test:before', [['none', 'good']])).toEqual({ good: -1, bad: 0 });
});

test('each person counts, and what is remembered is bounded and goes with the conversation', async () => {
  for (let n = 0; n < 1_100; n++) await conversations.judge('test:many', { message: 'm', author: `p${n}` }, 'good');
  const key = `${prefix}:{test:many}:judged`;
  expect(await redis.hlen(key)).toBeLessThanOrEqual(1_001);
  expect(await redis.pttl(key)).toBeGreaterThan(0);
  expect(await counted('test:many', [['good']], 'somebody else')).toEqual({ good: 1, bad: 0 });
  await conversations.erase('test:many');
  expect(await redis.exists(key)).toBe(0);
});
