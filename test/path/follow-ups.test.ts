/** What people write while an answer is being written. */
import { afterEach, expect, test } from 'vitest';
import type { Config } from '../../config/schema.ts';
import { createTestModel, silence } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

/** A model whose first answer begins and does not end by itself. */
function hesitant(...words: string[]) {
  return createTestModel(async function* (request, call) {
    if (call > 1) return yield `answer ${call}`;
    yield* words;
    await silence(request.signal);
  });
}

async function start(model: ReturnType<typeof createTestModel>, conversation: Partial<Config['conversation']> = {}) {
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({ models: [model.model], platforms: [platform], sections: { conversation } });
  const says = (place: string, text: string) => chasqui?.ingest.message(platform.says(place, text));
  return { chasqui, platform, says };
}

for (const word of ['stop', ' STOP! ', '⏹️', '🛑'])
  test(`"${word}" ends the answer where it is, and is not itself answered`, async () => {
    const { model, calls } = hesitant('The beginning');
    const { chasqui, platform, says } = await start({ model, calls });
    await says('room', 'tell me everything');
    await platform.shown.until((items) => items.includes('The beginning'));
    await says('room', word);
    await chasqui.turns(1);
    await says('room', 'something else');
    await platform.finished.until((items) => items.length === 2);
    expect(platform.visible('room').map(({ text }) => text)).toEqual(['The beginning', 'answer 2']);
    expect(calls.items[1]?.question).toBe('Ana: something else');
  });

test('a message that only begins with "stop" is one for the model', async () => {
  const model = createTestModel(() => ['Done.']);
  const { platform, says } = await start(model);
  await says('room', 'stop the tape at 3:10, please');
  await platform.finished.until((items) => items.length === 1);
  expect(model.calls.items[0]?.question).toContain('stop the tape');
});

test('where follow-ups interrupt, the answer ends where it is, and the next one sees both', async () => {
  const model = hesitant('A wrong beginning');
  const { platform, says } = await start(model, { follow_ups_in: { test: 'interrupt' } });
  await says('room', 'how do I sort?');
  await platform.shown.until((items) => items.includes('A wrong beginning'));
  await says('room', 'in Rust, I mean');
  await platform.finished.until((items) => items.length === 2);
  expect(platform.visible('room').map(({ text }) => text)).toEqual(['A wrong beginning', 'answer 2']);
  expect(model.calls.items[1]?.request.messages.slice(1)).toEqual([
    { role: 'user', content: 'Ana: how do I sort?' },
    { role: 'assistant', content: 'A wrong beginning' },
    { role: 'user', content: 'Ana: in Rust, I mean' },
  ]);
});

test('interrupted before the first word, it says that it answers both together', async () => {
  const model = hesitant();
  const { platform, says } = await start(model, { follow_ups: 'interrupt' });
  await says('room', 'how do I sort?');
  await model.calls.until((items) => items.length === 1);
  await says('room', 'in Rust, I mean');
  await platform.finished.until((items) => items.length === 2);
  expect(platform.visible('room').map(({ text }) => text)).toEqual([
    '_I will answer this together with your next message._',
    'answer 2',
  ]);
  expect(model.calls.items[1]?.request.messages.at(-1)?.content).toBe('Ana: how do I sort?\n\nAna: in Rust, I mean');
});

test('a single place can have its own rule', async () => {
  const model = createTestModel(async function* (request, call) {
    yield `begun ${call}`;
    if (request.messages.at(-1)?.content.includes('wait')) await silence(request.signal);
  });
  const setting = { follow_ups: 'interrupt', follow_ups_in: { 'test:calm': 'queue' } } as const;
  const { chasqui, platform, says } = await start(model, setting);
  await says('calm', 'wait');
  await platform.shown.until((items) => items.includes('begun 1'));
  await says('calm', 'next');
  await says('brisk', 'wait');
  await platform.shown.until((items) => items.includes('begun 2'));
  await says('brisk', 'next');
  await platform.finished.until(
    (items) => items.filter(({ conversation }) => conversation === 'test:brisk').length === 2,
  );
  expect(platform.visible('calm').map(({ reply }) => reply)).toEqual([undefined]);
  await chasqui.ingest.stop('test:calm');
});
