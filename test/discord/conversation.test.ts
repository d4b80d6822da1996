/** Whom it answers, where, and what it knows by then. */
import { expect, test } from 'vitest';
import { createTestModel, silence } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { startDiscordBot, twoHalves } from './bot.ts';

/** All that the model was told, as one text. */
const told = (call: { request: { messages: { content: string }[] } } | undefined) =>
  (call?.request.messages ?? []).map(({ content }) => content).join('\n');

test('direct messages are answered, and remembered', async () => {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { discord, chasqui, ana, dm, answers } = await startDiscordBot({ models: [model] });
  const { id } = discord.say(ana, dm, 'my name is Ana');
  await chasqui.turns(1);
  discord.say(ana, dm, 'who am I?');
  await chasqui.turns(2);
  expect(answers(dm)).toHaveLength(2);
  expect(answers(dm)[0]).toMatchObject({ reply_to: id, pings: [ana] });
  expect(told(calls.items[1])).toContain('my name is Ana');
});

test('in a channel it answers mentions, as a reply, and nothing else', async () => {
  const { discord, chasqui, ana, ben, general, answers, hears } = await startDiscordBot();
  discord.say(ben, general, 'good morning');
  discord.say(ben, general, `<@${ana}> have you seen it?`);
  discord.sayAsBot(general, 'an announcement');
  const { id } = discord.say(ana, general, 'what is up?', { mention: true });
  expect(await hears(general, 're: Ana: what is up?')).toMatchObject({ reply_to: id, pings: [ana] });
  await chasqui.turns(1);
  // The announcement is the bot's as well.
  expect(answers(general)).toHaveLength(2);
});

test('replies to its answer go on with the conversation, without a mention and after a restart', async () => {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { discord, ana, ben, general, hears, stop, restart } = await startDiscordBot({ models: [model] });
  discord.say(ana, general, 'the word is plum', { mention: true });
  const first = await hears(general, 're: Ana: the word');
  discord.say(ben, general, 'say more', { reply_to: first.id, ping: false });
  const second = await hears(general, 'say more');
  expect(told(calls.items[1])).toContain('the word is plum');
  await stop();
  await restart();
  discord.say(ana, general, 'and which word?', { reply_to: second.id });
  await hears(general, 'and which word?');
  expect(told(calls.items[2])).toContain('the word is plum');
  // Another mention begins anew.
  discord.say(ana, general, 'something else', { mention: true });
  await hears(general, 'something else');
  expect(told(calls.items[3])).not.toContain('plum');
});

test('mentioned in a reply, it knows what was said above', async () => {
  const { model, calls } = createTestModel(() => ['I see']);
  const { discord, ana, ben, general, chasqui } = await startDiscordBot({ models: [model] });
  const root = discord.say(ben, general, 'the build is broken since noon');
  const middle = discord.say(ben, general, 'it says ENOSPC', { reply_to: root.id });
  discord.say(ana, general, 'can you explain?', { mention: true, reply_to: middle.id });
  await chasqui.turns(1);
  expect(told(calls.items[0])).toMatch(/Ben[\s\S]*broken since noon[\s\S]*ENOSPC[\s\S]*can you explain\?/);
});

test('in a thread it was called into it answers every message; before that none', async () => {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { discord, chasqui, ana, ben, general, answers, hears } = await startDiscordBot({ models: [model] });
  const root = discord.say(ben, general, 'release plans');
  const thread = discord.startThread(ben, general, { message: root.id, name: 'plans' }).id;
  discord.say(ben, thread, 'shall we ship on Monday?');
  discord.say(ana, thread, 'help us', { mention: true });
  await hears(thread, 'help us');
  expect(told(calls.items[0])).toMatch(/release plans[\s\S]*ship on Monday/);
  discord.say(ben, thread, 'and without a mention?');
  await hears(thread, 'and without a mention?');
  discord.say(ben, thread, `<@${ana}> what do you think?`);
  discord.say(ben, thread, 'bye');
  await hears(thread, 'bye');
  await chasqui.turns(3);
  expect(answers(thread)).toHaveLength(3);
});

test('with thread_replies: mention, only mentions are answered in threads', async () => {
  const { discord, ana, general, answers, hears } = await startDiscordBot({ settings: { thread_replies: 'mention' } });
  const thread = discord.startThread(ana, general, { name: 'quiet' }).id;
  discord.say(ana, thread, 'one', { mention: true });
  await hears(thread, 'one');
  discord.say(ana, thread, 'two');
  discord.say(ana, thread, 'three', { mention: true });
  await hears(thread, 'three');
  expect(answers(thread)).toHaveLength(2);
});

test('with open_threads, a mention is answered in a thread of its own', async () => {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const bot = await startDiscordBot({ models: [model], settings: { open_threads: true } });
  const { discord, ana, general, answers, hears } = bot;
  const { id } = discord.say(ana, general, 'plan my day', { mention: true });
  await discord.waitForCall((call) => call.route.endsWith('/threads'));
  await hears(id, 'plan my day');
  expect(answers(general)).toEqual([]);
  expect(discord.channel(id).name).toBe('plan my day');
  discord.say(ana, id, 'and tomorrow?');
  await hears(id, 'and tomorrow?');
  expect(told(calls.items[1])).toContain('plan my day');
});

