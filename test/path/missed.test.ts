/** What a worker finds in the place itself, before the event of it came: answered once, in people's order. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel, silence } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';
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

test('a message whose event is late is answered with those after it, and its event is a duplicate', async () => {
  const platform = createTestPlatform();
  const { model, calls } = createTestModel((_request, call) => [`answer ${call}`]);
  const chasqui = await start({ models: [model], platforms: [platform] });
  const [first, second] = [platform.says('room', 'one'), platform.says('room', 'two')];
  platform.missed.push(first);
  await chasqui.ingest.message(second);
  await chasqui.turns(1);
  expect(await chasqui.ingest.message(first)).toBe('duplicate');
  await chasqui.ingest.message(platform.says('room', 'three'));
  await chasqui.turns(2);
  expect(calls.items.map(({ question }) => question)).toEqual(['Ana: one\n\nAna: two', 'Ana: three']);
  expect(platform.texts('room')).toEqual(['answer 1', 'answer 2']);
});

test('an event that comes between the look and the answer is taken out of the line', async () => {
  const platform = createTestPlatform();
  const looked = createGate();
  const { model, calls } = createTestModel((_request, call) => [`answer ${call}`]);
  const [first, second] = [platform.says('room', 'one'), platform.says('room', 'two')];
  platform.missed.push(first);
  const { adapter } = platform;
  const sender = adapter.sender();
  const enrich = sender.enrich.bind(sender);
  sender.enrich = async (messages, options) => {
    const found = await enrich(messages, options);
    if (options.first) await looked.opened;
    return found;
  };
  const chasqui = await start({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(second);
  await expect.poll(async () => (await chasqui.conversations.look('test:room')).open).toBe(true);
  expect(await chasqui.ingest.message(first)).toBe('accepted');
  looked.open();
  await chasqui.turns(1);
  expect(calls.items.map(({ question }) => question)).toEqual(['Ana: one\n\nAna: two']);
  expect(await chasqui.conversations.look('test:room')).toMatchObject({ waiting: 0, open: false });
});

test('a worker that goes on after a crash sees what the first one took in; a known one is talk from before', async () => {
  const platform = createTestPlatform();
  const { prefix } = sharedRedis();
  const { model: dead } = createTestModel(async function* (request) {
    yield 'half';
    await silence(request.signal);
  });
  const { model, calls } = createTestModel(() => ['whole']);
  const first = await start({
    ...{ models: [dead], platforms: [platform], prefix },
    sections: { workers: { shutdown_timeout: 50 } },
  });
  const [one, two] = [platform.says('room', 'one'), platform.says('room', 'two')];
  platform.missed.push(one);
  await first.ingest.message(two);
  await platform.shown.until((items) => items.includes('half'));
  expect(await first.ingest.message(one)).toBe('duplicate');
  const second = await start({ models: [model], platforms: [platform], prefix });
  await first.stop();
  running.shift();
  await second.turns(1);
  expect(calls.items.map(({ question }) => question)).toEqual(['Ana: one\n\nAna: two']);
  const [turn] = await second.conversations.history('test:room');
  expect(turn?.user.map(({ text }) => text)).toEqual(['one', 'two']);
});
