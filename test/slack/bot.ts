import { createSlackAdapter } from '../../adapters/slack/index.ts';
import { startChasqui } from '../../src/app/start.ts';
import type { Model } from '../../src/models/model.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { createLimits, createStore, noLimits } from '../../src/redis/limits.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/index.ts';
import type { SlackDoubleOptions } from '../doubles/slack/types.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { sharedRedis } from '../support/redis.ts';
import { parrot } from '../support/slack.ts';

export interface BootOptions {
  models?: Model[];
  transport?: 'socket' | 'http';
  slack?: SlackDoubleOptions;
  settings?: { threadReplies?: 'alone' | 'always' };
  redisUrl?: string;
  catchUp?: { maxAgeMs?: number; maxMessages?: number };
  accessLists?: { allow: string[]; deny: string[] };
  /** Our own pacing by Slack's published limits; false: none. */
  paced?: boolean;
}

export type Boots = Awaited<ReturnType<typeof startSlack>>;

/** A Slack, and a Chasqui on it that can be stopped and started again with what Redis remembers. */
export async function startSlack(options: BootOptions = {}) {
  const slack = await startSlackDouble(options.slack);
  const shared = sharedRedis();
  const redisUrl = options.redisUrl ?? shared.url;
  const { prefix } = shared;
  const running = new Set<Awaited<ReturnType<typeof boot>>>();
  const transport = options.transport ?? 'socket';

  async function boot(change: Partial<BootOptions> = {}) {
    const { models = [parrot()], catchUp, paced, settings, accessLists } = { ...options, ...change };
    const { log, lines, turns } = captureLog();
    const config = testConfig({
      prefix,
      roles: ['worker'],
      env: {
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: slack.botToken,
        ...(transport === 'socket'
          ? { SLACK_APP_TOKEN: slack.appToken }
          : { SLACK_SIGNING_SECRET: slack.signingSecret }),
      },
      sections: {
        web: { enabled: false },
        slack: { surface: slack.settings.surface, thread_replies: settings?.threadReplies ?? 'alone' },
      },
    });
    const redis = connectRedis({ url: redisUrl, log, kind: 'ask', name: 'slack' });
    const adapter = createSlackAdapter({
      config,
      log,
      limits: paced ? createLimits(redis, `${prefix}:slack`) : noLimits,
      store: createStore(redis, prefix, 'slack'),
      maxReplyMessages: 8,
      onPlatformError() {},
      modelLabel: 'Test Model',
      ...(catchUp ? { catchUp } : {}),
      ...(accessLists ? { accessLists: () => accessLists } : {}),
    });
    const { SLACK_BOT_TOKEN: _, ...env } = config.env;
    const chasqui = await startChasqui({
      config: { ...config, env },
      redisUrl,
      models,
      log,
      extra: [adapter],
    });
    if (transport === 'http') await slack.deliverTo({ url: `${chasqui.address}/slack/events` });
    const one = {
      chasqui,
      adapter,
      lines,
      turns,
      async stop() {
        running.delete(one);
        await chasqui.stop();
        redis.disconnect();
      },
    };
    running.add(one);
    return one;
  }

  return {
    slack,
    ana: slack.ana.id,
    ben: slack.ben.id,
    general: slack.general.id,
    dm: slack.dm(slack.ana.id).id,
    boot,
    /** What the bot says in a channel, threads and all, in order. */
    answers: (channel: string) => answersIn(slack, channel),
    /** The first answer that contains this. */
    hears: (channel: string, text: string, timeout = 10_000) =>
      slack.waitForMessage(
        channel,
        (message) => message.user === slack.ids.botUser && !message.streaming && message.text.includes(text),
        { timeout },
      ),
    /** What is raised meanwhile is tried once; then Slack has given it up. */
    async beyondRetries<T>(happens: () => T | Promise<T>): Promise<T> {
      const { retryDelaysMs } = slack.settings;
      slack.settings.retryDelaysMs = [];
      try {
        return await happens();
      } finally {
        slack.settings.retryDelaysMs = retryDelaysMs;
      }
    },
    /** As if an earlier process had run and heard everything until this time (ms), and had talked in these threads. */
    async heardUntil(until: number, threads: { channel: string; thread: string }[] = []): Promise<void> {
      const redis = connectRedis({ url: redisUrl, log: captureLog().log, kind: 'ask', name: 'slack' });
      const spots = threads.map((spot) => ({ ...spot, first: spot.thread, taken: [spot.thread] }));
      const saved = JSON.stringify({ v: 1, begun: 0, until, spots });
      await createStore(redis, prefix, 'slack').set(`catch-up:${slack.ids.team}`, saved, 3_600);
      redis.disconnect();
    },
    async end() {
      await Promise.all([...running].map((one) => one.stop()));
      await slack.close();
    },
  };
}

function answersIn(slack: SlackDouble, channel: string): string[] {
  return slack
    .visible(channel, { all: true })
    .filter((message) => message.user === slack.ids.botUser && !message.deleted)
    .map((message) => message.text);
}
