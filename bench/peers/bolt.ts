/**
 * The yardstick: the bot that Bolt's own documentation leads to. It asks the model by a plain `fetch`, waits for the
 * whole answer and says it in the thread. Nothing is stored: a message that is under way when it dies is lost, nothing is
 * remembered, and an event that comes twice is answered twice.
 */
import { App, LogLevel } from '@slack/bolt';

const { SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL, OPENAI_BASE_URL, MODEL_ID, PORT } = process.env;

const app = new App({
  token: SLACK_BOT_TOKEN,
  signingSecret: SLACK_SIGNING_SECRET,
  logLevel: LogLevel.WARN,
  clientOptions: { slackApiUrl: `${SLACK_API_URL}/` },
});

app.message(async ({ message, say }) => {
  if (message.subtype !== undefined) return;
  const response = await fetch(`${OPENAI_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL_ID,
      messages: [
        { role: 'system', content: 'You are a helpful assistant in a team chat. Answer briefly.' },
        { role: 'user', content: message.text },
      ],
    }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  await say({ text: choices[0]?.message.content ?? '', thread_ts: message.thread_ts ?? message.ts });
});

await app.start({ port: Number(PORT), host: '127.0.0.1' });

process.on('SIGTERM', () => process.exit(0));
