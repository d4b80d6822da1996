/** Processes that stop and a Redis that goes away: nothing that was taken is lost, nothing is answered twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createTestModel, silence } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';
import { sharedRedis, startRedis, type TestRedis } from '../support/redis.ts';

const running: TestChasqui[] = [];
let redis: TestRedis | undefined;
afterEach(async () => {
  await Promise.all(running.splice(0).map((chasqui) => chasqui.stop()));
  await redis?.close();
  redis = undefined;
});

async function start(options: Parameters<typeof startTestChasqui>[0]): Promise<TestChasqui> {
  const chasqui = await startTestChasqui(options);
  running.push(chasqui);
  return chasqui;
}

test('a process that stops lets the running answer end', async () => {
  const platform = createTestPlatform();
  let release = () => {};
  const { model, calls } = createTestModel(async function* () {
    yield 'half, ';
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    yield 'and whole';
  });
  const sections = { workers: { shutdown_timeout: 20_000 } };
  const chasqui = await start({ models: [model], platforms: [platform], sections });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await platform.shown.until((items) => items.includes('half, '));
  const stopped = chasqui.stop();
  running.pop();
  release();
  await stopped;
  expect(platform.visible('room').map((message) => message.text)).toEqual(['half, and whole']);
  expect(calls.items).toHaveLength(1);
});

test('what is not done in time is handed over, and goes on in the same message', async () => {
  const platform = createTestPlatform();
  const { prefix } = sharedRedis();
  const { model: endless } = createTestModel(async function* (request) {
    yield 'half an answer';
    await silence(request.signal);
  });
  const { model: quick } = createTestModel(() => ['the whole answer']);
  const first = await start({
    models: [endless],
    platforms: [platform],
    prefix,
    sections: { workers: { shutdown_timeout: 50 } },
  });
  await first.ingest.message(platform.says('room', 'hello'));
  await platform.shown.until((items) => items.includes('half an answer'));
  const second = await start({ models: [quick], platforms: [platform], prefix });
  await first.stop();
  running.shift();
  await second.turns(1);
  expect(platform.visible('room').map((message) => message.text)).toEqual(['the whole answer']);
});

test('Redis that goes away and comes back loses nothing that was taken', async () => {
  redis = await startRedis();
  const platform = createTestPlatform();
  const { model } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const chasqui = await start({ models: [model], platforms: [platform], redisUrl: redis.url });
  await chasqui.ingest.message(platform.says('a', 'before'));
  await chasqui.turns(1);

  await redis.kill();
  const refused = platform.says('b', 'meanwhile');
  await expect(chasqui.ingest.message(refused)).rejects.toThrow();
  expect(await (await fetch(`${chasqui.address}/readyz`)).json()).toMatchObject({ ready: false });

  await redis.restart();
  // The platform delivers again what was not acknowledged.
  await expect.poll(() => chasqui.ingest.message(refused).catch(() => 'refused'), { timeout: 15_000 }).toBe('accepted');
  await chasqui.turns(2);
  await expect.poll(async () => (await fetch(`${chasqui.address}/readyz`)).status).toBe(200);
  expect(platform.visible('a').map((message) => message.text)).toEqual(['re: Ana: before']);
  expect(platform.visible('b').map((message) => message.text)).toEqual(['re: Ana: meanwhile']);
  expect(chasqui.lines.filter((line) => line.msg === 'Redis is back').length).toBeGreaterThan(0);
});

test('an answer that was being written when Redis went away is delivered once it is back', async () => {
  redis = await startRedis();
  const platform = createTestPlatform();
  let release = () => {};
  const { model } = createTestModel(async function* (_request, call) {
    yield 'slow ';
    if (call === 1)
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    yield 'answer';
  });
  const chasqui = await start({ models: [model], platforms: [platform], redisUrl: redis.url });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await platform.shown.until((items) => items.includes('slow '));
  await redis.kill();
  release();
  await redis.restart();
  await chasqui.turns(1);
  expect(platform.visible('room').map((message) => message.text)).toEqual(['slow answer']);
});

test('Chasqui starts without Redis, says so, and works once it is there', async () => {
  redis = await startRedis();
  await redis.kill();
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['here']);
  const chasqui = await start({ models: [model], platforms: [platform], redisUrl: redis.url });
  expect((await fetch(`${chasqui.address}/healthz`)).status).toBe(200);
  expect((await fetch(`${chasqui.address}/readyz`)).status).toBe(503);
  expect(chasqui.lines.some((line) => String(line.msg).startsWith('Redis is away'))).toBe(true);
  await redis.restart();
  await expect.poll(() => chasqui.ingest.message(platform.says('room', 'hi')).catch(() => null)).toBe('accepted');
  await chasqui.turns(1);
  expect(platform.visible('room')).toHaveLength(1);
});

test('a worker that was frozen for so long that another took its turn posts nothing more', async () => {
  const platform = createTestPlatform();
  const thawed = createGate();
  const { model } = createTestModel(async function* () {
    yield 'a';
    // The second text is shown once the first is posted and noted.
    await platform.shown.until((items) => items.includes('a'));
    yield ' half';
    await thawed.opened;
    // Long enough that there would be time to show it, also where the machine is busy; the fence ends it at once.
    for (let n = 0; n < 400; n++) {
      yield ` and ${n}`;
      await sleep(5);
    }
  });
  const chasqui = await start({
    models: [model],
    platforms: [platform],
    sections: { workers: { stalled_after: 1_000 } },
  });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await platform.shown.until((items) => items.includes('a half'));
  await chasqui.conversations.take('test:room');
  // The time itself is what makes the difference: longer than a third of `stalled_after`.
  setTimeout(thawed.open, 400);
  await expect
    .poll(() => chasqui.queue.depth(), { timeout: 20_000 })
    .toMatchObject({ active: 0, waiting: 0, delayed: 0 });
  expect(platform.visible('room').map(({ versions }) => versions)).toEqual([['a', 'a half']]);
});
