/** Platforms and model hosts that ask for a wait get it, whatever its length, and no worker sits it out. */
import { afterEach, expect, test } from 'vitest';
import { SendError } from '../../src/contract/index.ts';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

let chasqui: TestChasqui;
afterEach(() => chasqui.stop());

const delayed = () => chasqui.queue.depth().then((depth) => depth.delayed);
const slow = (waitMs: number) => new SendError('rate-limited', '429', 'slow down', { retryAfterMs: waitMs });
const busy = (waitMs: number) =>
  new ModelError('busy', 'rate_limit_exceeded', 'rate limit reached', { retryAfterMs: waitMs });

test.each([4_000, 40_000, 3_600_000])('a platform that asks for %i ms is not asked before', async (waitMs) => {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['the answer']);
  let calls = 0;
  platform.refuse(() => {
    calls += 1;
    return calls === 1 ? slow(waitMs) : undefined;
  });
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  const before = Date.now();
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await expect.poll(delayed).toBe(1);
  const until = chasqui.lines.find(({ msg }) => String(msg).includes('waits for the platform'))?.until as string;
  expect(Date.parse(until)).toBeGreaterThanOrEqual(before + waitMs);
  expect(platform.waits.items).toEqual([waitMs]);
  // Others are answered meanwhile, and somebody who wakes it early changes nothing.
  await chasqui.ingest.message(platform.says('other', 'hello'));
  await chasqui.turns(1);
  await chasqui.ingest.stop('test:room');
  const parkedAgain = () => chasqui.lines.filter(({ msg }) => String(msg).includes('waits for the platform')).length;
  await expect.poll(parkedAgain).toBe(2);
  expect(calls).toBe(2);
});

test('a platform that asked to wait gets the same answer afterwards, once', async () => {
  const platform = createTestPlatform();
  const { model, calls } = createTestModel((_request, call) => [`answer ${call}`]);
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  platform.faults.push({ error: slow(3_100), applied: false });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await chasqui.turns(1);
  expect(platform.texts('room')).toEqual(['answer 1']);
  expect(calls.items).toHaveLength(1);
});

test('a model that says when to come back is asked then; people are told once', async () => {
  const platform = createTestPlatform();
  const { model, calls } = createTestModel((_request, call) => {
    if (call === 1) throw busy(11_000);
    return ['the answer'];
  });
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await expect.poll(delayed).toBe(1);
  expect(platform.texts('room')).toEqual(['_The model is busy and asks me to wait 12 seconds. I will answer then._']);
  expect(calls.items).toHaveLength(1);
  await chasqui.turns(1);
  expect(platform.texts('room')).toEqual(['the answer']);
  expect(calls.items).toHaveLength(2);
});

test('the next model answers at once, and a stop ends the wait', async () => {
  const platform = createTestPlatform();
  const { model: first, calls } = createTestModel(() => {
    throw busy(600_000);
  });
  const { model: second } = createTestModel((_request, call) => {
    if (call > 1) throw new ModelError('network', 'CUT', 'cut');
    return ['by the second'];
  });
  chasqui = await startTestChasqui({ models: [first, { ...second, id: 'test:second' }], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await chasqui.turns(1);
  expect(platform.texts('room')).toEqual(['by the second']);
  await chasqui.ingest.message(platform.says('room', 'again'));
  await expect.poll(delayed).toBe(1);
  await chasqui.ingest.message(platform.says('room', 'stop'));
  await chasqui.turns(2);
  expect(calls.items).toHaveLength(2);
  expect(await delayed()).toBe(0);
});
