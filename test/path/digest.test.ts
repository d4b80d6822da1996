/** The digest: in the right hour, once, with what happened; on the real platforms' doubles. */
import { expect, onTestFinished, test } from 'vitest';
import type { Sender } from '../../src/contract/index.ts';
import { createDeadLetters } from '../../src/dead-letters/dead-letters.ts';
import { createDigest, type DigestSettings } from '../../workers/digest.ts';
import { openFigures } from '../analytics/figures.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startSlack } from '../slack/bot.ts';
import { captureLog } from '../support/config.ts';

function setUp(change: Partial<DigestSettings>, senders: Map<string, Sender>) {
  const figures = openFigures();
  const { redis, prefix } = figures;
  const { log, lines } = captureLog();
  let at = 0;
  const deadLetters = createDeadLetters({ redis, prefix, keepMs: 1e9, most: 10 });
  const settings: DigestSettings = {
    ...{ every: 'day', hour: 8, to: 'slack:C1', assistant: 'Chasqui', monthUsd: 50, prefix },
    ...change,
  };
  const chore = createDigest({ redis, senders, deadLetters, settings, log, now: () => at });
  return {
    figures,
    lines,
    async at(time: string): Promise<void> {
      at = Date.parse(`${time}Z`);
      await chore();
    },
  };
}

async function slackChannel() {
  const bot = await startSlack();
  onTestFinished(() => bot.end());
  const { adapter } = await bot.boot();
  const sender = adapter.sender();
  onTestFinished(() => sender.close());
  return { senders: new Map([['slack', sender]]), to: `slack:${bot.general}`, said: () => bot.answers(bot.general) };
}

test('each day at its hour, in a channel of Slack, and once', async () => {
  const { senders, to, said } = await slackChannel();
  const digest = setUp({ to }, senders);
  const { figures } = digest;
  figures.travelTo('2026-09-07');
  await figures.answered(['ana', 'ben'], { model: 'm', inputTokens: 900, outputTokens: 60, usd: 0.25, waitingMs: 400 });
  await figures.answered(['ana'], { outcome: 'failed' });
  figures.analytics.record({ type: 'feedback', at: figures.now(), platform: 'test', good: true });
  await figures.analytics.flush();

  await digest.at('2026-09-08T07:59:00');
  expect(said()).toEqual([]);
  for (const minute of ['00', '02', '30']) await digest.at(`2026-09-08T08:${minute}:00`);
  const [text, ...more] = said();
  expect(more).toEqual([]);
  expect(text).toContain('Chasqui: 2026-09-07');
  expect(text).toContain('2 wrote, 2 of them for the first time');
  expect(text).toContain('2 answers to 3 messages');
  expect(text).toContain('1 of 3 turns');
  expect(text).toContain('$0.50 for 1,800 tokens read and 120 written');
  expect(text).toContain("$49.50 of this month's $50.00 are left");
  await digest.at('2026-09-09T08:00:00');
  expect(said()).toHaveLength(2);
});

test('one whose process died after the post, before it was noted, is not posted a second time', async () => {
  const { senders, to, said } = await slackChannel();
  const digest = setUp({ to }, senders);
  await digest.at('2026-09-08T08:00:00');
  await digest.figures.redis.del(`${digest.figures.prefix}:{ops}:digest`);
  await digest.at('2026-09-08T08:05:00');
  expect(said()).toHaveLength(1);
});

test('each week on Monday, over the week before; one that is too late is left out', async () => {
  const { senders, to, said } = await slackChannel();
  const digest = setUp({ to, every: 'week' }, senders);
  // A Wednesday: the week's hour was on Monday.
  await digest.at('2026-09-09T09:00:00');
  expect(said()).toEqual([]);
  await digest.at('2026-09-14T08:01:00');
  await digest.at('2026-09-15T08:01:00');
  expect(said()).toHaveLength(1);
  expect(said()[0]).toContain('2026-09-07 to 2026-09-13');
});

test('a place that there is not is told in the log, and hurts nobody', async () => {
  const platform = createTestPlatform();
  const digest = setUp({ to: 'test:room' }, new Map([['test', platform.adapter.sender()]]));
  await digest.at('2026-09-08T08:00:00');
  expect(digest.lines.map(({ msg }) => msg)).toContain(
    'ops.digest_to names a platform that is off, or that has no channels',
  );
});
