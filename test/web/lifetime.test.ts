import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { InboundMessage } from '../../src/contract/index.ts';
import { sharedRedis } from '../support/redis.ts';
import { type Chat, exchange as said, startChat } from './harness.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
const KEEP_MS = 30 * DAY_MS;
const ANSWER = 'An answer that is kept in one place only.';

let chat: Chat;
beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix, script: () => [ANSWER] });
});
afterEach(() => vi.useRealTimers());
afterAll(() => chat.stop());

const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });

/** The commit follows the final by a moment. */
async function committed(conversation: string, turns: number): Promise<void> {
  await expect.poll(async () => (await chat.conversations.view(conversation)).history.length).toBe(turns);
}
async function exchange(text: string) {
  const all = await said(chat, text);
  await committed(all.sent.conversation, 1);
  return all;
}

/** All keys under an id, without the prefix, with the time that they have left. */
async function lifetimes(id: string): Promise<Record<string, number>> {
  const keys = await chat.redis.keys(`${chat.prefix}:{${id}}:*`);
  const left = await Promise.all(keys.map(async (key) => [key.replace(/^.*\}:/, ''), await chat.redis.pttl(key)]));
  return Object.fromEntries(left);
}
/** The session's own keys. */
async function sessionLifetimes(browser: { cookie: string | undefined }) {
  return lifetimes(`web-session:${browser.cookie?.split('=')[1]?.split('.')[0]}`);
}
const least = (left: Record<string, number>) => Math.min(...Object.values(left));
const most = (left: Record<string, number>) => Math.max(...Object.values(left));

async function contentOf(key: string): Promise<unknown> {
  const { redis } = chat;
  switch (await redis.type(key)) {
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'hash':
      return redis.hgetall(key);
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'string':
      return redis.get(key);
    default:
      return redis.zrange(key, '0', '-1').catch(() => redis.smembers(key));
  }
}

test('all that a session wrote goes after a day, unless it comes back', async () => {
  const { browser, sent, path, final } = await exchange('never seen again');
  await browser.json('POST', `${path}/feedback`, { message: final.data.turn, value: 'good' });
  await browser.json('POST', '/api/command', {
    conversation: sent.conversation,
    name: 'model',
    argument: 'test:llama',
  });
  await browser.json('GET', path);
  await browser.openSession();
  const left = { ...(await lifetimes(sent.conversation)), ...(await sessionLifetimes(browser)) };
  expect(Object.keys(left)).toEqual(
    expect.arrayContaining(['history', 'meta', 'people', 'seen', 'owner', 'feedback', 'finished', 'conversations']),
  );
  // -1: a key that stays for good.
  expect(least(left)).toBeGreaterThan(0);
  expect(most(left)).toBeLessThanOrEqual(DAY_MS);
});

test.each([
  ['opens the page', (browser: Visitor) => browser.openSession()],
  ['reads', (browser: Visitor, path: string) => browser.json('GET', path)],
  ['lists its conversations', (browser: Visitor) => browser.json('GET', '/api/conversations')],
  ['writes elsewhere', (browser: Visitor) => browser.say('a new one')],
])('a session that comes back an hour later and %s keeps all it wrote', async (_, comeBack) => {
  const { browser, sent, path, final } = await exchange('I come back');
  await browser.json('POST', `${path}/feedback`, { message: final.data.turn, value: 'good' });
  later(HOUR_MS);
  await comeBack(browser, path);
  const kept = await lifetimes(sent.conversation);
  for (const name of ['history', 'meta', 'people', 'owner', 'feedback', 'finished'])
    expect([name, kept[name]]).toEqual([name, expect.closeTo(KEEP_MS, -5)]);
  for (const left of Object.values(await sessionLifetimes(browser))) expect(left).toBeCloseTo(KEEP_MS, -5);
});

