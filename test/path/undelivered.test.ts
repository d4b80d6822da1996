/** A platform that takes a reply and reports afterwards that it did not arrive. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';

let chasqui: TestChasqui;
afterEach(() => chasqui.stop());

test('a reply that failed after it was taken is among the failed turns, once, and is answered again', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel((_request, call) => [`answer ${call}`]);
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await chasqui.turns(1);
  const key = platform.visible('room')[0]?.key as string;
  const report = { key, code: '131047', message: 'Re-engagement message' };
  await chasqui.ingest.undelivered(platform.address('room'), report);
  await chasqui.ingest.undelivered(platform.address('room'), report);
  const [letter, ...more] = await chasqui.deadLetters.list();
  expect(more).toEqual([]);
  expect(letter).toMatchObject({
    id: key,
    failure: { where: 'platform', kind: 'undelivered', code: '131047', message: 'Re-engagement message' },
    messages: [{ text: 'hello', author: { id: 'ana', name: 'Ana' } }],
  });
});

test('a report that is quicker than the commit finds the turn too, and one of an unknown turn harms nothing', async () => {
  const platform = createTestPlatform();
  const gate = createGate();
  const { model, calls } = createTestModel(async function* () {
    yield 'slow';
    await gate.opened;
  });
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await platform.shown.until((items) => items.length > 0);
  const key = platform.visible('room')[0]?.key as string;
  await chasqui.ingest.undelivered(platform.address('room'), { key, code: '131026', message: 'undeliverable' });
  await chasqui.ingest.undelivered(platform.address('room'), { key: 'nobody', code: '1', message: 'x' });
  expect((await chasqui.deadLetters.list()).map(({ id }) => id)).toEqual([key]);
  gate.open();
  await chasqui.turns(1);
  expect(calls.items).toHaveLength(1);
});
