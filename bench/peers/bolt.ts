/**
 * The yardstick: the bot that Bolt's own documentation leads to. It asks the model and says the answer in the thread, or
 * streams it there by Bolt's `sayStream`. Nothing is stored: a message that is under way when it dies is lost, nothing is
 * remembered, and an event that comes twice is answered twice.
 */
import { App, LogLevel } from '@slack/bolt';
import { askStreamed, askWhole, streamed } from './model.ts';

const { SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL, PORT } = process.env;

const app = new App({
  token: SLACK_BOT_TOKEN,
  signingSecret: SLACK_SIGNING_SECRET,
  logLevel: LogLevel.WARN,
  clientOptions: { slackApiUrl: `${SLACK_API_URL}/` },
});

app.message(async ({ message, say, sayStream }) => {
  if (message.subtype !== undefined) return;
  const question = message.text ?? '';
  if (!streamed) {
    await say({ text: await askWhole(question), thread_ts: message.thread_ts ?? message.ts });
    return;
  }
  const stream = sayStream();
  for await (const piece of askStreamed(question)) await stream.append({ markdown_text: piece });
  await stream.stop();
});

await app.start({ port: Number(PORT), host: '127.0.0.1' });

process.on('SIGTERM', () => process.exit(0));
