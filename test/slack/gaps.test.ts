/** Gaps in a running process, Slack's limits on what may be read, and several processes: nothing lost, nothing twice. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { type BootOptions, type Boots, startSlack } from './bot.ts';

const HOUR_MS = 3_600_000;

let bot: Boots | undefined;
let redis: TestRedis | undefined;
afterEach(async () => {
  await bot?.end();
  await redis?.close();
  bot = undefined;
  redis = undefined;
});

async function start(options?: BootOptions): Promise<Boots> {
  bot = await startSlack(options);
  return bot;
}

/** No socket is open, and none can be opened, while this happens. */
async function inGap(slack: Boots['slack'], happens: () => Promise<unknown>): Promise<void> {
  slack.refuseConnections();
  slack.socket.drop();
  await slack.waitUntil(() => slack.socket.connections === 0);
  await happens();
  await slack.acceptConnections();
}

test('what is said while no socket is open is answered when one is', async () => {
  const { slack, ana, dm, general, boot, beyondRetries, hears, answers } = await start();
  const { turns } = await boot();
  slack.say(ana, dm, 'before');
  await turns(1);
  await inGap(slack, () =>
    beyondRetries(async () => {
      await slack.say(ana, dm, 'in private').delivered;
      await slack.say(ana, general, 'by mention', { mention: true }).delivered;
    }),
  );
  await Promise.all([hears(dm, 'in private'), hears(general, 'by mention')]);
  expect(answers(dm)).toHaveLength(2);
});

test('one socket that falls while the other stands costs no look into history', async () => {
  const { slack, ana, dm, boot, hears } = await start();
  await boot();
  await slack.waitUntil(() => slack.socket.connections === 2);
  const { opened } = slack.socket;
  slack.socket.disconnect('refresh_requested', { close: true, index: 0 });
  await slack.waitUntil(() => slack.socket.opened > opened);
  slack.say(ana, dm, 'hello');
  await hears(dm, 'hello');
  expect(slack.calls.filter(({ method }) => method === 'conversations.history')).toEqual([]);
});

test('what still waits is answered as edited in the gap, and not at all if deleted in it', async () => {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* (_request, call) {
    if (call === 1) await gate.opened;
    yield `answer ${call}`;
  });
  const { slack, ana, dm, general, boot, beyondRetries, hears, heardUntil } = await start({
    models: [model],
    slack: { clockAheadMs: -120_000 },
  });
  await heardUntil(Date.now() - HOUR_MS);
  const { turns } = await boot();
  const { ts: thread_ts } = slack.say(ana, dm, 'first');
  await calls.until((items) => items.length === 1);
  const edited = slack.say(ana, dm, 'teh question', { thread_ts });
  const deleted = slack.say(ana, dm, 'a secret', { thread_ts });
  await Promise.all([edited.delivered, deleted.delivered]);
  await inGap(slack, () =>
    beyondRetries(async () => {
      await slack.edit(dm, edited.ts, 'the question');
      await slack.remove(dm, deleted.ts);
      slack.settings.clockAheadMs = 0;
      await slack.say(ana, general, 'last of all', { mention: true }).delivered;
    }),
  );
  await hears(general, 'answer 2');
  gate.open();
  await turns(3);
  expect(calls.items[2]?.question).toContain('the question');
  expect(calls.items[2]?.question).not.toContain('a secret');
});

test('what Redis could not take, and Slack gave up, is taken when Redis is back', async () => {
  redis = await startRedis();
  const { slack, ana, dm, boot, beyondRetries, hears, answers } = await start({
    redisUrl: redis.url,
    slack: { ackTimeoutMs: 500 },
  });
  const { turns } = await boot();
  slack.say(ana, dm, 'before');
  await turns(1);
  await redis.kill();
  await beyondRetries(() => slack.say(ana, dm, 'meanwhile').delivered);
  await redis.restart();
  await hears(dm, 'meanwhile', 20_000);
  expect(answers(dm)).toHaveLength(2);
}, 30_000);

test('a history that is rate-limited is waited for', async () => {
  const { slack, ana, dm, general, boot, beyondRetries, hears } = await start();
  await (await boot()).stop();
  await beyondRetries(() => slack.say(ana, dm, 'in private').delivered);
  await beyondRetries(() => slack.say(ana, general, 'by mention', { mention: true }).delivered);
  const limited = slack.fault('conversations.history', { ratelimited: 1 }, { times: 2 });
  const lost = slack.fault('users.conversations', { cut: true });
  await boot();
  await Promise.all([hears(dm, 'in private', 15_000), hears(general, 'by mention', 15_000)]);
  expect([limited.hits, lost.hits]).toEqual([2, 1]);
}, 20_000);

