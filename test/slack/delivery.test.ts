/** How replies get into Slack: streams, limits, lost answers. One message, whole, whatever goes wrong on the way. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { repliesIn, type SlackBot, type SlackBotOptions, startSlackBot } from '../support/slack.ts';

let bot: SlackBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

async function start(options?: SlackBotOptions) {
  bot = await startSlackBot(options);
  const { slack, chasqui } = bot;
  const ana = slack.ana.id;
  return { slack, chasqui, ana, dm: slack.dm(ana).id, general: slack.general.id };
}

const FIRST = 'The first sentence of the answer. ';
const SECOND = 'The second one, after a while.';
const WHOLE = FIRST + SECOND;

/** Writes the first half, waits for the door, writes the second. */
function twoHalves() {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    yield FIRST;
    await gate.opened;
    yield SECOND;
  });
  return { gate, model };
}

const count = (slack: SlackBot['slack'], method: string) => slack.calls.filter((call) => call.method === method).length;

test('a slow answer streams, and ends as one message with exactly the final text', async () => {
  const { gate, model } = twoHalves();
  const { slack, chasqui, ana, general } = await start({ models: [model] });
  const { ts: thread_ts } = slack.say(ana, general, 'go', { mention: true });
  await slack.waitForMessage(general, (message) => message.streaming && message.text.includes('first sentence'));
  gate.open();
  await chasqui.turns(1);
  expect(repliesIn(slack, general, thread_ts)).toEqual([WHOLE]);
  const [, reply] = slack.visible(general, { thread_ts });
  expect(reply).toMatchObject({ streaming: false, stream: 'stopped', edited: false });
  expect(slack.calls.filter((call) => !call.ok)).toEqual([]);
});

test('an answer that is quick is posted in a single call', async () => {
  const { model } = createTestModel(() => ['quick']);
  const { slack, chasqui, ana, dm } = await start({ models: [model] });
  // The first answer of a process is slowed by everything that is loaded for it.
  slack.say(ana, dm, 'warm up');
  await chasqui.turns(1);
  const before = count(slack, 'chat.startStream');
  slack.say(ana, dm, 'go');
  await chasqui.turns(2);
  expect(count(slack, 'chat.postMessage')).toBeGreaterThan(0);
  expect(count(slack, 'chat.startStream')).toBe(before);
  expect(count(slack, 'chat.update')).toBe(0);
});

test('when the workspace’s budget of streams is spent, answers are posted whole', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    yield FIRST;
    await gate.opened;
    yield SECOND;
  });
  const { slack, chasqui, ana, dm } = await start({ models: [model], slack: { limits: 'on' } });
  for (let n = 0; n < 8; n++) slack.say(ana, dm, `question ${n}`);
  await slack.waitForMessage(dm, (message) => message.streaming);
  gate.open();
  await chasqui.turns(8);
  const answers = slack.visible(dm, { all: true }).filter((message) => message.user === slack.ids.botUser);
  expect(answers.map((message) => message.text)).toEqual(Array(8).fill(WHOLE));
  expect(count(slack, 'chat.startStream')).toBeLessThan(8);
});

test('an expired stream is finished by other means', async () => {
  const { gate, model } = twoHalves();
  const { slack, chasqui, ana, dm } = await start({ models: [model] });
  const { ts: thread_ts } = slack.say(ana, dm, 'go');
  await slack.waitForMessage(dm, (message) => message.streaming);
  slack.expireStreams();
  gate.open();
  await chasqui.turns(1);
  expect(repliesIn(slack, dm, thread_ts)).toEqual([WHOLE]);
});

test('where Slack does not stream, the answer is posted whole', async () => {
  const { gate, model } = twoHalves();
  const { slack, chasqui, ana, dm } = await start({ models: [model] });
  slack.fault('chat.startStream', { error: 'not_allowed_token_type' }, { times: Number.POSITIVE_INFINITY });
  const { ts: thread_ts } = slack.say(ana, dm, 'go');
  await slack.waitForCall((call) => call.method === 'chat.startStream');
  gate.open();
  await chasqui.turns(1);
  expect(repliesIn(slack, dm, thread_ts)).toEqual([WHOLE]);
});