test('where no thread may be opened, the answer is a reply', async () => {
  const { discord, ana, general, hears } = await startDiscordBot({ settings: { open_threads: true } });
  discord.permit(general, { deny: ['createPublicThreads'] });
  const { id } = discord.say(ana, general, 'plan my day', { mention: true });
  const answer = await hears(general, 'plan my day');
  expect(answer.reply_to).toBe(id);
  discord.say(ana, general, 'go on', { reply_to: answer.id });
  await hears(general, 'go on');
});

test('mentions are names to the model, and files are read', async () => {
  const { model, calls } = createTestModel(() => ['ok']);
  const { discord, chasqui, ana, ben, general } = await startDiscordBot({ models: [model] });
  const role = discord.addRole(discord.guild, 'pilots');
  const text = `ask <@${ben}>, <@&${role.id}> in <#${general}> <:wave:123456789012345678> at <t:1700000000:d>`;
  const files = [{ name: 'notes.txt', mimetype: 'text/plain', content: 'the cargo is llamas' }];
  discord.say(ana, general, text, { mention: true, files });
  await chasqui.turns(1);
  const said = calls.items[0]?.question ?? '';
  expect(said).toContain('ask @Ben, @pilots in #general :wave: at 2023-11-14');
  expect(said).toContain('the cargo is llamas');
  expect(said).not.toContain(discord.bot.id);
});

test('edits and deletions of what still waits are honoured', async () => {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* () {
    await gate.opened;
    yield 'done';
  });
  const { discord, chasqui, ana, dm } = await startDiscordBot({ models: [model] });
  discord.say(ana, dm, 'first');
  await calls.until((items) => items.length === 1);
  const second = discord.say(ana, dm, 'second');
  const third = discord.say(ana, dm, 'third');
  discord.edit(dm, second.id, 'second, corrected');
  discord.unfurl(dm, second.id);
  discord.remove(dm, third.id);
  // What comes later in the channel is taken after the edits.
  discord.say(ana, dm, 'last');
  const view = async () => JSON.stringify(await chasqui.conversations.view(`discord:${dm}`));
  await expect.poll(view).toContain('last');
  gate.open();
  await chasqui.turns(2);
  const asked = calls.items.slice(1).map(told).join('\n');
  expect(asked).toContain('second, corrected');
  expect(asked).not.toContain('third');
});

test('👍 and 👎 are feedback, and can be taken back; other reactions are not', async () => {
  const { discord, chasqui, ana, ben, general, dm, hears } = await startDiscordBot();
  const question = discord.say(ana, general, 'hello', { mention: true });
  const answer = await hears(general, 're: Ana: hello');
  await chasqui.turns(1);
  const values = () => chasqui.lines.filter((line) => line.msg === 'feedback').map((line) => line.value);
  discord.react(ana, general, question.id, '👍');
  discord.react(ana, general, answer.id, '🎉');
  discord.react(ana, general, answer.id, '👍');
  await expect.poll(values).toEqual(['good']);
  discord.react(ben, general, answer.id, '👎🏽');
  await expect.poll(values).toEqual(['good', 'bad']);
  discord.unreact(ben, general, answer.id, '👎🏽');
  await expect.poll(values).toEqual(['good', 'bad', 'none']);
  expect(dm).toBeDefined();
});

test('⏹ by the person who asked stops the answer; by others it does not', async () => {
  const { model } = createTestModel(async function* ({ signal }) {
    yield 'The beginning of a long story. ';
    await silence(signal);
  });
  const { discord, chasqui, ana, ben, general, hears } = await startDiscordBot({ models: [model] });
  discord.say(ana, general, 'tell me a story', { mention: true });
  const answer = await hears(general, 'The beginning');
  const feedback = () => chasqui.lines.filter((line) => line.msg === 'feedback').map((line) => line.value);
  // Nobody reacts before the answer is noted; only a test could be so quick.
  await expect
    .poll(() => {
      discord.react(ben, general, answer.id, '👍');
      return feedback();
    })
    .toContain('good');
  discord.react(ben, general, answer.id, '⏹️');
  discord.unreact(ben, general, answer.id, '👍');
  await expect.poll(feedback).toContain('none');
  expect(chasqui.lines.filter((line) => line.msg === 'turn')).toEqual([]);
  discord.react(ana, general, answer.id, '⏹️');
  const [turn] = await chasqui.turns(1);
  expect(turn).toMatchObject({ outcome: 'stopped' });
});

test('it shows that it types until there is text', async () => {
  const { gate, model } = twoHalves();
  const slow = createTestModel(async function* () {
    await gate.opened;
    yield 'here';
  });
  const { discord, chasqui, ana, dm } = await startDiscordBot({ models: [slow.model, model] });
  discord.say(ana, dm, 'think hard');
  await discord.waitUntil(() => discord.typings.length > 0);
  gate.open();
  await chasqui.turns(1);
  expect(discord.typings.every(({ channel }) => channel === dm)).toBe(true);
});

test('without the intent it says so, and answers direct messages and mentions', async () => {
  const { discord, chasqui, ana, general, dm, hears } = await startDiscordBot({ discord: { privileged: [] } });
  discord.say(ana, general, 'in the channel', { mention: true });
  await hears(general, 'in the channel');
  discord.say(ana, dm, 'in private');
  await hears(dm, 'in private');
  expect(chasqui.lines.some((line) => String(line.msg).includes(`applications/${discord.applicationId}/bot`))).toBe(
    true,
  );
  const part = (await chasqui.parts()).find(({ name }) => name === 'discord');
  expect(part).toMatchObject({ ready: true, detail: expect.stringContaining('Message Content') });
});