test('stopping does not wait for Slack’s patience, and the next start goes on', async () => {
  const { slack, ana, dm, boot, beyondRetries, hears } = await start();
  await (await boot()).stop();
  await beyondRetries(() => slack.say(ana, dm, 'meanwhile').delivered);
  slack.fault('conversations.history', { ratelimited: 600 });
  const second = await boot();
  await slack.waitForCall(({ method, ok }) => method === 'conversations.history' && !ok);
  await second.stop();
  await boot();
  await hears(dm, 'meanwhile');
});

test('an app that may read little reads little: the newest of the places where it is talked to', async () => {
  const { slack, ana, ben, dm, general, boot, beyondRetries, hears, answers } = await start({
    slack: { historyTier: 'commercial' },
  });
  const first = await boot();
  slack.say(ana, general, 'before', { mention: true });
  await first.turns(1);
  await first.stop();
  for (let n = 0; n < 15; n++) slack.addChannel({ name: `room-${n}` });
  const people = [ana, ben, slack.addUser({ name: 'cem' }).id, slack.addUser({ name: 'dua' }).id];
  for (const person of people) slack.general.members.add(person);
  await beyondRetries(async () => {
    for (let n = 0; n < 20; n++)
      await slack.say(people[n % 4] as string, general, `number ${n}.`, { mention: true }).delivered;
  });
  const second = await boot();
  await second.turns(15);
  await Promise.all([hears(general, 'number 5.'), hears(general, 'number 19.')]);
  expect(answers(general)).toHaveLength(16);
  slack.say(ana, dm, 'next');
  await second.turns(16);
  const reads = slack.calls.filter(({ method }) => /^conversations\.(history|replies)$/.test(method));
  expect(reads.filter(({ args }) => !args.include_all_metadata).length).toBeLessThanOrEqual(10);
  expect(second.lines.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('little history'));
});

test('without the scopes to list channels, the places where it was talked to are caught up', async () => {
  const { slack, ana, dm, general, boot, beyondRetries, hears, answers } = await start();
  slack.settings.scopes = slack.settings.scopes.filter((scope) => !/^(channels|groups|im|mpim):read$/.test(scope));
  const first = await boot();
  slack.say(ana, dm, 'before');
  await first.turns(1);
  await first.stop();
  await beyondRetries(() => slack.say(ana, general, 'unknown place', { mention: true }).delivered);
  await beyondRetries(() => slack.say(ana, dm, 'known place').delivered);
  const second = await boot();
  await hears(dm, 'known place');
  expect(second.lines.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('missing_scope'));
  expect(answers(general)).toEqual([]);
});

test('channels that the bot was removed from stand in nobody’s way', async () => {
  const { slack, ana, dm, boot, beyondRetries, hears } = await start();
  const rooms = ['one', 'two', 'three'].map((name) => slack.addChannel({ name }));
  const first = await boot();
  slack.say(ana, dm, 'before');
  await first.turns(1);
  for (const { id } of rooms) slack.say(ana, id, 'hello', { mention: true });
  await first.turns(4);
  await first.stop();
  for (const room of rooms) room.members.delete(slack.ids.botUser);
  await beyondRetries(() => slack.say(ana, dm, 'meanwhile').delivered);
  await boot();
  await hears(dm, 'meanwhile');
});

test('of two processes that come back, one asks Slack, and each message is answered once', async () => {
  const { slack, ana, dm, general, boot, beyondRetries, hears, answers } = await start({ paced: true });
  const first = await boot();
  slack.say(ana, dm, 'before');
  await first.turns(1);
  await first.stop();
  await beyondRetries(() => slack.say(ana, dm, 'in private').delivered);
  await beyondRetries(() => slack.say(ana, general, 'by mention', { mention: true }).delivered);
  await Promise.all([boot(), boot()]);
  await Promise.all([hears(dm, 'in private'), hears(general, 'by mention')]);
  slack.say(ana, dm, 'next');
  await hears(dm, 'next');
  expect(answers(dm)).toHaveLength(3);
  expect(answers(general)).toHaveLength(1);
  expect(slack.calls.filter(({ method }) => method === 'users.conversations')).toHaveLength(1);
});
