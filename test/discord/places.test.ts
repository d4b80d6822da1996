/** Places with rules of their own: its role, forums, threads that somebody archived or locked. */
import { expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { startDiscordBot, twoHalves, WHOLE } from './bot.ts';

const EDIT = 'PATCH /channels/:channel/messages/:message';

const parrot = () => createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
const told = (call: { request: { messages: { content: string }[] } } | undefined) =>
  (call?.request.messages ?? []).map(({ content }) => content).join('\n');

test('the mention of its own role is a mention of it; of another role it is none', async () => {
  const { model, calls } = parrot();
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({ models: [model] });
  const own = [...discord.guild.roles.values()].find(({ bot }) => bot === discord.bot.id);
  const other = discord.addRole(discord.guild, 'chasqui fans');
  discord.say(ana, general, `<@&${other.id}> are you there?`);
  const { id } = discord.say(ana, general, `<@&${own?.id}> are you there?`);
  await chasqui.turns(1);
  expect(answers(general)).toMatchObject([{ reply_to: id }]);
  expect(calls.items[0]?.question).toBe('Ana: are you there?');
});

test('a role that it gets later counts as well', async () => {
  const { discord, ana, hears } = await startDiscordBot();
  const guild = discord.addGuild({ name: 'Second', role: false });
  const channel = discord.addChannel({ name: 'second', guild }).id;
  const role = discord.grantRole(guild);
  discord.say(ana, channel, `<@&${role.id}> hello`);
  await hears(channel, 're: Ana: hello');
});

test('a post in a forum is a thread, and its title half of the question', async () => {
  const { model, calls } = parrot();
  const { discord, ana, ben, hears } = await startDiscordBot({ models: [model] });
  const forum = discord.addForum({ name: 'support' }).id;
  const post = discord.startPost(ana, forum, { name: 'The build fails on ARM', text: 'any idea?', mention: true }).id;
  const answer = await hears(post, 'any idea?');
  expect(answer.reply_to).toBe(post);
  expect(calls.items[0]?.question).toContain('The build fails on ARM\n\nany idea?');
  discord.say(ben, post, 'I have the same');
  await hears(post, 'I have the same');
  expect(told(calls.items[1])).toContain('The build fails on ARM');
});

test('called into a forum’s post later, it knows the title and what was said', async () => {
  const { model, calls } = parrot();
  const { discord, ana, ben, hears } = await startDiscordBot({ models: [model] });
  const forum = discord.addForum({ name: 'support' }).id;
  const post = discord.startPost(ana, forum, { name: 'The build fails on ARM', text: 'it says ENOSPC' }).id;
  discord.say(ben, post, 'is the disk full?');
  discord.say(ana, post, 'what do you think?', { mention: true });
  await hears(post, 'what do you think?');
  expect(told(calls.items[0])).toMatch(/Ana[\s\S]*The build fails on ARM\s+it says ENOSPC[\s\S]*is the disk full\?/);
});

test('a post in a forum that was written while it was down is answered', async () => {
  const { discord, ana, general, hears, stop, restart } = await startDiscordBot();
  const forum = discord.addForum({ name: 'support' }).id;
  discord.say(ana, general, 'hello', { mention: true });
  await hears(general, 'hello');
  await stop();
  const post = discord.startPost(ana, forum, { name: 'Anybody?', text: 'are you there?', mention: true }).id;
  await restart();
  await hears(post, 'are you there?', 20_000);
});

test('an answer wakes a thread that was archived meanwhile', async () => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({
    models: [model],
    settings: { streaming: false },
  });
  const thread = discord.startThread(ana, general, { name: 'talk' }).id;
  discord.say(ana, thread, 'go', { mention: true });
  await discord.waitUntil(() => discord.typings.length > 0);
  discord.archive(thread);
  gate.open();
  await chasqui.turns(1);
  expect(answers(thread).map(({ text }) => text)).toEqual([WHOLE]);
  expect(discord.channel(thread).archived).toBe(false);
});

test('so does one that has begun: an edit alone does not', async () => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, answers, hears, calls } = await startDiscordBot({ models: [model] });
  const thread = discord.startThread(ana, general, { name: 'talk' }).id;
  discord.say(ana, thread, 'go', { mention: true });
  await hears(thread, 'first sentence');
  discord.archive(thread);
  gate.open();
  const [turn] = await chasqui.turns(1);
  expect(turn).toMatchObject({ outcome: 'answered' });
  expect(answers(thread).map(({ text }) => text)).toEqual([WHOLE]);
  expect(discord.channel(thread).archived).toBe(false);
  expect(calls(EDIT).filter((call) => call.code === 50083)).toHaveLength(1);
});

test('in a locked thread it may not answer, and tells the person so', async () => {
  const { discord, chasqui, ana, general, dm, answers, hears } = await startDiscordBot();
  const thread = discord.startThread(ana, general, { name: 'talk' }).id;
  discord.lock(thread);
  discord.say(ana, thread, 'hello?', { mention: true });
  const note = await hears(dm, 'the thread is locked');
  expect(note.text).toContain(`<#${thread}>`);
  const [turn] = await chasqui.turns(1);
  expect(turn).toMatchObject({ outcome: 'undeliverable' });
  expect(answers(thread)).toEqual([]);
});

test.each(['lock', 'archive'] as const)('the same when a moderator locks it (%s) while it answers', async (how) => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, dm, hears, answers } = await startDiscordBot({ models: [model] });
  const thread = discord.startThread(ana, general, { name: 'talk' }).id;
  discord.say(ana, thread, 'go', { mention: true });
  await hears(thread, 'first sentence');
  if (how === 'lock') discord.lock(thread);
  else discord.archive(thread, { locked: true });
  gate.open();
  await hears(dm, 'the thread is locked');
  await chasqui.turns(1);
  expect(discord.channel(thread).locked).toBe(true);
  expect(answers(dm)).toHaveLength(1);
});
