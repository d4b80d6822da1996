/** What stands in a thread, is for us and never came as an event: `enrich` finds it, exactly as ingest would have had it. */
import { afterEach, expect, test } from 'vitest';
import { normalize, type SlackMessage } from '../../adapters/slack/receive/normalize.ts';
import type { InboundMessage } from '../../src/contract/index.ts';
import { type BootOptions, type Boots, startSlack } from './bot.ts';

let bot: Boots | undefined;
afterEach(async () => {
  await bot?.end();
  bot = undefined;
});

/** A Slack whose people write while the app takes no events, and the sender of a worker. */
async function start(options?: BootOptions) {
  bot = await startSlack(options);
  const { slack, boot } = bot;
  const sender = (await boot()).adapter.sender();
  slack.settings.retryDelaysMs = [];
  await slack.deliverTo({ url: 'http://127.0.0.1:9/nobody', verify: false });
  const me = { teamId: slack.ids.team, userId: slack.ids.botUser, botId: slack.ids.bot, name: 'chasqui', scopes: [] };
  /** The message as its event, which Slack could not deliver, would have been stored. */
  const asEvent = async (said: { ts: string; delivered: Promise<unknown> }): Promise<InboundMessage> => {
    await said.delivered;
    const sent = slack.sent.find(({ event }) => event.ts === said.ts)?.event as SlackMessage;
    const settings = { surface: slack.settings.surface, threadReplies: 'alone', answerBots: false } as const;
    const result = normalize(sent, me, settings);
    if (result.kind !== 'message') throw new Error(`not for us: ${JSON.stringify(result)}`);
    return result.message;
  };
  const enrich = async (...turn: Parameters<typeof asEvent>[0][]) =>
    sender.enrich(await Promise.all(turn.map(asEvent)), { first: true });
  return { ...bot, sender, asEvent, enrich };
}

test('the first message of a direct thread, and all others before the turn’s, are missed, with their files', async () => {
  const { slack, ana, dm, asEvent, enrich } = await start();
  const m1 = slack.say(ana, dm, 'one', { files: [{ name: 'a.txt', mimetype: 'text/plain', content: 'x' }] });
  const m2 = slack.say(ana, dm, 'two <b>', { thread_ts: m1.ts });
  const m3 = slack.say(ana, dm, 'three', { thread_ts: m1.ts });
  const m4 = slack.say(ana, dm, 'four', { thread_ts: m1.ts });
  const { messages, missed, earlier } = await enrich(m4);
  expect(messages.map(({ text }) => text)).toEqual(['four']);
  expect(missed).toEqual([await asEvent(m1), await asEvent(m2), await asEvent(m3)]);
  expect(earlier).toEqual([]);
  // Delivered again after the turn was taken: it is in the turn, whatever its place there.
  expect((await enrich(m4, m1)).missed?.map(({ id }) => id)).toEqual([m2.ts, m3.ts]);
  expect((await enrich(m2, m3)).missed?.map(({ id }) => id)).toEqual([m1.ts]);
  expect((await enrich(m1)).missed).toBeUndefined();
});

test('in a channel only mentions are; what others said is earlier talk, and bots are not answered', async () => {
  const { slack, ana, ben, general, asEvent, enrich } = await start();
  const root = slack.say(ben, general, 'The printer is on fire');
  const call = slack.say(ben, general, 'help us', { thread_ts: root.ts, mention: true });
  slack.say(ana, general, 'any water?', { thread_ts: root.ts });
  const wire = { bot_id: 'B9', user: undefined, subtype: 'bot_message', username: 'Alarm' };
  slack.say(ben, general, 'smoke', { thread_ts: root.ts, mention: true, wire });
  const now = slack.say(ana, general, 'and now?', { thread_ts: root.ts, mention: true });
  const { missed, earlier } = await enrich(now);
  expect(missed).toEqual([await asEvent(call)]);
  expect(earlier.map(({ author, text }) => `${author.name}: ${text}`)).toEqual([
    'Ben: The printer is on fire',
    'Ana: any water?',
    `Alarm: @chasqui smoke`,
  ]);
});

test('what an answer of ours stands under is never missed; a note of ours is no answer', async () => {
  const { slack, ana, dm, sender, asEvent, enrich } = await start();
  const m1 = slack.say(ana, dm, 'one');
  const { to } = await asEvent(m1);
  await sender.finish(await sender.begin(to, 'turn-1'), { markdown: 'Answer.', outcome: 'answered', model: 'm' });
  const m2 = slack.say(ana, dm, 'two', { thread_ts: m1.ts });
  const m3 = slack.say(ana, dm, 'three', { thread_ts: m1.ts });
  const { missed, earlier } = await enrich(m3);
  expect(missed?.map(({ id }) => id)).toEqual([m2.ts]);
  expect(earlier.map(({ text }) => text)).toEqual(['one']);
});

test('what is older than six hours is not missed any more', async () => {
  const { slack, ana, dm, enrich } = await start({ slack: { clockAheadMs: -7 * 3_600_000 } });
  const m1 = slack.say(ana, dm, 'long ago');
  slack.settings.clockAheadMs = 0;
  const m2 = slack.say(ana, dm, 'now', { thread_ts: m1.ts });
  const { missed, earlier } = await enrich(m2);
  expect([missed, earlier.map(({ text }) => text)]).toEqual([undefined, ['long ago']]);
});