test('a session that came back keeps what it writes, at once and in conversations of the first visit', async () => {
  const { browser, sent } = await exchange('first');
  later(2 * HOUR_MS);
  await browser.openSession();
  await browser.say('second', sent.conversation);
  await committed(sent.conversation, 2);
  const other = await browser.say('third');
  await committed(other.conversation, 1);
  for (const { conversation } of [sent, other]) {
    const kept = await lifetimes(conversation);
    for (const name of ['history', 'meta', 'people', 'owner', 'finished'])
      expect([name, kept[name]]).toEqual([name, expect.closeTo(KEEP_MS, -5)]);
  }
});

test('a turn that is still answered when its session comes back is kept', async () => {
  const { browser, sent } = await exchange('slow');
  const message: InboundMessage = {
    v: 1,
    id: 'late',
    author: { id: 'x' },
    text: 'late',
    attachments: [],
    sentAt: Date.now(),
    to: { platform: 'web', conversation: sent.conversation, route: {} },
    keepMs: DAY_MS,
  };
  await chat.conversations.append(message, 'always');
  const turn = await chat.conversations.take(sent.conversation);
  later(HOUR_MS);
  await browser.openSession();
  if (!turn) throw new Error('nothing to take');
  await chat.conversations.commit(turn, { done: turn.entries, history: null });
  expect((await lifetimes(sent.conversation)).history).toBeCloseTo(KEEP_MS, -5);
});

test('the events go ten minutes after the last; the text is then in the history only', async () => {
  const { sent } = await exchange('a question that is kept in one place');
  const left = (await lifetimes(sent.conversation)).events ?? 0;
  expect(left).toBeGreaterThan(9 * MINUTE_MS);
  expect(left).toBeLessThanOrEqual(10 * MINUTE_MS);
  await chat.redis.del(`${chat.prefix}:{${sent.conversation}}:events`);
  const holders: string[] = [];
  for (const key of await chat.redis.keys(`${chat.prefix}:{${sent.conversation}}:*`)) {
    if (JSON.stringify(await contentOf(key)).includes('in one place')) holders.push(key.replace(/^.*\}:/, ''));
  }
  // The owner's record has the title.
  expect(holders.sort()).toEqual(['history', 'owner']);
});

test('a reader who missed events that are gone is told to read again; one who missed none goes on', async () => {
  const { browser, sent, path } = await exchange('first');
  const old = await browser.json('GET', path);
  const events = `${chat.prefix}:{${sent.conversation}}:events`;
  const status = async (cursor: string) => {
    const stream = await browser.events(sent.conversation, { last: cursor });
    stream.cut();
    return stream.status;
  };
  await chat.redis.del(events);
  expect([await status(sent.cursor), await status(old.cursor)]).toEqual([409, 200]);

  // The stream begins anew; the reader who had everything misses nothing.
  const next = await browser.say('second', sent.conversation);
  expect(next.cursor).toBe(old.cursor);
  await committed(sent.conversation, 2);
  const stream = await browser.events(sent.conversation, { last: old.cursor });
  await stream.until('final');
  expect(stream.events.map(({ event }) => event)).toEqual(['user', 'typing', 'final']);
  expect(await status(sent.cursor)).toBe(409);

  await chat.redis.del(events);
  expect(await status(old.cursor)).toBe(409);
  const again = await browser.json('GET', path);
  expect(again.messages.map(({ text }: { text: string }) => text)).toEqual(['first', ANSWER, 'second', ANSWER]);
  expect(await status(again.cursor)).toBe(200);
  const refused = await browser.call('GET', `${path}/events?cursor=0-0`);
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ error: { code: 'stale' } });
});

test('a reader whose connection heard nothing until the events were gone is sent away to read again', async () => {
  const { browser, sent, path } = await exchange('quiet');
  const { cursor } = await browser.json('GET', path);
  const stream = await browser.events(sent.conversation, { last: cursor });
  const key = (name: string) => `${chat.prefix}:{${sent.conversation}}:${name}`;
  await chat.redis.multi().hset(key('owner'), 'last', '9999999999999-0').del(key('events')).exec();
  await chat.redis.publish(key('events'), 'news');
  await stream.ended;
  expect((await browser.events(sent.conversation, { last: cursor })).status).toBe(409);
});

type Visitor = Awaited<ReturnType<typeof exchange>>['browser'];
