/** What was written while nobody listened, and Slack gave up delivering: answered once, within bounds. */
import { afterEach, expect, test } from 'vitest';
import { type BootOptions, type Boots, startSlack } from './bot.ts';

const HOUR_MS = 3_600_000;

let bot: Boots | undefined;
afterEach(async () => {
  await bot?.end();
  bot = undefined;
});

async function start(options?: BootOptions): Promise<Boots> {
  bot = await startSlack(options);
  return bot;
}

test.each(['socket', 'http'] as const)(
  'what was missed is answered once after the next start (%s)',
  async (transport) => {
    const { slack, ana, dm, general, boot, beyondRetries, hears, answers } = await start({ transport });
    const first = await boot();
    const thread = slack.say(ana, general, 'before', { mention: true }).ts;
    const session = slack.say(ana, dm, 'hello').ts;
    await first.turns(2);
    await first.stop();
    await beyondRetries(async () => {
      const missed = [
        slack.say(ana, dm, 'in private'),
        slack.say(ana, dm, 'in the session', { thread_ts: session }),
        slack.say(ana, general, 'by mention', { mention: true }),
        slack.say(ana, general, 'in the thread', { thread_ts: thread }),
        slack.say(ana, general, 'to nobody'),
      ];
      for (const one of missed) expect(await one.delivered).toMatchObject({ outcome: 'given_up' });
    });
    await boot();
    await Promise.all([
      hears(dm, 'in private'),
      hears(dm, 'in the session'),
      hears(general, 'by mention'),
      hears(general, 'in the thread'),
    ]);
    expect(answers(dm)).toHaveLength(3);
    expect(answers(general)).toHaveLength(3);
  },
);

test('what Slack delivers again and catch-up finds too is answered once', async () => {
  const { slack, ana, dm, boot, hears, answers } = await start();
  await (await boot()).stop();
  const missed = slack.say(ana, dm, 'meanwhile');
  const second = await boot();
  slack.retryNow();
  await hears(dm, 'meanwhile');
  expect(await missed.delivered).toMatchObject({ acked: true });
  slack.say(ana, dm, 'next');
  await second.turns(2);
  expect(answers(dm)).toEqual(['re: Ana: meanwhile', 're: Ana: next']);
});

test('what was answered is not answered again, and the first start answers nothing old', async () => {
  const { slack, ana, dm, general, boot, beyondRetries, hears, answers } = await start();
  await beyondRetries(() => slack.say(ana, dm, 'long ago').delivered);
  await beyondRetries(() => slack.say(ana, general, 'long ago', { mention: true }).delivered);
  const first = await boot();
  slack.say(ana, dm, 'once');
  await first.turns(1);
  await first.stop();
  for (const text of ['one', 'two']) {
    await beyondRetries(() => slack.say(ana, general, text, { mention: true }).delivered);
    const next = await boot();
    await hears(general, text);
    await next.stop();
  }
  expect(answers(dm)).toEqual(['re: Ana: once']);
  expect(answers(general)).toEqual(['re: Ana: one', 're: Ana: two']);
});

test('what was edited meanwhile is answered as it now reads; what was deleted is not', async () => {
  const { slack, ana, dm, general, boot, beyondRetries, hears, answers } = await start();
  await (await boot()).stop();
  await beyondRetries(async () => {
    const edited = slack.say(ana, dm, 'teh question');
    const deleted = slack.say(ana, dm, 'a secret');
    const called = slack.say(ana, general, 'hello all');
    await slack.edit(dm, edited.ts, 'the question');
    await slack.remove(dm, deleted.ts);
    await slack.edit(general, called.ts, `<@${slack.ids.botUser}> hello you`);
  });
  await boot();
  await Promise.all([hears(dm, 'the question'), hears(general, 'hello you')]);
  expect(answers(dm)).toEqual(['re: Ana: the question']);
});

test('where the assistant was called in the middle of a thread, what stood above stays unanswered', async () => {
  const { slack, ana, general, boot, beyondRetries, hears, answers } = await start({
    settings: { threadReplies: 'always' },
  });
  const first = await boot();
  const { ts: thread_ts } = slack.say(ana, general, 'a topic');
  await slack.say(ana, general, 'a word', { thread_ts }).delivered;
  slack.say(ana, general, 'what is it?', { thread_ts, mention: true });
  await first.turns(1);
  await first.stop();
  await beyondRetries(() => slack.say(ana, general, 'go on', { thread_ts }).delivered);
  await boot();
  await hears(general, 'go on');
  expect(answers(general)).toEqual([expect.stringContaining('what is it?'), 're: Ana: go on']);
});