test.each([
  ['chat.postMessage', { applyThenCut: true }],
  ['chat.postMessage', { applyThenStatus: 500 }],
  ['chat.postMessage', { cut: true }],
  ['chat.postMessage', { status: 503 }],
  ['chat.postMessage', { ratelimited: 1 }],
] as const)('a quick answer whose %s ends with %o is there once', async (method, fault) => {
  const { model } = createTestModel(() => ['quick']);
  const { slack, chasqui, ana, dm } = await start({ models: [model], settings: { streaming: false } });
  slack.fault(method, fault);
  const { ts: thread_ts } = slack.say(ana, dm, 'go');
  await chasqui.turns(1);
  expect(repliesIn(slack, dm, thread_ts)).toEqual(['quick']);
});

test.each([
  ['chat.startStream', { applyThenCut: true }],
  ['chat.startStream', { cut: true }],
  ['chat.startStream', { ratelimited: 1 }],
  ['chat.stopStream', { applyThenCut: true }],
  ['chat.stopStream', { cut: true }],
  ['chat.stopStream', { status: 503 }],
] as const)('a streamed answer whose %s ends with %o is there once, with the final text', async (method, fault) => {
  const { gate, model } = twoHalves();
  const { slack, chasqui, ana, dm } = await start({ models: [model] });
  const struck = slack.fault(method, fault);
  const { ts: thread_ts } = slack.say(ana, dm, 'go');
  await slack.waitForCall((call) => call.method === 'chat.startStream');
  gate.open();
  await chasqui.turns(1);
  expect(struck.hits).toBe(1);
  expect(repliesIn(slack, dm, thread_ts)).toEqual([WHOLE]);
  expect(slack.visible(dm, { thread_ts }).every((message) => !message.streaming)).toBe(true);
});

test('a long answer comes in several messages, nothing lost, code fences whole', async () => {
  const code = Array.from({ length: 900 }, (_, n) => `const line${n} = ${n}; // a line of code`).join('\n');
  const text = `Here it is:\n\n\`\`\`ts\n${code}\n\`\`\`\n\nThat was all.`;
  const { model } = createTestModel(() => [text]);
  const { slack, chasqui, ana, dm } = await start({ models: [model] });
  const { ts: thread_ts } = slack.say(ana, dm, 'write a lot');
  await chasqui.turns(1);
  const replies = repliesIn(slack, dm, thread_ts);
  expect(replies.length).toBeGreaterThan(2);
  for (const reply of replies) {
    expect(reply.length).toBeLessThanOrEqual(12_000);
    expect((reply.match(/^```/gm) ?? []).length % 2).toBe(0);
  }
  for (let n = 0; n < 900; n++) expect(replies.some((reply) => reply.includes(`const line${n} = ${n};`))).toBe(true);
});

test('one channel that Slack slows down delays no other', async () => {
  const { model } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { slack, ana, dm, general } = await start({ models: [model], settings: { streaming: false } });
  const slowed = slack.fault(
    'chat.postMessage',
    { ratelimited: 3 },
    { times: 1, when: (args) => args.channel === general },
  );
  slack.say(ana, general, 'slow', { mention: true });
  await slack.waitForCall((call) => call.method === 'chat.postMessage' && !call.ok);
  slack.say(ana, dm, 'quick');
  await slack.waitForMessage(dm, (message) => message.text.includes('quick') && message.user === slack.ids.botUser);
  const inChannel = slack.visible(general, { all: true }).filter((message) => message.user === slack.ids.botUser);
  expect(inChannel).toEqual([]);
  expect(slowed.hits).toBe(1);
  await slack.waitForMessage(general, (message) => message.user === slack.ids.botUser, { timeout: 8_000 });
});

test('a model’s Markdown arrives as Markdown, with a plain text for notifications', async () => {
  const markdown =
    '## Title\n\n- **bold**\n  - nested\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[link](https://example.com)';
  const { model } = createTestModel(() => [markdown]);
  const { slack, chasqui, ana, dm } = await start({ models: [model], settings: { streaming: false } });
  const { ts: thread_ts } = slack.say(ana, dm, 'show me');
  await chasqui.turns(1);
  const [, reply] = slack.visible(dm, { thread_ts });
  expect(reply?.blocks?.[0]).toMatchObject({ type: 'markdown', text: markdown });
  expect(reply?.fallback).not.toContain('**');
});
