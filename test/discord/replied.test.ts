/** What is replied to, and what stands in a message beside its text, reaches the model. */
import { expect, test } from 'vitest';
import type { InboundMessage } from '../../src/contract/index.ts';
import { createTestModel } from '../doubles/model.ts';
import { startDiscordBot } from './bot.ts';
import { setUp } from './receivers.ts';

async function startParrot() {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const bot = await startDiscordBot({ models: [model] });
  /** The last part of the prompt, after so many turns. */
  const question = async (turns: number) => {
    await bot.chasqui.turns(turns);
    return calls.items.at(-1)?.question ?? '';
  };
  return { ...bot, question };
}

const LOG = { name: 'error.log', mimetype: 'text/plain', content: 'disk full on host-7' };
const POLL = {
  question: { text: 'Where do we eat?' },
  answers: [
    { answer_id: 1, poll_media: { text: 'Pizza' } },
    { answer_id: 2, poll_media: { text: 'Sushi', emoji: { name: '🍣' } } },
  ],
};
const FORWARDED = { type: 1, message_id: '1', channel_id: '2' };
const ALERT = { type: 'rich', title: '[FIRING:1] DiskFull', fields: [{ name: 'host', value: 'host-7' }] };

test.each([
  ['a file', { files: [LOG] }, ['Ben', 'error.log', 'disk full on host-7']],
  ['a picture', { files: [{ name: 'cat.png', mimetype: 'image/png', content: 'x' }] }, ['Ben', 'cat.png']],
  ['a poll', { shows: { poll: POLL } }, ['Where do we eat?', '- Pizza', '- 🍣 Sushi']],
  ['an alert', { shows: { embeds: [ALERT], webhook_id: '1' } }, ['[FIRING:1] DiskFull', 'host: host-7']],
  [
    'components',
    { shows: { components: [{ type: 17, components: [{ type: 10, content: 'Deploy 7' }] }] } },
    ['Deploy 7'],
  ],
  [
    'a forward',
    { shows: { message_reference: FORWARDED, message_snapshots: [{ message: { content: '', embeds: [ALERT] } }] } },
    ['host-7'],
  ],
])('in a channel, %s that one replies to', async (_, options, words) => {
  const { discord, ana, ben, general, question } = await startParrot();
  const { id } = discord.say(ben, general, '', options);
  discord.say(ana, general, 'what is this?', { mention: true, reply_to: id });
  const asked = await question(1);
  for (const word of words) expect(asked).toContain(word);
});

test('in a direct message and in a thread, an older message that one replies to, also an answer', async () => {
  const { discord, ana, ben, dm, general, answers, question } = await startParrot();
  const first = discord.say(ana, dm, 'plums or pears?', { files: [LOG] });
  await question(1);
  discord.say(ana, dm, 'something else');
  await question(2);
  discord.say(ana, dm, 'and this?', { reply_to: first.id });
  expect(await question(3)).toMatch(
    /In reply to the message of Ana:\n> plums or pears\?[\s\S]*and this\?[\s\S]*disk full/,
  );
  discord.say(ana, dm, 'and that?', { reply_to: answers(dm)[0]?.id as string });
  expect(await question(4)).toMatch(/In reply to your message:\n> re: Ana: plums or pears\?[\s\S]*and that\?/);
  // The newest answer is meant without a word.
  discord.say(ana, dm, 'go on', { reply_to: answers(dm).at(-1)?.id as string });
  expect(await question(5)).toBe('Ana: go on');
  const thread = discord.startThread(ben, general, { name: 'plans' }).id;
  const plan = discord.say(ben, thread, 'ship on Monday');
  discord.say(ben, thread, 'or not');
  discord.say(ana, thread, 'is that wise?', { mention: true, reply_to: plan.id });
  expect(await question(6)).toMatch(/Now:[\s\S]*In reply to the message of Ben:\n> ship on Monday/);
});

test('a reply is answered also when what it replies to cannot be read', async () => {
  const { discord, ana, dm, question } = await startParrot();
  const { id } = discord.say(ana, dm, 'one');
  await question(1);
  discord.say(ana, dm, 'two');
  await question(2);
  discord.fault('GET /channels/:channel/messages/:message', { status: 500 });
  discord.say(ana, dm, 'three', { reply_to: id });
  expect(await question(3)).toMatch(/^Ana: three$/);
});

