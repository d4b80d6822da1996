/**
 * A bot on the Chat SDK (the npm package `chat`) with its Slack adapter and its Redis state, as its README shows: it
 * subscribes to the thread in which it is asked first, and hears what follows there. Messages that come while one is
 * answered are queued, since the SDK's default drops them.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSlackAdapter } from '@chat-adapter/slack';
import { createRedisState } from '@chat-adapter/state-redis';
import { Chat, ConsoleLogger, type Message, type MessageContext, type Thread } from 'chat';
import { askStreamed, askWhole, streamed } from './model.ts';

const { SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL, PORT, REDIS_URL } = process.env;

const logger = new ConsoleLogger('warn');
const bot = new Chat({
  userName: 'bot',
  adapters: {
    slack: createSlackAdapter({
      botToken: SLACK_BOT_TOKEN,
      signingSecret: SLACK_SIGNING_SECRET,
      apiUrl: `${SLACK_API_URL}/`,
      // The app is an agent, whose direct messages are threads; a title for each would cost one more call.
      agentView: true,
      sessionTitle: false,
      logger,
    }),
  },
  state: createRedisState({ url: REDIS_URL as string, logger }),
  concurrency: 'queue',
  logger,
});

bot.onNewMention(async (thread, message, context) => {
  await thread.subscribe();
  await answer(thread, message, context);
});
bot.onSubscribedMessage(answer);

async function answer(thread: Thread, message: Message, context?: MessageContext): Promise<void> {
  const question = [...(context?.skipped ?? []), message].map(({ text }) => text).join('\n\n');
  await thread.post(streamed ? askStreamed(question) : await askWhole(question));
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    take(request, Buffer.concat(parts), response).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
});

/** The SDK takes and gives the Web's requests and responses; Node's server has its own. */
async function take(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(404).end();
    return;
  }
  const answered = await bot.webhooks.slack(
    new Request(`http://127.0.0.1:${PORT}${request.url}`, {
      method: 'POST',
      headers: request.headers as Record<string, string>,
      body: new Uint8Array(body),
    }),
    // What goes on after the acknowledgement; a serverless host would have to be told, this process lives on.
    { waitUntil: (task) => void task.catch((error) => console.error(error)) },
  );
  response.writeHead(answered.status, { 'content-type': answered.headers.get('content-type') ?? 'text/plain' });
  response.end(Buffer.from(await answered.arrayBuffer()));
}

await bot.initialize();
server.listen(Number(PORT), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
