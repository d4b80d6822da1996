/** What an older release left in Redis is read by this one: a rolling upgrade loses nothing and answers nothing twice. */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { retryDeadLetter } from '../../src/dead-letters/retry.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { sharedRedis } from '../support/redis.ts';

interface Stored {
  /** The turns whose replies the platform shows already, by place. */
  keys: Record<string, string>;
  stored: { key: string; type: string; value: unknown }[];
}

/** Keys of one Redis as release 0.1.0 wrote them, in the middle of its work. PREFIX stands for the keys' prefix, NOW for when a job was made. */
const WRITTEN = readFileSync(new URL('stored/0.1.0.json', import.meta.url), 'utf8');

const running: TestChasqui[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((chasqui) => chasqui.stop()));
});

async function restore(redis: Redis, { stored }: Stored): Promise<void> {
  for (const { key, type, value } of stored) {
    if (type === 'string') await redis.set(key, value as string);
    else if (type === 'hash') await redis.hset(key, value as Record<string, string>);
    else if (type === 'list') await redis.rpush(key, ...(value as string[]));
    else if (type === 'set') await redis.sadd(key, ...(value as string[]));
    else if (type === 'zset') {
      const members = value as string[];
      for (let i = 0; i < members.length; i += 2) await redis.zadd(key, members[i + 1] as string, members[i] as string);
    } else for (const [id, fields] of value as [string, string[]][]) await redis.xadd(key, id, ...fields);
  }
}

test('this release goes on where 0.1.0 stopped', async () => {
  const { url, prefix } = sharedRedis();
  const written = JSON.parse(WRITTEN.replaceAll('PREFIX', prefix).replaceAll('NOW', String(Date.now()))) as Stored;
  const redis = new Redis(url);
  await restore(redis, written);

  const platform = createTestPlatform();
  const sender = platform.adapter.sender();
  // What the platform shows of the two turns that were being posted.
  for (const [place, key] of Object.entries(written.keys)) {
    const draft = await sender.begin(platform.address(place), key);
    await sender.update(draft, place === 'growing' ? 'Half' : 'It is whole.');
  }
  const { model, calls } = createTestModel((request) => [`You said: ${request.messages.at(-1)?.content}`]);
  const chasqui = await startTestChasqui({
    models: [model],
    platforms: [platform],
    prefix,
    sections: { queue: { prefix, shards: 1, sweep_every: 100 } },
  });
  running.push(chasqui);
  await platform.finished.until((items) => items.length === 5);
  await expect.poll(() => redis.keys(`${prefix}:{test:*}:turn`)).toEqual([]);

  expect(platform.texts('waiting')).toEqual([expect.stringContaining('And then?')]);
  // Written before the worker died, edited by this one, and not posted again.
  expect(platform.texts('growing')).toEqual([expect.stringContaining('Tell me mroe, please')]);
  expect(platform.texts('answered')).toEqual([expect.stringContaining('It is whole.')]);
  expect(platform.texts('parked')).toEqual([expect.stringContaining('Later, please')]);
  expect(platform.texts('edited')).toEqual([expect.stringMatching(/^You said: Ana: the\b/)]);
  // The whole answer was not asked for again.
  expect(calls.items).toHaveLength(4);

  const history = await chasqui.conversations.history('test:waiting');
  expect(history.map(({ reply }) => reply)).toEqual(['That.', expect.stringContaining('And then?')]);
  expect(await chasqui.conversations.chosenModel('test:waiting')).toBe('offline:stand-in');

  // A redelivery of what the old release took; its ids are remembered.
  const again = { ...platform.says('waiting', 'And then?'), id: 'old-2' };
  expect(await chasqui.ingest.message(again)).toBe('duplicate');
  // A thread that it was called into hears what is written without a mention.
  expect(await chasqui.ingest.message(platform.says('thread', 'Go on.'), 'if-participating')).toBe('accepted');
  await platform.finished.until((items) => items.length === 6);

  const [letter] = await chasqui.deadLetters.list();
  expect(letter).toMatchObject({ id: 'letter-1', failure: { kind: 'auth' }, messages: [{ text: 'Are you there?' }] });
  expect(await retryDeadLetter(chasqui, 'letter-1')).toBe(true);
  await platform.finished.until((items) => items.length === 7);
  expect(platform.texts('failed')).toEqual([expect.stringContaining('Are you there?')]);
  redis.disconnect();
});