test.each([
  ['a poll', { poll: POLL }, /Poll: Where do we eat\?\n- Pizza\n- 🍣 Sushi/],
  ['an embed', { embeds: [ALERT] }, /DiskFull\nhost: host-7/],
  ['a sticker', { sticker_items: [{ id: '1', name: 'wave', format_type: 1 }] }, /\[sticker: wave\]/],
  [
    'a forwarded poll',
    {
      message_reference: FORWARDED,
      message_snapshots: [{ message: { poll: POLL } }],
    },
    /Forwarded message:\nPoll: Where do we eat\?/,
  ],
])('a direct message of nothing but %s', async (_, shows, expected) => {
  const { discord, ana, dm, question } = await startParrot();
  discord.say(ana, dm, '', { shows });
  const asked = await question(1);
  expect(asked).toMatch(expected);
  expect(asked).not.toContain('without writing anything else');
});

test.each([
  ['message.txt', undefined],
  ['index.ts', 'video/mp2t'],
  ['app.log', undefined],
  ['app.log', 'application/octet-stream'],
])('%s of type %s is read as text, since its name and its bytes say so', async (name, mimetype) => {
  const { discord, ana, dm, question } = await startParrot();
  discord.say(ana, dm, 'what is wrong?', { files: [{ ...LOG, name, mimetype: mimetype as string }] });
  expect(await question(1)).toContain(`File “${name}”:\n\`\`\`\ndisk full on host-7\n\`\`\``);
});

test('the preview of a link is not taken for words', async () => {
  const { discord, ana, dm, question } = await startParrot();
  const preview = { type: 'article', url: 'https://example.com/', title: 'The front page' };
  discord.say(ana, dm, 'see https://example.com/', { shows: { embeds: [preview] } });
  expect(await question(1)).not.toContain('front page');
});

test('without the intent it answers what mentions it, and nothing else', async () => {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { discord, ana, ben, general, hears, chasqui, answers } = await startDiscordBot({
    models: [model],
    discord: { privileged: [] },
  });
  const thread = discord.startThread(ben, general, { name: 'plans' }).id;
  discord.say(ana, thread, 'come in', { mention: true });
  await hears(thread, 'come in');
  discord.say(ana, thread, 'not to be read');
  discord.say(ana, thread, '', { shows: { sticker_items: [{ id: '1', name: 'wave' }] } });
  discord.say(ana, thread, 'neither', { reply_to: answers(thread)[0]?.id as string, ping: false });
  const { id } = discord.grantRole(discord.guild);
  discord.say(ana, thread, `<@&${id}> hello`);
  discord.say(ana, thread, 'but this', { reply_to: answers(thread)[0]?.id as string });
  await hears(thread, 'but this');
  discord.say(ben, thread, 'and this', { mention: true });
  await hears(thread, 'and this');
  await chasqui.turns(3);
  expect(calls.items).toHaveLength(3);
});

/** A thread in which we were called twice, and the gateway brought the second call only. */
async function thread() {
  const { discord, inbox, ana, general, start, sender } = await setUp();
  const channel = discord.startThread(ana, general, { name: 'talk' }).id;
  const ben = discord.ben.id;
  discord.say(ben, channel, 'chatter');
  const first = discord.say(ben, channel, 'first', { mention: true });
  await start();
  discord.say(ana, channel, 'second', { mention: true });
  await inbox.until('second');
  const second = inbox.taken.items[0] as InboundMessage;
  return { discord, inbox, ana, channel, first, second, sender };
}

test('what stands above a question, is for us and came by no event, is missed, as its event would be', async () => {
  const { discord, channel, first, second, sender } = await thread();
  const { earlier, missed = [], messages } = await sender().enrich([second], { first: true });
  expect(earlier.map(({ text }) => text)).toEqual(['chatter']);
  expect(messages.map(({ text }) => text)).toEqual(['second']);
  const event = { ...second, id: first.id, text: 'first', author: { id: discord.ben.id, name: 'Ben' } };
  expect(missed).toHaveLength(1);
  expect(missed[0]).toMatchObject({
    id: event.id,
    text: event.text,
    author: event.author,
    channel,
    to: { conversation: second.to.conversation },
  });
  expect(missed[0]?.to.route).toEqual({ ...second.to.route, asked: first.id, user: discord.ben.id });
});

test('what stands before our last message there is not missed', async () => {
  const { discord, channel, second, sender, ana, inbox } = await thread();
  discord.sayAsBot(channel, 'an answer', { reply_to: second.id });
  discord.say(ana, channel, 'third', { mention: true });
  await inbox.until('third');
  const { missed, earlier } = await sender().enrich([inbox.taken.items.at(-1) as InboundMessage], { first: true });
  expect(missed).toBeUndefined();
  expect(earlier.map(({ id }) => id)).toContain(second.id);
});
