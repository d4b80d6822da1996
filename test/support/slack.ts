import type { Model } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/index.ts';
import type { SlackDoubleOptions } from '../doubles/slack/types.ts';
import { startTestChasqui, type TestChasqui } from './chasqui.ts';

export interface SlackBot {
  slack: SlackDouble;
  chasqui: TestChasqui;
  stop(): Promise<void>;
}

export interface SlackBotOptions {
  models?: Model[];
  transport?: 'socket' | 'http';
  slack?: SlackDoubleOptions;
  settings?: Partial<TestChasqui['config']['slack']>;
  redisUrl?: string;
  sections?: Parameters<typeof startTestChasqui>[0]['sections'];
  env?: Parameters<typeof startTestChasqui>[0]['env'];
}

/** Answers with what it was asked: `re: <the last line of the prompt>`. */
export const parrot = (): Model => createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]).model;

/** A whole Chasqui in this process, connected to a Slack double. */
export async function startSlackBot(options: SlackBotOptions = {}): Promise<SlackBot> {
  const slack = await startSlackDouble(options.slack);
  const transport = options.transport ?? 'socket';
  const chasqui = await startTestChasqui({
    models: options.models ?? [parrot()],
    ...(options.redisUrl ? { redisUrl: options.redisUrl } : {}),
    roles: ['slack', 'worker'],
    env: {
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      ...(transport === 'socket' ? { SLACK_APP_TOKEN: slack.appToken } : { SLACK_SIGNING_SECRET: slack.signingSecret }),
      PLATFORM_LIMITS: options.slack?.limits === 'on' ? 'on' : 'off',
      ...options.env,
    },
    sections: {
      ...options.sections,
      slack: {
        thread_replies: 'alone',
        streaming: true,
        surface: options.slack?.surface ?? 'agent',
        feedback_buttons: true,
        ...options.settings,
      },
    },
  });
  if (transport === 'http') await slack.deliverTo({ url: `${chasqui.address}/slack/events` });
  return {
    slack,
    chasqui,
    async stop() {
      await chasqui.stop();
      await slack.close();
    },
  };
}

/** The texts that somebody sees in a thread, the root left out. */
export function repliesIn(slack: SlackDouble, channel: string, thread_ts: string): string[] {
  return slack
    .visible(channel, { thread_ts })
    .filter((message) => message.ts !== thread_ts && message.user === slack.ids.botUser)
    .map((message) => message.text);
}
