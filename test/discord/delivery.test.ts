/** How replies get into Discord: edits, limits, lost answers. One reply, whole, whatever goes wrong on the way. */
import { expect, test } from 'vitest';
import { timeOf } from '../../adapters/discord/route.ts';
import { createTestModel } from '../doubles/model.ts';
import { startDiscordBot, twoHalves, WHOLE } from './bot.ts';

const POST = 'POST /channels/:channel/messages';
const EDIT = 'PATCH /channels/:channel/messages/:message';

test('a slow answer grows by edits, and ends as one message with exactly the final text', async () => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, answers, hears, calls } = await startDiscordBot({ models: [model] });
  discord.say(ana, general, 'go', { mention: true });
  await hears(general, 'first sentence');
  gate.open();
  await chasqui.turns(1);
  expect(answers(general).map(({ text }) => text)).toEqual([WHOLE]);
  expect(answers(general)[0]?.versions.length).toBeGreaterThan(1);
  expect(calls(POST)).toHaveLength(1);
  expect(discord.calls.filter((call) => !call.ok)).toEqual([]);
});

test.each([
  { applyThenCut: true },
  { applyThenStatus: 500 },
  { cut: true },
  { status: 502 },
  { status: 503 },
  { ratelimited: 0.2 },
  { error: { code: 130000, status: 503 } },
] as const)('an answer whose post ends with %o is there once', async (fault) => {
  const { model } = createTestModel(() => ['quick']);
  const { discord, chasqui, ana, dm, answers } = await startDiscordBot({ models: [model] });
  const struck = discord.fault(POST, fault);
  discord.say(ana, dm, 'go');
  await chasqui.turns(1);
  expect(struck.hits).toBe(1);
  expect(answers(dm).map(({ text }) => text)).toEqual(['quick']);
});

test.each([{ applyThenCut: true }, { cut: true }, { status: 500 }, { ratelimited: 0.2 }] as const)(
  'an answer whose edit ends with %o has the final text',
  async (fault) => {
    const { gate, model } = twoHalves();
    const { discord, chasqui, ana, dm, answers, hears } = await startDiscordBot({ models: [model] });
    discord.fault(EDIT, fault);
    discord.say(ana, dm, 'go');
    await hears(dm, 'first sentence');
    gate.open();
    await chasqui.turns(1);
    expect(answers(dm).map(({ text }) => text)).toEqual([WHOLE]);
  },
);

test('when Discord has forgotten the nonce, what was posted is found by its reply', async () => {
  const { model } = createTestModel(() => ['quick']);
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({
    models: [model],
    discord: { nonceMs: 0 },
  });
  discord.fault(POST, { applyThenCut: true });
  discord.say(ana, general, 'go', { mention: true });
  await chasqui.turns(1);
  expect(answers(general).map(({ text }) => text)).toEqual(['quick']);
});

test('when the question is gone, the nonce keeps a lost answer from being posted again', async () => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({
    models: [model],
    settings: { streaming: false },
  });
  const { id } = discord.say(ana, general, 'go', { mention: true });
  await discord.waitUntil(() => discord.typings.length > 0);
  discord.remove(general, id);
  const struck = discord.fault(POST, { applyThenCut: true });
  gate.open();
  await chasqui.turns(1);
  expect(struck.hits).toBe(1);
  expect(answers(general).map(({ text }) => text)).toEqual([WHOLE]);
});

