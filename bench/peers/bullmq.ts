/**
 * Bolt with a queue behind it, the way people write it: the event becomes a job, a worker in the same process asks the
 * model and posts the answer; a job that fails is tried again. An event is acknowledged when its job is stored. What is
 * left out: order within a thread, history, events that come twice, and a retry after the post whose answer was lost.
 */
import { App, LogLevel } from '@slack/bolt';
import { Queue, Worker } from 'bullmq';
import { askStreamed, askWhole, streamed } from './model.ts';

const { SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL, PORT, REDIS_URL } = process.env;

const CONCURRENCY = 100;
/** `chat.update` is for about 50 calls a minute (docs.slack.dev, "Rate limits", Tier 3), so a growing answer is shown once a second. */
const UPDATE_EVERY_MS = 1_000;

interface Question {
  channel: string;
  thread: string;
  text: string;
}

const connection = { url: REDIS_URL as string };
const queue = new Queue<Question>('answers', {
  connection,
  defaultJobOptions: {
    attempts: 5,
    backoff: { type: 'exponential', delay: 1_000 },
    removeOnComplete: 1_000,
    removeOnFail: 1_000,
  },
});

const app = new App({
  token: SLACK_BOT_TOKEN,
  signingSecret: SLACK_SIGNING_SECRET,
  logLevel: LogLevel.WARN,
  clientOptions: { slackApiUrl: `${SLACK_API_URL}/` },
  // Bolt acknowledges before the listeners run, unless it is told to wait for them.
  processBeforeResponse: true,
});

app.message(async ({ message }) => {
  if (message.subtype !== undefined) return;
  const { channel, text = '', thread_ts: thread = message.ts } = message;
  await queue.add('answer', { channel, thread, text });
});

const worker = new Worker<Question>(
  'answers',
  async ({ data }) => {
    if (streamed) await grow(data);
    else await post(data, await askWhole(data.text));
  },
  { connection, concurrency: CONCURRENCY },
);
// Without a listener a failing connection would end the process.
worker.on('error', (error) => console.error(error));
worker.on('failed', (_job, error) => console.error(error));

async function post({ channel, thread }: Question, text: string): Promise<string> {
  const { ts } = await app.client.chat.postMessage({ channel, thread_ts: thread, text });
  return ts as string;
}

/** The first words become a message, which is edited as the answer grows. */
async function grow(question: Question): Promise<void> {
  let text = '';
  let shown = '';
  let ts: string | undefined;
  let nextAt = 0;
  for await (const piece of askStreamed(question.text)) {
    text += piece;
    if (Date.now() < nextAt) continue;
    if (ts) await app.client.chat.update({ channel: question.channel, ts, text });
    else ts = await post(question, text);
    shown = text;
    nextAt = Date.now() + UPDATE_EVERY_MS;
  }
  if (!ts) await post(question, text);
  else if (shown !== text) await app.client.chat.update({ channel: question.channel, ts, text });
}

await app.start({ port: Number(PORT), host: '127.0.0.1' });

process.on('SIGTERM', () => {
  void Promise.all([worker.close(), app.stop()]).then(() => process.exit(0));
});
