/** The path of a message, seen from outside: what a person writes, and what they then see. */
import { afterEach, expect, test } from 'vitest';
import { SendError } from '../../src/contract/index.ts';
import { type Model, ModelError } from '../../src/models/model.ts';
import { createTestModel, silence } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';

const running: TestChasqui[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((chasqui) => chasqui.stop()));
});

async function start(models: Model[], more: Partial<Parameters<typeof startTestChasqui>[0]> = {}) {
  const platform = createTestPlatform();
  const chasqui = await startTestChasqui({ models, platforms: [platform], ...more });
  running.push(chasqui);
  return { chasqui, platform };
}

const echo = () => createTestModel((request) => [`You said: ${request.messages.at(-1)?.content}`]);

test('a message is answered once, however often it is delivered', async () => {
  const { model, calls } = echo();
  const { chasqui, platform } = await start([model]);
  const message = platform.says('room', 'hello');
  const results = await Promise.all([1, 2, 3].map(() => chasqui.ingest.message(message)));
  await platform.finished.until((items) => items.length === 1);
  expect(await chasqui.ingest.message(message)).toBe('duplicate');
  await chasqui.ingest.message(platform.says('room', 'bye'));
  await platform.finished.until((items) => items.length === 2);

  expect(results.sort()).toEqual(['accepted', 'duplicate', 'duplicate']);
  expect(platform.visible('room').map((message) => message.text)).toEqual([
    'You said: Ana: hello',
    'You said: Ana: bye',
  ]);
  expect(calls.items).toHaveLength(2);
});

test('what is written during an answer is answered together in the next one, with the history', async () => {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* (_request, call) {
    yield `answer ${call}`;
    if (call === 1) await gate.opened;
  });
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'first'));
  await calls.until((items) => items.length === 1);
  await chasqui.ingest.message(platform.says('room', 'second'));
  await chasqui.ingest.message(platform.says('room', 'third', { author: { id: 'ben', name: 'Ben' } }));
  gate.open();
  await platform.finished.until((items) => items.length === 2);

  expect(platform.visible('room').map((message) => message.text)).toEqual(['answer 1', 'answer 2']);
  expect(calls.items[1]?.request.messages.slice(1)).toEqual([
    { role: 'user', content: 'Ana: first' },
    { role: 'assistant', content: 'answer 1' },
    { role: 'user', content: 'Ana: second\n\nBen: third' },
  ]);
});

test('a model that hangs in one conversation delays no other', async () => {
  const { model } = createTestModel(async function* (request) {
    if (request.messages.at(-1)?.content.includes('hang')) await silence(request.signal);
    yield 'quick';
  });
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('slow', 'hang'));
  for (let n = 0; n < 20; n++) await chasqui.ingest.message(platform.says(`room-${n}`, 'hi'));
  await platform.finished.until((items) => items.length === 20);
  expect(platform.visible('slow')).toEqual([]);
  await chasqui.ingest.stop('test:slow');
});

test('stop ends the answer where it is, and no more tokens are asked for', async () => {
  const gone = createGate();
  const { model } = createTestModel(async function* (request) {
    yield 'The first part';
    await silence(request.signal).finally(gone.open);
  });
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'tell me everything'));
  await platform.shown.until((items) => items.includes('The first part'));
  expect(await chasqui.ingest.stop('test:room')).toBe(true);
  await gone.opened;
  await chasqui.turns(1);

  expect(platform.visible('room')[0]).toMatchObject({ text: 'The first part', reply: { outcome: 'stopped' } });
  expect(await chasqui.ingest.stop('test:room')).toBe(false);
  expect(await chasqui.conversations.history('test:room')).toMatchObject([
    { reply: 'The first part', outcome: 'stopped' },
  ]);
});

test('a failing model is tried once more, says so, and ends with the plain truth', async () => {
  const retrying = "The model did not answer; I'll try once more.";
  const { model, calls } = createTestModel(async function* (_request, call) {
    if (call === 2) await platform.shown.until((items) => items.includes(retrying));
    throw new ModelError('busy', '3040', 'out of capacity', { retryAfterMs: 20 });
  });
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await platform.finished.until((items) => items.length === 1);

  const [message] = platform.visible('room');
  expect(calls.items).toHaveLength(2);
  expect(message?.versions).toEqual([
    retrying,
    'The model is overloaded and did not answer. Please send your message again in a moment.',
  ]);
  expect(message?.reply?.outcome).toBe('failed');
});

test('the next model in the chain answers when the first cannot', async () => {
  const broken = createTestModel(() => {
    throw new ModelError('auth', '10000', 'authentication');
  });
  const { model } = createTestModel(() => ['from the second'], { id: 'test:second', label: 'Second' });
  const { chasqui, platform } = await start([broken.model, model]);
  await chasqui.ingest.message(platform.says('room', 'hello'));
  const [done] = await platform.finished.until((items) => items.length === 1);
  expect(done?.reply).toMatchObject({ markdown: 'from the second', model: 'Second', outcome: 'answered' });
});

test.each([
  ['nothing', []],
  ['white space', ['  \n ', '\t']],
])('a model that answers %s is said to have given no answer', async (_name, words) => {
  const { model } = createTestModel(() => words);
  const { chasqui, platform } = await start([model], { sections: { models: { retries: 0 } } });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  const [done] = await platform.finished.until((items) => items.length === 1);
  expect(done?.text).toBe('The model did not give a usable answer. Please send your message again in a moment.');
});

