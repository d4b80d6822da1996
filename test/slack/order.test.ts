/** After a gap a conversation goes on where it stopped: what was missed comes before what is delivered now. */
import { afterEach, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { type BootOptions, type Boots, startSlack } from './bot.ts';

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

const ALWAYS = { times: Number.POSITIVE_INFINITY };

test('a reply waits for the ones that were missed before it, also when the answer of Slack is lost once', async () => {
  const { slack, ana, dm, boot, beyondRetries, hears, answers } = await start();
  const first = await boot();
  const { ts: thread_ts } = slack.say(ana, dm, 'one');
  await first.turns(1);
  await first.stop();
  await beyondRetries(() => slack.say(ana, dm, 'two', { thread_ts }).delivered);
  // The look through all channels does not get far.
  slack.fault('users.conversations', { ratelimited: 600 }, ALWAYS);
  slack.fault('conversations.history', { ratelimited: 600 }, ALWAYS);
  const lost = slack.fault('conversations.replies', { cut: true });
  await boot();
  slack.say(ana, dm, 'three', { thread_ts });
  await hears(dm, 'three');
  expect(lost.hits).toBe(1);
  expect(answers(dm).join(' ')).toMatch(/one[\s\S]*two[\s\S]*three/);
});

test('a thread whose first message was missed begins with it; others do not wait for that', async () => {
  const { slack, ana, ben, dm, general, boot, beyondRetries, hears, answers } = await start();
  const first = await boot();
  const { ts: other } = slack.say(ben, general, 'topic', { mention: true });
  await first.turns(1);
  await first.stop();
  const missed = await beyondRetries(() => slack.say(ana, dm, 'one'));
  await missed.delivered;
  slack.fault('users.conversations', { ratelimited: 600 }, ALWAYS);
  slack.fault('conversations.history', { ratelimited: 600 }, ALWAYS);
  const held = slack.fault('conversations.replies', { ratelimited: 2 }, { when: ({ ts }) => ts === missed.ts });
  await boot();
  slack.say(ana, dm, 'two', { thread_ts: missed.ts });
  await slack.waitForCall(({ method, ok }) => method === 'conversations.replies' && !ok);
  slack.say(ben, general, 'go on', { thread_ts: other });
  slack.say(ana, dm, 'something else');
  await Promise.all([hears(general, 'go on'), hears(dm, 'something else')]);
  expect(answers(dm).join(' ')).not.toContain('two');
  await hears(dm, 'two');
  expect(held.hits).toBe(1);
  expect(answers(dm).join(' ')).toMatch(/one[\s\S]*two/);
});

test('what could not be stored is stored before the next message of its conversation', async () => {
  redis = await startRedis();
  const { slack, ana, dm, boot, hears, answers } = await start({
    redisUrl: redis.url,
    slack: { ackTimeoutMs: 500, retryDelaysMs: [] },
  });
  const { turns } = await boot();
  const { ts: thread_ts } = slack.say(ana, dm, 'one');
  await turns(1);
  await redis.kill();
  await slack.say(ana, dm, 'two', { thread_ts }).delivered;
  await redis.restart();
  slack.settings.retryDelaysMs = [100, 100, 100, 100, 100, 100, 100, 100];
  slack.say(ana, dm, 'three', { thread_ts });
  await hears(dm, 'three', 20_000);
  expect(answers(dm).join(' ')).toMatch(/one[\s\S]*two[\s\S]*three/);
}, 30_000);

test('a reply that is shown in the channel too is taken in the order of its thread', async () => {
  const { slack, ana, general, boot, beyondRetries, hears, answers } = await start();
  const first = await boot();
  const { ts: thread_ts } = slack.say(ana, general, 'one', { mention: true });
  await first.turns(1);
  await first.stop();
  await beyondRetries(async () => {
    await slack.say(ana, general, 'two', { thread_ts }).delivered;
    await slack.say(ana, general, 'three', { thread_ts, broadcast: true }).delivered;
  });
  await boot();
  await hears(general, 'three');
  expect(answers(general).join(' ')).toMatch(/one[\s\S]*two[\s\S]*three/);
});