test('a long answer comes in several messages, each a reply to the one before, code fences whole', async () => {
  const code = Array.from({ length: 60 }, (_, n) => `const line${n} = ${n}; // a line`).join('\n');
  const words = Array.from({ length: 600 }, (_, n) => `word${n}`).join(' ');
  const { model } = createTestModel(() => [`${words}\n\n\`\`\`ts\n${code}\n\`\`\`\n\nThat was all.`]);
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({ models: [model] });
  discord.say(ana, general, 'write a lot', { mention: true });
  await chasqui.turns(1);
  const parts = answers(general);
  expect(parts.length).toBeGreaterThan(2);
  for (const [n, part] of parts.entries()) {
    expect(part.text.length).toBeLessThanOrEqual(2_000);
    expect((part.text.match(/^```/gm) ?? []).length % 2).toBe(0);
    if (n > 0) expect(part).toMatchObject({ reply_to: parts[n - 1]?.id, pings: [] });
  }
  const all = parts.map(({ text }) => text).join(' ');
  for (let n = 0; n < 60; n++) expect(all).toContain(`const line${n} = ${n};`);
});

test('very long code is a file', async () => {
  const code = Array.from({ length: 400 }, (_, n) => `print(${n})  # a line of code`).join('\n');
  const { model } = createTestModel(() => [`Here it is:\n\n\`\`\`python\n${code}\n\`\`\`\n`]);
  const { discord, chasqui, ana, dm, answers } = await startDiscordBot({ models: [model] });
  discord.say(ana, dm, 'write a program');
  await chasqui.turns(1);
  const [file] = answers(dm).flatMap(({ attachments }) => attachments);
  expect(file?.text.trim()).toBe(code);
  expect(file?.name).toMatch(/\.py$/);
});

test('nothing that a model writes pings anybody or shows previews', async () => {
  const { model } = createTestModel(({ messages }) => [
    `${messages.at(-1)?.content} @everyone @here https://example.com`,
  ]);
  const { discord, chasqui, ana, ben, general, answers, calls } = await startDiscordBot({ models: [model] });
  discord.say(ana, general, `say hello to <@${ben}> and <@&${discord.guild.id}>`, { mention: true });
  await chasqui.turns(1);
  expect(answers(general)).toMatchObject([{ pings: [ana], embedsSuppressed: true }]);
  // Whatever the text is, Discord is told so as well.
  for (const { body } of [...calls(POST), ...calls(EDIT)])
    expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
});

test('whom a model writes by id stands there by name, also somebody outside of the question; code stays', async () => {
  const ids = { ben: '', role: '' };
  const { model } = createTestModel(() => [
    `Ask <@${ids.ben}>, <@!${ids.ben}>, <@&${ids.role}> or <@123456789012345678>; write \`<@${ids.ben}>\`.`,
  ]);
  const { discord, chasqui, ana, ben, dm, general, answers } = await startDiscordBot({ models: [model] });
  ids.ben = ben;
  ids.role = discord.addRole(discord.guild, 'on *call*').id;
  discord.say(ana, general, 'who knows?', { mention: true });
  await chasqui.turns(1);
  expect(answers(general)[0]?.text).toMatch(/^Ask @Ben, @Ben, @on \\\*call\\\* or @unknown-user; write `<@.?\d+>`\.$/);
  discord.say(ana, dm, 'who knows?');
  await chasqui.turns(2);
  expect(answers(dm)[0]?.text).toMatch(/^Ask @Ben, @Ben, @unknown-role or @unknown-user/);
});

test('one channel that Discord slows down delays no other', async () => {
  const { discord, ana, dm, general, answers, hears } = await startDiscordBot({ settings: { streaming: false } });
  const when = ({ params }: { params: Record<string, string> }) => params.channel === general;
  const slowed = discord.fault(POST, { ratelimited: 2 }, { when });
  discord.say(ana, general, 'slow', { mention: true });
  await discord.waitForCall((call) => call.route === POST && call.status === 429);
  discord.say(ana, dm, 'quick');
  await hears(dm, 're: Ana: quick');
  expect(answers(general)).toEqual([]);
  expect(slowed.hits).toBe(1);
  await hears(general, 're: Ana: slow');
});

test('many answers in one channel stay inside Discord’s limits', async () => {
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({ discord: { limits: 'on' } });
  for (let n = 0; n < 3; n++) discord.say(ana, general, `question ${n}`, { mention: true });
  await chasqui.turns(3);
  expect(answers(general)).toHaveLength(3);
  expect(discord.calls.filter((call) => call.status === 429)).toEqual([]);
});

test('where it may not write, the person is told by direct message', async () => {
  const { discord, chasqui, ana, general, dm, answers, hears } = await startDiscordBot();
  discord.permit(general, { deny: ['sendMessages'] });
  discord.say(ana, general, 'hello?', { mention: true });
  const note = await hears(dm, 'I may not answer there');
  expect(note.text).toContain(`<#${general}>`);
  const [turn] = await chasqui.turns(1);
  expect(turn).toMatchObject({ outcome: 'undeliverable' });
  expect(answers(general)).toEqual([]);
});

test('and by a reaction, where the person takes no direct messages', async () => {
  const { discord, chasqui, ana, general } = await startDiscordBot();
  discord.permit(general, { deny: ['sendMessages'] });
  discord.ana.dms = 'closed';
  const { id } = discord.say(ana, general, 'hello?', { mention: true });
  await chasqui.turns(1);
  const question = discord.visible(general).find((message) => message.id === id);
  expect(question?.reactions).toEqual({ '🔇': [discord.bot.id] });
});

test('where it may not read the history, it answers without a reply', async () => {
  const { discord, ana, general, hears } = await startDiscordBot();
  discord.permit(general, { deny: ['readMessageHistory'] });
  discord.say(ana, general, 'hello?', { mention: true });
  expect((await hears(general, 're: Ana: hello?')).reply_to).toBeUndefined();
});

test('a message that was deleted meanwhile is answered all the same', async () => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({
    models: [model],
    settings: { streaming: false },
  });
  const { id } = discord.say(ana, general, 'go', { mention: true });
  await discord.waitUntil(() => discord.typings.length > 0);
  discord.remove(general, id);
  gate.open();
  await chasqui.turns(1);
  expect(answers(general)).toMatchObject([{ text: WHOLE, reply_to: undefined }]);
});

test('no typing indicator overtakes the answer: one on its way is waited for', async () => {
  const { gate, model } = twoHalves();
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({
    models: [model],
    settings: { streaming: false },
  });
  const delayMs = 1_000;
  discord.fault('POST /channels/:channel/typing', { delayMs });
  discord.say(ana, general, 'go', { mention: true });
  await discord.waitUntil(() => discord.typings.length > 0);
  gate.open();
  await chasqui.turns(1);
  const [typing] = discord.typings;
  expect(timeOf(answers(general)[0]?.id ?? '0')).toBeGreaterThanOrEqual((typing?.at ?? 0) + delayMs - 20);
});
