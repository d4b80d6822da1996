/** Slack refuses the form of an answer, or asks to wait: nothing is lost, and Slack is not asked again before. */
import { afterEach, expect, test } from 'vitest';
import { plainPieces } from '../../adapters/slack/render/plain.ts';
import { toAddress } from '../../adapters/slack/route.ts';
import type { Draft } from '../../src/contract/index.ts';
import { createTestModel } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { repliesIn, type SlackBot, type SlackBotOptions, startSlackBot } from '../support/slack.ts';
import { type BootOptions, type Boots, startSlack } from './bot.ts';

let bot: SlackBot | undefined;
let boots: Boots | undefined;
afterEach(async () => {
  await bot?.stop();
  await boots?.end();
  bot = undefined;
  boots = undefined;
});

const ALWAYS = { times: Number.POSITIVE_INFINITY };
const TABLES = '**Two tables**\n\n| a | |\n|---|---|\n| 1 < 2 | |\n\nand\n\n| b |\n|---|\n| 3 |';

async function start(options?: SlackBotOptions) {
  bot = await startSlackBot(options);
  const { slack, chasqui } = bot;
  const ana = slack.ana.id;
  return { slack, chasqui, ana, dm: slack.dm(ana).id };
}

test('an answer whose blocks Slack refuses is posted as text, its tables as code', async () => {
  const { model } = createTestModel(() => [TABLES]);
  const { slack, chasqui, ana, dm } = await start({ models: [model], settings: { streaming: false } });
  const { ts: thread_ts } = slack.say(ana, dm, 'go');
  await chasqui.turns(1);
  const [, reply] = slack.visible(dm, { thread_ts });
  expect(reply?.blocks).toBeUndefined();
  expect(reply?.text).toBe(
    'Two tables\n\n```\n| a | |\n|---|---|\n| 1 &lt; 2 | |\n```\n\nand\n\n```\n| b |\n|---|\n| 3 |\n```',
  );
  expect(slack.calls.filter(({ error }) => error === 'invalid_blocks')).toHaveLength(1);
  expect(await chasqui.deadLetters.list()).toEqual([]);
});

const WHOLE = 'The first sentence of the answer. The second one, after a while.';

test.each([
  ['chat.postMessage', 'invalid_blocks'],
  ['chat.postMessage', 'msg_blocks_too_long'],
  ['chat.stopStream', 'invalid_blocks_format'],
  ['chat.stopStream', 'msg_too_long'],
  ['chat.update', 'msg_blocks_too_long'],
] as const)(
  'where %s ends with %s for what has blocks or Markdown, the answer is there, once',
  async (method, error) => {
    const gate = createGate();
    const { model } = createTestModel(async function* () {
      yield 'The first sentence of the answer. ';
      await gate.opened;
      yield 'The second one, after a while.';
    });
    const { slack, chasqui, ana, dm } = await start({
      models: [model],
      settings: { streaming: method !== 'chat.postMessage' },
    });
    const refused = slack.fault(
      method,
      { error },
      { ...ALWAYS, when: ({ blocks, markdown_text }) => Boolean(markdown_text) || String(blocks ?? '[]') !== '[]' },
    );
    const { ts: thread_ts } = slack.say(ana, dm, 'go');
    if (method === 'chat.postMessage') gate.open();
    else await slack.waitForMessage(dm, (message) => message.streaming);
    // Then Slack closes the stream, and what is missing is brought by an edit.
    if (method === 'chat.update') slack.expireStreams();
    gate.open();
    await chasqui.turns(1);
    expect(refused.hits).toBeGreaterThan(0);
    expect(repliesIn(slack, dm, thread_ts)).toEqual([WHOLE]);
    expect(slack.visible(dm, { thread_ts }).every((message) => !message.streaming)).toBe(true);
  },
);

test('an answer that may not be edited any more is posted anew', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    yield 'The first sentence of the answer. ';
    await gate.opened;
    yield 'The second one, after a while.';
  });
  const { slack, chasqui, ana, dm } = await start({ models: [model], slack: { editWindowMs: -1 } });
  const { ts: thread_ts } = slack.say(ana, dm, 'go');
  await slack.waitForMessage(dm, (message) => message.streaming);
  slack.expireStreams();
  gate.open();
  await chasqui.turns(1);
  expect(repliesIn(slack, dm, thread_ts).at(-1)).toBe(WHOLE);
});

