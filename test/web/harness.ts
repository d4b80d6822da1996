/** A whole web chat for tests: Fastify on a free port, the adapter, ingest and queue over a real Redis, and a worker with a scripted model. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { createWebAdapter } from '../../adapters/web/index.ts';
import { FileSchema } from '../../config/schema.ts';
import { noAnalytics } from '../../src/analytics/recorder.ts';
import { createBudgets } from '../../src/budgets/budgets.ts';
import { createCommands } from '../../src/commands/commands.ts';
import type { Adapter, Limits } from '../../src/contract/index.ts';
import { createConversations } from '../../src/conversation/conversations.ts';
import { createDeadLetters } from '../../src/dead-letters/dead-letters.ts';
import { createGuard } from '../../src/guard/guard.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { createLateness } from '../../src/ingest/lateness.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { createBreaker } from '../../src/models/breaker.ts';
import type { Model, ModelEvent, ModelRequest } from '../../src/models/model.ts';
import { createAccess } from '../../src/persona/access.ts';
import { createPersonas } from '../../src/persona/personas.ts';
import { createTurnQueue } from '../../src/queue/turn-queue.ts';
import { createAllowance } from '../../src/rate-limit/allowance.ts';
import { dialRedis, redisOptions } from '../../src/redis/connect.ts';
import { createLimits } from '../../src/redis/limits.ts';
import { noTracing } from '../../src/tracing/tracing.ts';
import { createTurn } from '../../workers/turn.ts';
import { createTurnWorker } from '../../workers/worker.ts';
import { type Browser, createBrowser } from './browser.ts';

export type Script = (request: ModelRequest) => AsyncIterable<string> | Iterable<string>;

/** A model that says what the test tells it to. */
function scriptedModel(script: Script): Model {
  return {
    id: 'test:llama',
    label: 'Test Llama',
    host: 'this test',
    licence: 'none',
    contextTokens: 8_000,
    async *stream(request): AsyncIterable<ModelEvent> {
      for await (const text of script(request)) {
        request.signal.throwIfAborted();
        yield { type: 'text', text };
      }
      yield { type: 'end', reason: 'stop', usage: { inputTokens: undefined, outputTokens: undefined } };
    },
  };
}

/** Text that a test hands out piece by piece; ends with `close`, or when the request is aborted. */
export function tap(): { script: Script; say(text: string): void; close(): void; asked: Promise<ModelRequest> } {
  const pieces: string[] = [];
  const asked = Promise.withResolvers<ModelRequest>();
  let ended = false;
  let news = Promise.withResolvers<void>();
  const wake = (): void => {
    news.resolve();
    news = Promise.withResolvers<void>();
  };
  return {
    asked: asked.promise,
    say(text) {
      pieces.push(text);
      wake();
    },
    close() {
      ended = true;
      wake();
    },
    async *script(request) {
      request.signal.addEventListener('abort', wake);
      asked.resolve(request);
      for (;;) {
        while (pieces.length > 0) yield pieces.shift() as string;
        request.signal.throwIfAborted();
        if (ended) return;
        await news.promise;
      }
    },
  };
}

export interface Chat {
  url: string;
  http: FastifyInstance;
  adapter: Adapter;
  redis: Redis;
  prefix: string;
  conversations: ReturnType<typeof createConversations>;
  /** What ingest counted. */
  recorded: unknown[];
  browser(options?: Parameters<typeof createBrowser>[1]): Browser;
  stop(): Promise<void>;
}

