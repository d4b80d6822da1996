/** What a crash or an outage left behind: found, answered, or put where an operator sees it. */
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { SendError } from '../../src/contract/index.ts';
import { retryDeadLetter } from '../../src/dead-letters/retry.ts';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { sharedRedis } from '../support/redis.ts';

const running: TestChasqui[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((chasqui) => chasqui.stop()));
});

async function start(options: Parameters<typeof startTestChasqui>[0]): Promise<TestChasqui> {
  const chasqui = await startTestChasqui(options);
  running.push(chasqui);
  return chasqui;
}

test('a message whose process died before it had a job is found and answered', async () => {
  const platform = createTestPlatform();
  const { prefix } = sharedRedis();
  const { model } = createTestModel(() => ['late, but here']);
  const receiver = await start({ models: [model], platforms: [platform], prefix, roles: [] });
  // What a crash between the two writes leaves: an entry of a minute ago, and no job.
  await receiver.conversations.append(platform.says('room', 'anybody?'), 'always');
  const worker = await start({
    models: [model],
    platforms: [platform],
    prefix,
    sections: { queue: { sweep_every: 100, shards: 1, prefix } },
  });
  await platform.finished.until((items) => items.length === 1);
  expect(platform.visible('room').map(({ text }) => text)).toEqual(['late, but here']);
  const told = () => worker.lines.some((line) => line.msg === 'something waited without a job; it is answered now');
  await expect.poll(told).toBe(true);
});

test('a job that is named but gone does not keep its conversation from being answered', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['here']);
  const chasqui = await start({ models: [model], platforms: [platform] });
  await chasqui.queue.queues[0]?.pause();
  await chasqui.ingest.message(platform.says('room', 'hello'));
  const [job] = (await chasqui.queue.queues[0]?.getJobs(['waiting'])) ?? [];
  // Redis lost the job but not its name, as after a failover.
  const redis = new Redis(chasqui.redisUrl);
  await redis.del(chasqui.queue.queues[0]?.toKey(job?.id as string) as string);
  redis.disconnect();
  await chasqui.queue.queues[0]?.resume();
  // Until a worker has stumbled over it, the job still stands in the line.
  await expect.poll(() => chasqui.queue.ensure('test:room')).toBe(true);
  await platform.finished.until((items) => items.length === 1);
});

test('a turn that fails for good tells the person, is kept with its reason, and is answered when it is retried', async () => {
  const platform = createTestPlatform();
  let broken = true;
  const { model } = createTestModel(() => {
    if (broken) throw new ModelError('auth', '10000', 'the token is refused');
    return ['now it works'];
  });
  const chasqui = await start({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await chasqui.turns(1);
  const [letter] = await chasqui.deadLetters.list();
  expect(letter).toMatchObject({
    conversation: 'test:room',
    platform: 'test',
    failure: { where: 'model', kind: 'auth', code: '10000', message: 'the token is refused' },
    attempts: 1,
    told: expect.stringContaining('refuses my credentials'),
    messages: [{ text: 'hello' }],
  });

  broken = false;
  expect(await retryDeadLetter(chasqui, letter?.id as string)).toBe(true);
  await chasqui.turns(2);
  expect(
    platform
      .visible('room')
      .map(({ text }) => text)
      .at(-1),
  ).toBe('now it works');
  expect(await chasqui.conversations.history('test:room')).toMatchObject([{ reply: 'now it works' }]);
  expect(await chasqui.deadLetters.count()).toBe(0);
  expect(await retryDeadLetter(chasqui, letter?.id as string)).toBe(false);
});

test('a failure that others wrote after is said once more, in its own turn', async () => {
  const platform = createTestPlatform();
  const { model, calls } = createTestModel((_request, call) => {
    if (call === 1) throw new ModelError('refused', 'x', 'no');
    return [`answer ${call}`];
  });
  const chasqui = await start({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'first'));
  await chasqui.turns(1);
  await chasqui.ingest.message(platform.says('room', 'second'));
  await chasqui.turns(2);
  const [letter] = await chasqui.deadLetters.list();
  await Promise.all([1, 2].map(() => retryDeadLetter(chasqui, letter?.id as string)));
  await chasqui.turns(3);
  expect(calls.items.map(({ question }) => question)).toEqual(['Ana: first', expect.any(String), 'Ana: first']);
});

test('what the platform refuses for good is kept with the platform’s reason', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['nobody sees this']);
  const chasqui = await start({ models: [model], platforms: [platform] });
  platform.faults.push({ error: new SendError('gone', 'is_archived', 'archived'), applied: false });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await chasqui.turns(1);
  expect(await chasqui.deadLetters.list()).toMatchObject([
    { failure: { where: 'platform', kind: 'refused', code: 'is_archived' }, told: null },
  ]);
});

test('the letters are bounded: the oldest go', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => {
    throw new ModelError('refused', 'x', 'no');
  });
  const chasqui = await start({
    models: [model],
    platforms: [platform],
    sections: { dead_letters: { keep: 60_000, most: 2 } },
  });
  for (let n = 1; n <= 4; n++) {
    await chasqui.ingest.message(platform.says(`room-${n}`, 'hello'));
    await chasqui.turns(n);
  }
  const kept = (await chasqui.deadLetters.list()).map(({ conversation }) => conversation);
  expect(kept).toEqual(['test:room-4', 'test:room-3']);
});

test('a record of a newer release is left to a worker of that release', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['ok']);
  const chasqui = await start({ models: [model], platforms: [platform] });
  const newer = { ...platform.says('room', 'hello'), v: 2 } as unknown as ReturnType<typeof platform.says>;
  await chasqui.ingest.message(newer);
  await expect
    .poll(() => chasqui.lines.find((line) => line.level === 50))
    .toMatchObject({
      err: { message: expect.stringContaining('written by a newer release') },
    });
  expect(platform.visible('room')).toEqual([]);
});

test('who waited through an outage is told so gently', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['The answer.']);
  const chasqui = await start({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello', { sentAt: Date.now() - 2 * 3_600_000 }));
  await chasqui.turns(1);
  expect(platform.visible('room')[0]?.text).toBe(
    'The answer.\n\n_(Sorry for the wait: you wrote this 2 hours ago, and I could not answer sooner.)_',
  );
  expect(await chasqui.conversations.history('test:room')).toMatchObject([{ reply: 'The answer.' }]);
});
