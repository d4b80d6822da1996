/** A conversation that is deleted takes its failed turns along, and leaves no word in Redis. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { SendError } from '../../src/contract/index.ts';
import { ModelError } from '../../src/models/model.ts';
import { dialRedis, redisOptions } from '../../src/redis/connect.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { eventually } from '../support/eventually.ts';
import { createGate } from '../support/gate.ts';
import { createBrowser } from '../web/browser.ts';

const WORD = 'quetzalcoatlus';
let chasqui: TestChasqui;
afterEach(() => chasqui.stop());

/** The keys under this Chasqui's prefix whose content, read raw, has the word. */
async function keysWithWord({ redisUrl, config }: TestChasqui): Promise<string[]> {
  const redis = dialRedis(redisUrl, redisOptions('ask'));
  const reads: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, 0, '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
  };
  try {
    const found: string[] = [];
    for (const key of await redis.keys(`${config.queue.prefix}*`)) {
      const content = await reads[await redis.type(key)]?.(key);
      if (JSON.stringify(content ?? '').includes(WORD)) found.push(key);
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

const refused = () => new ModelError('refused', 'NO', 'the host refuses');

test('deleting a web conversation deletes its failed turns, discarded ones too, and those of nobody else', async () => {
  const { model } = createTestModel(() => {
    throw refused();
  });
  chasqui = await startTestChasqui({ models: [model], roles: ['worker', 'web'] });
  const browser = createBrowser(chasqui.address);
  await browser.openSession();
  const say = async (text: string, conversation?: string): Promise<string> =>
    (await browser.json('POST', '/api/chat', { id: randomUUID(), text, ...(conversation ? { conversation } : {}) }))
      .conversation;
  const doomed = await say(`first ${WORD}`);
  await chasqui.turns(1);
  await say(`second ${WORD}`, doomed);
  await chasqui.turns(2);
  const other = await say('something else');
  await chasqui.turns(3);
  const [discarded] = (await chasqui.deadLetters.list()).filter(({ conversation }) => conversation === doomed);
  await chasqui.deadLetters.discard(discarded?.id as string, { by: 'me', why: 'a test' });
  expect(await keysWithWord(chasqui)).not.toEqual([]);

  await browser.call('DELETE', `/api/conversations/${doomed.replace('web:', '')}`, {});
  expect((await chasqui.deadLetters.list()).map(({ conversation }) => conversation)).toEqual([other]);
  expect(await chasqui.deadLetters.discarded(10)).toEqual([]);
  expect(await keysWithWord(chasqui)).toEqual([]);
  expect(await chasqui.deadLetters.restore(discarded?.id as string)).toBe(false);
});

test('a reset deletes the failed turns before it, and later ones are kept', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => {
    throw refused();
  });
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', WORD));
  await chasqui.turns(1);
  expect(await chasqui.deadLetters.count()).toBe(1);
  await chasqui.ingest.message(platform.says('room', '!reset'));
  await chasqui.turns(2);
  expect(await keysWithWord(chasqui)).toEqual([]);
  await chasqui.ingest.message(platform.says('room', 'again'));
  await chasqui.turns(3);
  expect((await chasqui.deadLetters.list()).map(({ messages }) => messages[0]?.text)).toEqual(['again']);
});

test.each(['while it is written', 'when its reply is refused'])(
  'a turn whose conversation is deleted %s is no failure',
  async (when) => {
    const platform = createTestPlatform();
    const gate = createGate();
    const address = platform.address('room');
    const { model } = createTestModel(async function* () {
      yield `You said ${WORD}`;
      await gate.opened;
      yield ' and more';
    });
    chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
    const { conversation } = address;
    const gone = new SendError('gone', 'deleted', 'the place is gone');
    let erasing: Promise<void> | undefined;
    platform.refuse(() => {
      // The platform learns of it first: what it answers must not become a failure.
      erasing ??= chasqui.conversations.erase(conversation);
      return gone;
    });
    await chasqui.ingest.message(platform.says('room', WORD));
    await platform.shown.until((shown) => shown.length > 0);
    if (when === 'while it is written') erasing = chasqui.conversations.erase(conversation);
    await erasing;
    gate.open();
    await eventually(chasqui.queue.depth, ({ active, waiting, delayed }) => active + waiting + delayed === 0);
    await erasing;
    expect(await chasqui.deadLetters.count()).toBe(0);
    if (when === 'while it is written')
      expect(chasqui.lines.filter(({ msg }) => /fail|refuse/.test(String(msg)))).toEqual([]);
    expect(await keysWithWord(chasqui)).toEqual([]);
  },
);

test('a letter that is written after the deletion is not kept, and one of later words is', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['hello']);
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  const message = platform.says('room', WORD);
  const { conversation } = message.to;
  const letter = {
    ...({ v: 1, at: Date.now() } as const),
    ...{ conversation, platform: 'test', attempts: 1, told: null, messages: [message] },
    failure: { where: 'platform', kind: 'refused', code: 'x', message: 'x' } as const,
  };
  const since = Date.now() - 1;
  await chasqui.conversations.erase(conversation);
  await chasqui.deadLetters.add({ ...letter, id: 'before' }, since);
  expect(await keysWithWord(chasqui)).toEqual([]);
  await chasqui.deadLetters.add({ ...letter, id: 'after' }, Date.now() + 5);
  expect((await chasqui.deadLetters.list()).map(({ id }) => id)).toEqual(['after']);
});