/** Starts it all. `script`: what the worker's model says; without it no worker runs and messages wait. */
export async function startChat(options: {
  redisUrl: string;
  prefix: string;
  script?: Script;
  web?: object;
  conversation?: object;
  secret?: string;
  limits?: Limits;
  pageDir?: string;
}): Promise<Chat> {
  const { prefix } = options;
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  const config = FileSchema.parse({
    web: { messages_per_minute: 1_000, ...options.web },
    conversation: options.conversation ?? {},
  });
  const connections: Redis[] = [];
  const connect = (kind: 'ask' | 'wait'): Redis => {
    const redis = dialRedis(options.redisUrl, { ...redisOptions(kind), retryStrategy: () => 20 });
    // Some tests take Redis away; what that does to the chat is what they look at.
    redis.on('error', () => {});
    connections.push(redis);
    return redis;
  };
  const redis = connect('ask');
  const { keep, max_waiting, max_message_chars } = config.conversation;
  const conversations = createConversations({ redis, prefix, keepMs: keep, maxWaiting: max_waiting });
  const models = [scriptedModel(options.script ?? (() => []))];
  const queue = createTurnQueue({ redis, prefix, shards: 1 });
  const budgets = createBudgets({ redis, prefix, budgets: [], lifetimeMs: 60_000, log });
  const personas = createPersonas({ settings: config, models, chain: models, file: 'none' });
  const commands = createCommands({ conversations, personas, budgets, analytics: noAnalytics, keepMs: keep });
  const metrics = createMetrics();
  const none = { person_per_minute: 0, conversation_per_minute: 0, workspace_per_minute: 0, fair_share_per_minute: 0 };
  const recorded: unknown[] = [];
  const ingest = createIngest({
    conversations,
    queue,
    access: createAccess({ redis, prefix, personas }),
    allowance: createAllowance({ redis, prefix, settings: none }),
    lateness: createLateness({ redis, prefix }),
    followUps: () => 'queue',
    commands,
    metrics,
    analytics: { ...noAnalytics, record: (event) => recorded.push(event) },
    tracing: noTracing,
    deadLetters: createDeadLetters({ redis, prefix, keepMs: keep, most: 100 }),
    log,
  });
  const adapter = createWebAdapter({
    log,
    limits: options.limits ?? createLimits(redis, prefix),
    store: { get: async () => null, set: async () => {} },
    maxReplyMessages: 8,
    onPlatformError: () => {},
    redis,
    connect: () => connect('wait'),
    prefix,
    conversations,
    models,
    config: { ...config, env: { WEB_SESSION_SECRET: options.secret } },
    ...(options.pageDir ? { pageDir: options.pageDir } : {}),
  });

  // Clients open connections ahead of need; one that never asked anything counts as busy, and close would wait for it.
  const http = Fastify({ forceCloseConnections: true });
  const receiver = adapter.receiver({ ingest, http });
  await receiver.start();
  const url = await http.listen({ port: 0, host: '127.0.0.1' });

  const worker = createTurnWorker({
    runTurn: createTurn({
      conversations,
      models,
      breaker: createBreaker(),
      guard: createGuard({ maxMessageChars: max_message_chars }),
      commands,
      budgets,
      personas,
      deadLetters: createDeadLetters({ redis, prefix, keepMs: 60_000, most: 10 }),
      senders: new Map([['web', adapter.sender()]]),
      metrics,
      analytics: noAnalytics,
      tracing: noTracing,
      worker: 'test',
      log,
      settings: {
        historyTokens: 2_000,
        retries: 0,
        confirmAfterMs: 2_000,
        logContent: false,
      },
    }),
    queue,
    redis,
    connect: () => connect('wait'),
    settings: { prefix, shards: 1, concurrency: 20, stalledAfterMs: 6_000 },
    log,
  });
  if (options.script) await worker.start();
  const browsers: Browser[] = [];

  return {
    url,
    http,
    adapter,
    redis,
    prefix,
    conversations,
    recorded,
    browser(how) {
      const browser = createBrowser(url, how);
      browsers.push(browser);
      return browser;
    },
    async stop() {
      for (const browser of browsers) browser.close();
      await receiver.stop();
      await http.close();
      if (options.script) await worker.stop(0);
      await queue.close();
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** A browser that has its session. */
export async function visitor(chat: Chat, how?: Parameters<Chat['browser']>[0]): Promise<Browser> {
  const browser = chat.browser(how);
  await browser.openSession();
  return browser;
}

export const pathOf = (conversation: string): string => `/api/conversations/${conversation.slice('web:'.length)}`;

/** Waits until nothing of a conversation is being answered. */
export async function settled(browser: Browser, path: string): Promise<void> {
  while ((await browser.json('GET', path)).running) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A question, its answer, and the stream on which both came. */
export async function exchange(chat: Chat, text: string) {
  const browser = await visitor(chat);
  const sent = await browser.say(text);
  const stream = await browser.events(sent.conversation, { cursor: sent.cursor });
  const final = await stream.until('final');
  const path = pathOf(sent.conversation);
  await settled(browser, path);
  return { browser, sent, stream, final, path };
}
