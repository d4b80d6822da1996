/** Of a long history only what is shown is read: counted in bytes that come from Redis. */
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { createConversations } from '../../src/conversation/conversations.ts';
import type { HistoryTurn } from '../../src/conversation/records.ts';
import { sharedRedis } from '../support/redis.ts';

const { url, prefix } = sharedRedis();
const redis = new Redis(url);
afterAll(() => redis.disconnect());
const conversations = createConversations({ redis, prefix, keepMs: 60_000, maxWaiting: 200 });

const turn = (n: number, chars: number): HistoryTurn => ({
  v: 1,
  id: `turn-${n}`,
  at: n,
  user: [{ id: `asked-${n}`, author: 'ana', text: `question ${n}` }],
  reply: 'x'.repeat(chars),
  outcome: 'answered',
  model: `model-${n}`,
});
async function fill(conversation: string, turns: HistoryTurn[]): Promise<void> {
  await redis.rpush(`${prefix}:{${conversation}}:history`, ...turns.map((turn) => JSON.stringify(turn)));
}
async function bytesOf<T>(read: () => Promise<T>): Promise<{ result: T; bytes: number }> {
  const before = redis.stream.bytesRead;
  const result = await read();
  return { result, bytes: redis.stream.bytesRead - before };
}
const ids = ({ history }: { history: HistoryTurn[] }) => history.map(({ id }) => id);
const named = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `turn-${from + n}`);

test('many short turns are read by the page, each of them with one more than is shown', async () => {
  await fill(
    'test:short',
    Array.from({ length: 200 }, (_, n) => turn(n, 10)),
  );
  const newest = await conversations.page('test:short');
  expect(ids(newest)).toEqual(named(149, 199));
  expect(newest).toMatchObject({ older: true, newer: false, turn: null, later: [] });
  // Of the turn with the message there may be nothing before it.
  const middle = await conversations.page('test:short', 'asked-149');
  expect(ids(middle)).toEqual(named(98, 149));
  expect(middle).toMatchObject({ older: true, newer: true });
  expect(ids(await conversations.page('test:short', 'turn-100'))).toEqual(named(49, 100));
  const first = await conversations.page('test:short', 'asked-3');
  expect(ids(first)).toEqual(named(0, 3));
  expect(first).toMatchObject({ older: false, newer: true });
  expect(await conversations.page('test:none')).toMatchObject({ history: [], older: false, newer: false });
});

test('of large turns no more than about 300 KB is read, and always one before the message', async () => {
  await fill(
    'test:large',
    Array.from({ length: 10 }, (_, n) => turn(n, 100_000)),
  );
  const { result, bytes } = await bytesOf(() => conversations.page('test:large'));
  expect(ids(result)).toEqual(['turn-8', 'turn-9']);
  expect(bytes).toBeLessThan(310_000);
  await fill('test:huge', [turn(0, 10), turn(1, 400_000), turn(2, 400_000)]);
  expect(ids(await conversations.page('test:huge', 'asked-2'))).toEqual(['turn-1', 'turn-2']);
  expect(ids(await conversations.page('test:huge'))).toEqual(['turn-2']);
});

test('to know whose answer is judged, nothing of the history leaves Redis but the name', async () => {
  const { result, bytes } = await bytesOf(() => conversations.modelOf('test:large', 'turn-8'));
  expect(result).toBe('model-8');
  expect(bytes).toBeLessThan(1_000);
  // Not named, or too long ago.
  expect(await conversations.modelOf('test:large', 'posted')).toBe('model-9');
  expect(await conversations.modelOf('test:large', 'turn-0')).toBe('model-9');
  expect(await conversations.modelOf('test:none', 'turn-0')).toBeNull();
});
