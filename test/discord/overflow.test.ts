/** An answer of too many messages ends with a file that holds all of it; a short one never becomes many. */
import { expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { startDiscordBot } from './bot.ts';

const LONG = Array.from(
  { length: 400 },
  (_, n) => `Paragraph ${n} of a long answer.${' Some more words.'.repeat(4)}`,
).join('\n\n');

async function ask(markdown: string, max?: number) {
  const { model } = createTestModel(() => [markdown]);
  const sections = max === undefined ? {} : { conversation: { max_reply_messages: max } };
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({ models: [model], sections });
  discord.say(ana, general, 'go', { mention: true });
  await chasqui.turns(1);
  return answers(general);
}

test.each([8, 3, 1])('of at most %i messages the last one brings the whole answer as a file', async (max) => {
  const messages = await ask(LONG, max);
  expect(messages).toHaveLength(max);
  expect(messages.flatMap(({ attachments }) => attachments)).toMatchObject([{ name: 'answer.md', text: LONG }]);
  expect(messages.at(-1)?.attachments).toHaveLength(1);
  expect(messages.at(-1)?.text).toContain('The rest of the answer is in the file.');
});

test.each([
  ['a wide table of short rows', `|${'a|'.repeat(100)}\n|${'-|'.repeat(100)}\n${'|1\n'.repeat(133)}`],
  ['a table of 2.4 KB', `|${'a|'.repeat(300)}\n|${'-|'.repeat(300)}\n${'|1\n'.repeat(400)}`],
  ['a long reference, used often', `${'[a][1] '.repeat(200)}\n\n[1]: https://a.example/${'b'.repeat(1_500)}`],
  ['headings', '# a\n\nb\n\n'.repeat(300)],
])('%s stays a few messages, without a file', async (_, markdown) => {
  const messages = await ask(markdown.slice(0, 3_000));
  expect(messages.length).toBeLessThan(6);
  expect(messages.flatMap(({ attachments }) => attachments)).toEqual([]);
});

test('a growing answer never shows more messages than the whole one', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    yield LONG;
    await gate.opened;
    yield '\n\nThe end.';
  });
  const sections = { conversation: { max_reply_messages: 2 } };
  const { discord, chasqui, ana, general, hears, answers } = await startDiscordBot({ models: [model], sections });
  discord.say(ana, general, 'go', { mention: true });
  await hears(general, 'Paragraph 3 ');
  gate.open();
  await chasqui.turns(1);
  const made = discord.calls.filter(({ route, ok }) => route === 'POST /channels/:channel/messages' && ok);
  expect(made).toHaveLength(2);
  expect(answers(general).at(-1)?.attachments[0]?.text).toContain('The end.');
});
