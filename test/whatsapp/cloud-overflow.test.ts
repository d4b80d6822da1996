/** An answer that is too long for messages: the whole of it follows as a file. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { type CloudBot, startCloudBot } from './cloud.ts';

const LONG = Array.from({ length: 1_500 }, (_, n) => `Line ${n} of a **very** long answer, with <tags>.`).join('\n\n');
const LEFT_OUT = '_The answer is longer than I may post here; the rest is left out._';

let bot: CloudBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

async function start(): Promise<CloudBot> {
  bot = await startCloudBot({ models: [createTestModel(() => [LONG]).model], statusPatienceMs: 2_000 });
  return bot;
}

const lengths = ({ whatsapp }: CloudBot) => whatsapp.visible(whatsapp.ana).map(({ type, file }) => file ?? type);
const posts = ({ whatsapp }: CloudBot) => whatsapp.calls.filter(({ method, ok }) => method === 'messages' && ok).length;

test('the last of its messages is the whole answer as a file', async () => {
  const running = await start();
  const { whatsapp, chasqui } = running;
  whatsapp.say(whatsapp.ana, 'Tell me everything');
  await chasqui.turns(1);
  expect(lengths(running)).toEqual([...Array(7).fill('text'), LONG]);
  expect(whatsapp.visible(whatsapp.ana).at(-1)?.text).toBe('The rest of the answer is in the file.');
  const sent = whatsapp.calls.find(({ body }) => body.type === 'document');
  expect(sent?.body.document).toMatchObject({ filename: 'answer.txt' });
});

test.each([
  ['the upload’s answer is lost', 'media.upload', { applyThenCut: true }],
  ['the upload must wait', 'media.upload', { status: 429, retryAfter: 1 }],
  ['Graph is away for the upload', 'media.upload', { status: 503 }],
] as const)('%s: one file, and no part twice', async (_name, method, fault) => {
  const running = await start();
  const { whatsapp, chasqui } = running;
  whatsapp.fault(method, fault);
  whatsapp.say(whatsapp.ana, 'Tell me everything');
  await chasqui.turns(1);
  expect(lengths(running)).toEqual([...Array(7).fill('text'), LONG]);
  expect(posts(running)).toBe(8);
});

test('a file whose answer was lost is found by its status, and not sent again', async () => {
  const running = await start();
  const { whatsapp, chasqui } = running;
  whatsapp.fault('messages', { applyThenCut: true }, { when: ({ type }) => type === 'document' });
  whatsapp.say(whatsapp.ana, 'Tell me everything');
  await chasqui.turns(1);
  expect(lengths(running)).toEqual([...Array(7).fill('text'), LONG]);
});

test('where WhatsApp takes no file, a line says that the rest is left out', async () => {
  const running = await start();
  const { whatsapp, chasqui } = running;
  whatsapp.fault('media.upload', { code: 131053, message: 'Media upload error' });
  whatsapp.say(whatsapp.ana, 'Tell me everything');
  await chasqui.turns(1);
  expect(lengths(running)).toEqual(Array(8).fill('text'));
  expect(whatsapp.visible(whatsapp.ana).at(-1)?.text).toBe(LEFT_OUT);
});
