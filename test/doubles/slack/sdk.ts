/** The real SDKs, set up against a double: quiet, without their own retries. For the double's own tests. */
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { SlackDouble } from './index.ts';

const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** A WebClient with the bot's token (or the one given). */
export function webClient(slack: SlackDouble, token: string = slack.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: `${slack.apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: quiet,
  });
}

/** What Slack said no with: the error code of a refused call; fails when the call went through. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const data = (error as { data?: { error?: string } }).data;
    if (data?.error) return data.error;
    throw error;
  }
  throw new Error('the call went through');
}

/** A Bolt app in Socket Mode. */
export function socketApp(slack: SlackDouble): App {
  return new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logger: quiet,
    clientOptions: { slackApiUrl: `${slack.apiUrl}/` },
  });
}

/** A Bolt app behind signed HTTP, on a free port; events go there. */
export async function httpApp(slack: SlackDouble): Promise<{ app: App; url: string; stop(): Promise<unknown> }> {
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logger: quiet });
  const app = new App({
    token: slack.botToken,
    receiver,
    logger: quiet,
    clientOptions: { slackApiUrl: `${slack.apiUrl}/` },
  });
  const server = await receiver.start({ port: 0, host: '127.0.0.1' });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/slack/events`;
  await slack.deliverTo({ url });
  return { app, url, stop: () => receiver.stop() };
}