test('a call in a thread of others, and a reply in a thread whose beginning is older than the limit', async () => {
  const { slack, ana, ben, general, boot, beyondRetries, hears, heardUntil, answers } = await start({
    slack: { clockAheadMs: -8 * HOUR_MS },
  });
  await heardUntil(Date.now() - 9 * HOUR_MS);
  const first = await boot();
  const { ts: old } = slack.say(ana, general, 'first', { mention: true });
  await first.turns(1);
  slack.settings.clockAheadMs = -2 * HOUR_MS;
  slack.say(ana, general, 'second', { thread_ts: old });
  await first.turns(2);
  const { ts: others } = slack.say(ben, general, 'what is for lunch?');
  await first.stop();
  slack.settings.clockAheadMs = 0;
  await beyondRetries(() => slack.say(ana, general, 'third', { thread_ts: old }).delivered);
  await beyondRetries(() => slack.say(ben, general, 'soup?', { thread_ts: others, mention: true }).delivered);
  await boot();
  await Promise.all([hears(general, 'third'), hears(general, 'soup?')]);
  expect(answers(general)).toHaveLength(4);
});

test('messages that are too old are left alone', async () => {
  const { slack, ana, dm, general, boot, beyondRetries, hears, heardUntil, answers } = await start({
    slack: { clockAheadMs: -8 * HOUR_MS },
  });
  const threads = await beyondRetries(() => [1, 2].map((n) => slack.say(ana, general, `last night, ${n}`).ts));
  await heardUntil(
    Date.now() - 8 * HOUR_MS,
    threads.map((thread) => ({ channel: general, thread })),
  );
  const say = (text: string, thread: string | undefined) =>
    beyondRetries(async () => {
      await slack.say(ana, dm, text).delivered;
      await slack.say(ana, general, text, { mention: true, ...(thread ? { thread_ts: thread } : {}) }).delivered;
    });
  slack.settings.clockAheadMs = -7 * HOUR_MS;
  await say('this morning', threads[0]);
  slack.settings.clockAheadMs = -5 * HOUR_MS;
  await say('at noon', threads[1]);
  await boot();
  await Promise.all([hears(dm, 'at noon'), hears(general, 'at noon')]);
  expect(answers(dm)).toEqual([expect.stringContaining('at noon')]);
  expect(answers(general)).toEqual([expect.stringContaining('at noon')]);
});

test('of too many messages the newest are answered', async () => {
  const { slack, ana, general, boot, beyondRetries, hears, answers } = await start({ catchUp: { maxMessages: 3 } });
  await (await boot()).stop();
  for (let n = 1; n <= 5; n++)
    await beyondRetries(() => slack.say(ana, general, `number ${n}`, { mention: true }).delivered);
  const second = await boot();
  await Promise.all([3, 4, 5].map((n) => hears(general, `number ${n}`)));
  await second.turns(3);
  expect(answers(general)).toHaveLength(3);
  expect(second.lines.some(({ msg }) => String(msg).includes('too many messages'))).toBe(true);
});

test('an event that Slack was still to deliver when all stopped is older than the newest heard, and is answered', async () => {
  const { slack, ana, dm, general, boot, hears } = await start();
  const first = await boot();
  const { events } = slack.settings;
  slack.settings.events = new Set();
  slack.say(ana, dm, 'on its way');
  slack.settings.events = events;
  slack.say(ana, general, 'heard', { mention: true });
  await first.turns(1);
  await first.stop();
  await boot();
  await hears(dm, 'on its way');
});

test('it can be switched off', async () => {
  const { slack, ana, dm, boot, beyondRetries, hears, answers } = await start({ catchUp: { maxAgeMs: 0 } });
  await (await boot()).stop();
  await beyondRetries(() => slack.say(ana, dm, 'meanwhile').delivered);
  await boot();
  slack.say(ana, dm, 'now');
  await hears(dm, 'now');
  expect(answers(dm)).toEqual(['re: Ana: now']);
  expect(slack.calls.filter(({ method }) => method === 'conversations.history')).toEqual([]);
});
