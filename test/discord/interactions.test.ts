/** Slash commands and the message menu: answered in time, wherever they are used. */
import { expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { startRedis } from '../support/redis.ts';
import { FIRST, startDiscordBot, twoHalves, WHOLE } from './bot.ts';

test('the commands are registered at start, and only when they changed', async () => {
  const { discord, calls, stop, restart } = await startDiscordBot();
  const asked = () => calls('GET /applications/:application/commands').length;
  await discord.waitUntil(() => discord.commands().length > 0);
  const names = discord.commands().map(({ name }) => name);
  expect(names.sort()).toEqual(['Ask about this', 'about', 'ask', 'help', 'model', 'persona', 'reset', 'usage']);
  for (const command of discord.commands())
    expect(command).toMatchObject({ integration_types: [0, 1], contexts: [0, 1, 2] });
  await stop();
  await restart();
  await discord.waitUntil(() => asked() === 2);
  await stop();
  expect(calls('PUT /applications/:application/commands')).toHaveLength(1);
});

test('/ask in a channel is answered there, and a reply goes on with it', async () => {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { discord, ana, general, hears } = await startDiscordBot({ models: [model] });
  const answered = await discord.command(ana, general, 'ask', { question: 'the word is plum' });
  expect(answered).toMatchObject({ outcome: 'deferred', ephemeral: false });
  const answer = await answered.message();
  expect(answer.text).toBe('re: Ana: the word is plum');
  discord.say(ana, general, 'which word?', { reply_to: answer.id });
  await hears(general, 'which word?');
  const before = (calls.items[1]?.request.messages ?? []).map(({ content }) => content).join('\n');
  expect(before).toContain('the word is plum');
});

test('it streams into the deferred answer', async () => {
  const { gate, model } = twoHalves();
  const { discord, ana, general, chasqui, answers } = await startDiscordBot({ models: [model] });
  const slow = await discord.command(ana, general, 'ask', { question: 'go' });
  await slow.message(({ text }) => text === FIRST.trim());
  gate.open();
  await chasqui.turns(1);
  expect(slow.messages.map(({ text }) => text)).toEqual([WHOLE]);
  expect(answers(general)).toHaveLength(1);
});

test('a long answer to /ask comes in several messages', async () => {
  const { model } = createTestModel(() => [Array.from({ length: 900 }, (_, n) => `word${n}`).join(' ')]);
  const { discord, ana, general, chasqui, answers } = await startDiscordBot({ models: [model] });
  await discord.command(ana, general, 'ask', { question: 'go' });
  await chasqui.turns(1);
  const parts = answers(general);
  expect(parts.length).toBeGreaterThan(2);
  expect(parts[1]?.reply_to).toBe(parts[0]?.id);
  expect(parts.map(({ text }) => text).join(' ')).toContain('word899');
});

test('in a private channel of others everything goes by the interaction, and follow-ups remember', async () => {
  const { model, calls } = createTestModel(({ messages }) =>
    messages.at(-1)?.content.includes('lot')
      ? [Array.from({ length: 4_000 }, (_, n) => `word${n}`).join(' ')]
      : ['the word is plum'],
  );
  const { discord, chasqui, ana, ben } = await startDiscordBot({ models: [model] });
  discord.installFor(ana);
  const channel = discord.privateChannel(ana, ben).id;
  const first = await discord.command(ana, channel, 'ask', { question: 'say a word' });
  expect((await first.message()).text).toBe('the word is plum');
  const second = await discord.command(ana, channel, 'ask', { question: 'write a lot' });
  await chasqui.turns(2);
  const told = (calls.items[1]?.request.messages ?? []).map(({ content }) => content).join('\n');
  expect(told).toContain('the word is plum');
  expect(second.messages).toHaveLength(6);
  const rest = second.messages.at(-1)?.attachments[0]?.text ?? '';
  expect(second.messages.map(({ text }) => text).join(' ') + rest).toContain('word3999');
  expect(rest).toContain('word3999');
});

test('when the token is over, the answer comes into the channel', async () => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({
    models: [model],
    settings: { streaming: false },
  });
  const answered = await discord.command(ana, general, 'ask', { question: 'go' });
  discord.expireInteractions();
  gate.open();
  await chasqui.turns(1);
  expect(answers(general).at(-1)).toMatchObject({ text: WHOLE, reply_to: answered.messages[0]?.id });
});

test('about, help and model are answered at once, for the person alone', async () => {
  const { discord, ana, general } = await startDiscordBot();
  for (const [name, text] of [
    ['about', 'Test Model'],
    ['help', '/ask'],
    ['model', 'Test Model'],
    ['reset', 'no conversation here'],
  ] as const) {
    const answered = await discord.command(ana, general, name);
    expect(answered.ephemeral).toBe(true);
    expect((await answered.message()).text).toContain(text);
  }
});

test('/reset forgets the conversation that the person used last in this channel', async () => {
  const { model, calls } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { discord, ana, general, hears } = await startDiscordBot({ models: [model] });
  discord.say(ana, general, 'the word is plum', { mention: true });
  const answer = await hears(general, 'plum');
  const answered = await discord.command(ana, general, 'reset');
  expect((await answered.message()).text).toContain('forgotten');
  discord.say(ana, general, 'which word?', { reply_to: answer.id });
  await hears(general, 'which word?');
  const told = (calls.items[1]?.request.messages ?? []).map(({ content }) => content).join('\n');
  expect(told).not.toContain('re: Ana: the word is plum');
});

test('“Ask about this” asks about the message', async () => {
  const { model, calls } = createTestModel(() => ['It means hello.']);
  const { discord, ana, ben, general } = await startDiscordBot({ models: [model] });
  const { id } = discord.say(ben, general, 'rimaykullayki');
  const answered = await discord.messageCommand(ana, general, id, 'Ask about this');
  expect((await answered.message()).text).toBe('It means hello.');
  expect(calls.items[0]?.question).toMatch(/Ben[\s\S]*> rimaykullayki/);
});

test('while Redis is away a command is deferred in time, and answered when it is back', async () => {
  const redis = await startRedis();
  try {
    const { discord, ana, general, stop } = await startDiscordBot({ redisUrl: redis.url });
    await redis.kill();
    const answered = await discord.command(ana, general, 'ask', { question: 'are you there?' });
    expect(answered.outcome).toBe('deferred');
    await redis.restart();
    expect((await answered.message(undefined, 15_000)).text).toBe('re: Ana: are you there?');
    await stop();
  } finally {
    await redis.close();
  }
}, 30_000);