test('a plain answer of any length is whole, in messages that Slack takes', () => {
  const paragraph = `${'word & <tag> '.repeat(400)}end.`;
  const code = ['```ts', ...Array.from({ length: 300 }, (_, n) => `if (a < ${n}) {}`), '```'].join('\n');
  const short = plainPieces(`# Title\n\n${paragraph}\n\n- one\n  - two\n\n${code}`);
  for (const { text, markdown } of short) {
    expect(text.length).toBeLessThanOrEqual(4_000);
    expect([markdown, (text.match(/^```/gm) ?? []).length % 2]).toEqual(['', 0]);
  }
  const all = short.map(({ text }) => text).join('\n');
  expect(all.match(/&lt;tag&gt;/g)).toHaveLength(400);
  for (let n = 0; n < 300; n++) expect(all).toContain(`if (a &lt; ${n}) {}`);
  const long = plainPieces(Array.from({ length: 2_000 }, (_, n) => `Line ${n} of a long answer.`).join('\n\n'));
  expect(long.length).toBeLessThanOrEqual(8);
  for (const { text } of long) expect(text.length).toBeLessThanOrEqual(40_000);
  expect(
    long
      .map(({ text }) => text)
      .join('\n')
      .match(/^Line/gm),
  ).toHaveLength(2_000);
  expect(plainPieces(' \n')).toEqual([]);
  expect(plainPieces('hi <!channel> <@U1>')[0]?.text).not.toMatch(/<[!@]/);
});

async function startSender(options?: BootOptions) {
  boots = await startSlack(options);
  const { slack, ana, general } = boots;
  const { adapter } = await boots.boot();
  const { ts: asked } = slack.say(ana, general, 'hello all');
  const to = toAddress({ team: slack.ids.team, channel: general, thread: asked, user: ana, asked });
  const sender = adapter.sender();
  return { slack, general, asked, sender, draft: await sender.begin(to, 'turn-1') };
}

const answered = { markdown: 'Whole.', outcome: 'answered' as const, model: 'm' };
const count = (slack: SlackBot['slack'], method: string) => slack.calls.filter((call) => call.method === method).length;

test('an append that Slack refuses costs nothing of the answer', async () => {
  const { slack, general, sender, draft } = await startSender();
  const begun = await sender.update(draft, 'One. ');
  slack.fault('chat.appendStream', { error: 'invalid_blocks' }, ALWAYS);
  await expect(sender.update(begun, 'One. Two. ')).rejects.toMatchObject({ kind: 'invalid', code: 'invalid_blocks' });
  await sender.finish(begun, { ...answered, markdown: 'One. Two. Three.', plain: true });
  expect(boots?.answers(general)).toEqual(['One. Two. Three.']);
  expect(slack.visible(general, { all: true }).every((message) => !message.streaming)).toBe(true);
  await sender.close();
});

test.each([40, 90_000])(
  'a wait of %i s is passed on whole, and Slack is not asked before it is over',
  async (seconds) => {
    const { slack, sender, draft } = await startSender();
    slack.fault('chat.postMessage', { ratelimited: seconds });
    const limited = { kind: 'rate-limited', retryAfterMs: seconds * 1_000 };
    await expect(sender.finish(draft, answered)).rejects.toMatchObject(limited);
    const again = await sender.finish(draft, answered).catch((error) => error);
    expect(again).toMatchObject({ kind: 'rate-limited' });
    expect(again.retryAfterMs).toBeGreaterThan((seconds - 20) * 1_000);
    expect(count(slack, 'chat.postMessage')).toBe(1);
    slack.fault('chat.startStream', { ratelimited: seconds });
    let shown: Draft = draft;
    for (const text of ['One. ', 'One. Two. ', 'One. Two. Three. ']) shown = await sender.update(shown, text);
    expect(count(slack, 'chat.startStream')).toBe(1);
    await sender.close();
  },
);

test.each(['agent', 'assistant', 'plain'] as const)(
  'a long wait can be seen, and no more when the answer is there (%s)',
  async (surface) => {
    const { slack, sender, draft, general, asked } = await startSender({ slack: { surface } });
    await sender.showWaiting?.(draft, 40_000);
    if (surface === 'agent') expect(slack.session(general, asked)?.status).toBe('processing');
    else expect(slack.threadStatus(general, asked)).toContain('waits for Slack');
    await sender.finish(draft, answered);
    if (surface === 'agent') expect(slack.session(general, asked)?.status).toBe('active');
    expect(slack.threadStatus(general, asked)).toBeUndefined();
    slack.fault('*', { error: 'internal_error' }, ALWAYS);
    await sender.showWaiting?.(draft, 40_000);
    await sender.close();
  },
);
