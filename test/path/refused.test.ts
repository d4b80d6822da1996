/** A platform that refuses the form of an answer, or the answer itself: nobody is left without a word. */
import { afterEach, expect, test } from 'vitest';
import { SendError } from '../../src/contract/index.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

let chasqui: TestChasqui;
afterEach(() => chasqui.stop());

async function answered(refuse: Parameters<ReturnType<typeof createTestPlatform>['refuse']>[0]) {
  const platform = createTestPlatform();
  platform.refuse(refuse);
  const { model } = createTestModel(() => ['the | answer']);
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await chasqui.turns(1);
  return { texts: platform.texts('room'), letters: await chasqui.deadLetters.list() };
}

const refusal = (code: string) => new SendError('invalid', code, 'refused');

test('what is refused is tried in a plainer form', async () => {
  const { texts, letters } = await answered(({ plain }) => (plain ? undefined : refusal('invalid_blocks')));
  expect(texts).toEqual(['the | answer']);
  expect(letters).toEqual([]);
});

test('what is refused in every form is said in a sentence, and is among the failed turns', async () => {
  const { texts, letters } = await answered(({ markdown }) => (markdown.includes('|') ? refusal('200000') : undefined));
  expect(texts).toEqual([expect.stringContaining('it was refused (200000)')]);
  expect(letters).toMatchObject([{ failure: { kind: 'refused', code: '200000' }, told: texts[0] }]);
});

test('where not even the sentence is taken, the turn ends among the failed ones', async () => {
  const { letters } = await answered(() => refusal('msg_too_long'));
  expect(letters).toMatchObject([{ failure: { kind: 'refused', code: 'msg_too_long' }, told: null }]);
});
