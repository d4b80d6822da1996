/** Who asks too much, and who waits for those who do. */
import { afterEach, expect, test } from 'vitest';
import type { Config } from '../../config/schema.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

async function start(
  model: ReturnType<typeof createTestModel>,
  sections: { limits?: Partial<Config['limits']>; workers?: Partial<Config['workers']> },
) {
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({ models: [model.model], platforms: [platform], sections });
  return { chasqui, platform };
}

test('who writes more than a person may is told once when to come back; others are answered', async () => {
  const model = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { chasqui, platform } = await start(model, { limits: { person_per_minute: 4 } });
  for (let n = 0; n < 5; n++) {
    await chasqui.ingest.message(platform.says(`ana-${n}`, `question ${n}`));
  }
  await chasqui.ingest.message(platform.says('ben', 'hello', { author: { id: 'ben', name: 'Ben' } }));
  await platform.finished.until((items) => items.length >= 6);
  const texts = [0, 1, 2, 3, 4].map((n) => platform.visible(`ana-${n}`)[0]?.text ?? '');
  expect(texts.slice(0, 2)).toEqual(['re: Ana: question 0', 're: Ana: question 1']);
  for (const text of texts.slice(2)) expect(text).toMatch(/Please write again in (\d+ seconds|1 minute)/);
  expect(platform.visible('ben')[0]?.text).toBe('re: Ben: hello');
  expect(model.calls.items).toHaveLength(3);
});

test('a conversation has its own limit, told to each person once; nothing of that enters the history', async () => {
  const model = createTestModel(() => ['answer']);
  const { chasqui, platform } = await start(model, { limits: { conversation_per_minute: 2, person_per_minute: 0 } });
  for (let n = 0; n < 6; n++) {
    await chasqui.ingest.message(platform.says('room', `question ${n}`, { author: { id: `p${n}`, name: `P${n}` } }));
    await chasqui.turns(n + 1);
  }
  expect(await chasqui.ingest.command(platform.address('room'), { name: 'about', argument: '' })).toContain('Chasqui');
  const texts = platform.visible('room').map(({ text }) => text);
  expect(texts.filter((text) => text === 'answer')).toHaveLength(1);
  expect(texts.filter((text) => text.startsWith('That is more than'))).toHaveLength(5);
  expect(await chasqui.conversations.history('test:room')).toHaveLength(1);
});

test('a workspace that floods the queue does not keep another one waiting', async () => {
  const gate = createGate();
  const order: string[] = [];
  const model = createTestModel(async function* (request) {
    const question = request.messages.at(-1)?.content ?? '';
    if (question.includes('block')) await gate.opened;
    else order.push(question.replace('Ana: ', ''));
    yield 'ok';
  });
  const { chasqui, platform } = await start(model, {
    limits: { fair_share_per_minute: 8, person_per_minute: 0 },
    workers: { concurrency: 1 },
  });
  await chasqui.ingest.message(platform.says('first', 'block'));
  await model.calls.until((items) => items.length === 1);
  for (let n = 0; n < 12; n++)
    await chasqui.ingest.message(platform.says(`flood-${n}`, `flood ${n}`, { workspace: 'big' }));
  await chasqui.ingest.message(platform.says('small', 'small', { workspace: 'small' }));
  gate.open();
  await platform.finished.until((items) => items.length === 14);
  expect(order.indexOf('small')).toBeLessThan(4);
  expect(order.filter((name) => name !== 'small')).toEqual(Array.from({ length: 12 }, (_, n) => `flood ${n}`));
});

test('who waits in line for long is told so once, and is answered', async () => {
  const gate = createGate();
  const model = createTestModel(async function* (request) {
    if (request.messages.at(-1)?.content.includes('block')) await gate.opened;
    yield 'the answer';
  });
  const { chasqui, platform } = await start(model, { limits: { busy_after: 1 }, workers: { concurrency: 1 } });
  await chasqui.ingest.message(platform.says('first', 'block'));
  await model.calls.until((items) => items.length === 1);
  await chasqui.ingest.message(platform.says('room', 'hello?'));
  await platform.finished.until((items) => items.some(({ text }) => text.startsWith('I am busy')));
  gate.open();
  await platform.finished.until((items) =>
    items.some(({ conversation, text }) => conversation === 'test:room' && text === 'the answer'),
  );
  expect(platform.visible('room').map(({ text }) => text)).toEqual([
    'I am busy at the moment. Your message is safe, and I will answer it as soon as I can.',
    'the answer',
  ]);
});
