/** What becomes of a reply that Discord wants later, or not in this form. */
import { expect, test } from 'vitest';
import type { InboundMessage } from '../../src/contract/index.ts';
import { createTestModel } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { startDiscordBot } from './bot.ts';
import { setUp } from './receivers.ts';

const POST = 'POST /channels/:channel/messages';
const contentOf = ({ body }: { body: unknown }) => String((body as { content?: string }).content);

/** Someone asked this; a sender is to answer it. */
async function asked() {
  const { discord, inbox, ana, general, start, sender } = await setUp();
  await start();
  discord.say(ana, general, 'hello', { mention: true });
  await inbox.until('hello');
  const { to } = inbox.taken.items[0] as InboundMessage;
  const reactions = () => discord.visible(general)[0]?.reactions ?? {};
  return { discord, to, sender, reactions, reply: { markdown: 'done', outcome: 'answered' as const } };
}

test('a long wait shows as ⏳ on the question, until any worker has answered', async () => {
  const { discord, to, sender, reactions, reply } = await asked();
  const first = sender();
  const draft = await first.begin(to, 'turn-1');
  discord.fault(POST, { ratelimited: 35, code: 20028 });
  const refused = await first.finish(draft, reply).catch((error) => error);
  expect(refused).toMatchObject({ kind: 'rate-limited', code: '20028', retryAfterMs: 35_000 });
  await first.showWaiting?.(draft, refused.retryAfterMs);
  expect(reactions()).toEqual({ '⏳': [discord.bot.id] });
  await sender().finish({ ...structuredClone(draft), unverified: true }, reply);
  expect(reactions()).toEqual({});
});

test('a sign that Discord does not take is left out', async () => {
  const { discord, to, sender, reactions, reply } = await asked();
  discord.fault('*', { status: 500 }, { times: Number.POSITIVE_INFINITY, when: (_, route) => route.startsWith('PUT') });
  const one = sender();
  const draft = await one.begin(to, 'turn-1');
  await one.showWaiting?.(draft, 35_000);
  await one.finish(draft, reply);
  expect(reactions()).toEqual({});
});

test('what AutoMod refuses is said once more in plain text', async () => {
  const answer = 'See [the page](https://example.com/x).';
  const { model } = createTestModel(() => [answer]);
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({ models: [model] });
  const hasLink = (call: { body: unknown }) => contentOf(call).includes('https://');
  const error = { code: 200000, status: 400 };
  discord.fault(POST, { error }, { times: Number.POSITIVE_INFINITY, when: hasLink });
  discord.say(ana, general, 'go', { mention: true });
  await chasqui.turns(1);
  expect(answers(general).map(({ text }) => text)).toEqual(['See the page.']);
});

test('so is the end of an answer that has begun, in its place', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    yield 'The beginning of it. ';
    await gate.opened;
    yield 'See [the page](https://example.com/x).';
  });
  const { discord, chasqui, ana, general, answers, hears } = await startDiscordBot({ models: [model] });
  const hasLink = (call: { body: unknown }) => contentOf(call).includes('https://');
  discord.fault('*', { error: { code: 200000, status: 400 } }, { times: Number.POSITIVE_INFINITY, when: hasLink });
  discord.say(ana, general, 'go', { mention: true });
  await hears(general, 'beginning');
  gate.open();
  await chasqui.turns(1);
  expect(answers(general).map(({ text }) => text)).toEqual(['The beginning of it. See the page.']);
});

test('so is an answer whose file is refused', async () => {
  const code = `\`\`\`js\n${'let a = 1;\n'.repeat(400)}\`\`\``;
  const { model } = createTestModel(() => [`Here it is:\n\n${code}`]);
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({ models: [model] });
  const error = { code: 40005, status: 413 };
  const hasFile = ({ files }: { files: unknown[] }) => files.length > 0;
  discord.fault('*', { error }, { times: Number.POSITIVE_INFINITY, when: hasFile });
  discord.say(ana, general, 'go', { mention: true });
  await chasqui.turns(1);
  expect(answers(general)[0]?.text).toMatch(/^Here it is:[\s\S]*refused/);
});

test('a text that is refused in every form is not lost without a word', async () => {
  const { model } = createTestModel(() => ['the forbidden word']);
  const { discord, chasqui, ana, general, answers } = await startDiscordBot({ models: [model] });
  const error = { code: 200000, status: 400 };
  const when = (call: { body: unknown }) => contentOf(call).includes('forbidden');
  discord.fault(POST, { error }, { times: Number.POSITIVE_INFINITY, when });
  discord.say(ana, general, 'go', { mention: true });
  await chasqui.turns(1);
  expect(answers(general)).toHaveLength(1);
  expect(answers(general)[0]?.text).not.toContain('forbidden');
});

test('a question that takes no reply is answered without one', async () => {
  const { discord, chasqui, ana, general, answers } = await startDiscordBot();
  const errors = {
    message_reference: { _errors: [{ code: 'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE', message: 'Cannot reply' }] },
  };
  discord.fault(POST, { error: { code: 50035, status: 400, errors } });
  discord.say(ana, general, 'go', { mention: true });
  await chasqui.turns(1);
  expect(answers(general)).toMatchObject([{ text: 're: Ana: go' }]);
});

test('a thread whose name AutoMod refuses gets another', async () => {
  const { discord, ana, general, hears } = await startDiscordBot({ settings: { open_threads: true } });
  const route = 'POST /channels/:channel/messages/:message/threads';
  discord.fault(route, { error: { code: 200001, status: 400 } });
  const { id } = discord.say(ana, general, 'bad words', { mention: true });
  await discord.waitForCall((call) => call.route === route && call.ok);
  await hears(id, 'bad words');
  expect(discord.channel(id).name).toBe('Question');
});