test('an answer of 200 KB arrives whole', async () => {
  const long = 'A line of the long answer.\n'.repeat(7_600);
  const { model } = createTestModel(() => [long.slice(0, 100_000), long.slice(100_000)]);
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'hello'));
  const [done] = await platform.finished.until((items) => items.length === 1);
  expect(done?.text).toBe(long.trim());
});

test('an edit or deletion of a message that waits is honoured', async () => {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* (_request, call) {
    if (call === 1) await gate.opened;
    yield 'ok';
  });
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'first'));
  await calls.until((items) => items.length === 1);
  const [wrong, secret] = [platform.says('room', 'teh question'), platform.says('room', 'a secret')];
  await chasqui.ingest.message(wrong);
  await chasqui.ingest.message(secret);
  expect(await chasqui.ingest.amend('test:room', wrong.id, 'the question')).toBe(true);
  expect(await chasqui.ingest.amend('test:room', secret.id, null)).toBe(true);
  expect(await chasqui.ingest.amend('test:room', 'test-1', 'too late')).toBe(false);
  gate.open();
  await platform.finished.until((items) => items.length === 2);
  expect(calls.items[1]?.question).toBe('Ana: the question');
});

test('a reply whose answer was lost is not posted twice', async () => {
  const { model, calls } = echo();
  const { chasqui, platform } = await start([model]);
  const lost = new SendError('unknown-outcome', 'ECONNRESET', 'the answer was lost');
  platform.faults.push({ error: lost, applied: true }, { error: lost, applied: false });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await platform.finished.until((items) => items.length === 1);
  expect(platform.visible('room')).toHaveLength(1);
  expect(calls.items).toHaveLength(1);
});

test('a platform that asks to wait gets the reply later', async () => {
  const { model, calls } = echo();
  const { chasqui, platform } = await start([model]);
  platform.faults.push({
    error: new SendError('rate-limited', 'ratelimited', 'wait', { retryAfterMs: 30 }),
    applied: false,
  });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await platform.finished.until((items) => items.length === 1);
  expect(calls.items).toHaveLength(1);
});

test('a reply that the platform refuses for good is given up, and the next message is answered', async () => {
  const { model } = echo();
  const { chasqui, platform } = await start([model]);
  platform.faults.push({ error: new SendError('gone', 'is_archived', 'archived'), applied: false });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await chasqui.turns(1);
  await chasqui.ingest.message(platform.says('room', 'are you there?'));
  await platform.finished.until((items) => items.length === 1);
  const refused = chasqui.lines.find((line) => line.code === 'is_archived');
  expect(refused).toMatchObject({ msg: 'the platform refuses the reply for good' });
});

test('what is answered while somebody resets the conversation is answered, and forgotten too', async () => {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* (_request, call) {
    yield 'the word is ';
    if (call === 1) await gate.opened;
    yield 'plum';
  });
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'say a word'));
  await platform.shown.until((items) => items.length > 0);
  await chasqui.ingest.command(platform.address('room'), { name: 'reset', argument: '' });
  gate.open();
  await chasqui.turns(1);
  expect(platform.texts('room')).toEqual(['the word is plum']);
  await chasqui.ingest.message(platform.says('room', 'which word?'));
  await chasqui.turns(2);
  expect(calls.items[1]?.request.messages.map(({ content }) => content).join()).not.toContain('plum');
});

test('reset forgets the conversation; retry answers the last message anew', async () => {
  const { model, calls } = createTestModel((_request, call) => [`answer ${call}`]);
  const { chasqui, platform } = await start([model]);
  const says = async (text: string, more = {}) => {
    await chasqui.ingest.message(platform.says('room', text, more));
    await chasqui.turns(++said);
  };
  let said = 0;
  await says('my name is Ana');
  await says('', { kind: 'retry' });
  expect(calls.items[1]?.request.messages).toEqual(calls.items[0]?.request.messages);
  expect(await chasqui.conversations.history('test:room')).toMatchObject([{ reply: 'answer 2' }]);
  await says('!reset');
  await says('who am I?');
  expect(calls.items[2]?.request.messages.slice(1)).toEqual([{ role: 'user', content: 'Ana: who am I?' }]);
});

test('hidden characters neither reach the model nor the people', async () => {
  const { model, calls } = createTestModel(() => ['fine\u{e0041}\u202e, \ud800 done']);
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'sum\u200bmarise \u202eevil\u{e0049}\u{e0067} \udfff אבג 👩‍💻'));
  const [done] = await platform.finished.until((items) => items.length === 1);
  expect(calls.items[0]?.question).toBe('Ana: summarise evil  אבג 👩‍💻');
  expect(done?.text).toBe('fine,  done');
});

test('a turn leaves one line at info, with its figures and without what was said', async () => {
  const { model } = createTestModel(() => ['the answer']);
  const { chasqui, platform } = await start([model]);
  await chasqui.ingest.message(platform.says('room', 'a private question'));
  const turns = await chasqui.turns(1);
  expect(turns).toHaveLength(1);
  expect(turns[0]).toMatchObject({ platform: 'test', outcome: 'answered', model: 'test:model', inputTokens: 10 });
  expect(turns[0]).toHaveProperty('firstTokenMs');
  expect(JSON.stringify(chasqui.lines)).not.toMatch(/private|the answer/);
});
