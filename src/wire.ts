/** The one place where the rooms meet: configuration in, a Chasqui out. */
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { Adapter, Ingest, Receiver, Sender } from '../adapters/contract.ts';
import type { Config } from '../config/schema.ts';
import { createKeeper, type Keeper } from '../workers/keeper.ts';
import { createTurn } from '../workers/turn.ts';
import { createTurnWorker, type TurnWorker } from '../workers/worker.ts';
import { createCommands } from './commands/commands.ts';
import { type Conversations, createConversations } from './conversation/conversations.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters/dead-letters.ts';
import { createGuard } from './guard/guard.ts';
import { createHttpServer } from './http/server.ts';
import { createFollowUps } from './ingest/follow-ups.ts';
import { createIngest } from './ingest/ingest.ts';
import { createAllowance } from './load/allowance.ts';
import type { Logger } from './log/logger.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { Model } from './models/model.ts';
import { createAccess } from './ops/access.ts';
import { type PartStatus, registerBoard, registerHealth } from './ops/routes.ts';
import { createAdapters, type Shared } from './platforms.ts';
import { createTurnQueue, type TurnQueue } from './queue/turn-queue.ts';
import { connectRedis } from './redis/connect.ts';

/** How long `start` waits for parts whose other end is slow or away; they go on by themselves afterwards. */
const START_PATIENCE_MS = 1_500;

export interface Chasqui {
  http: FastifyInstance;
  ingest: Ingest;
  conversations: Conversations;
  queue: TurnQueue;
  deadLetters: DeadLetters;
  /** Where the HTTP server listens, e.g. `http://127.0.0.1:3000`. */
  address: string;
  parts(): Promise<PartStatus[]>;
  /** Stops taking, finishes or hands over what runs, closes. */
  stop(): Promise<void>;
}

interface Wiring {
  config: Config;
  redisUrl: string;
  models: readonly Model[];
  log: Logger;
  /** Adapters beside the configured platforms' own, e.g. the terminal's; their receivers always start. */
  extra?: readonly Adapter[];
}

/** Checks of the configured platforms, for `npm run doctor`; needs no running Chasqui. */
export async function createChecks(
  wiring: Wiring,
): Promise<{ adapters: Pick<Adapter, 'platform' | 'check'>[]; close(): void }> {
  const shared = share(wiring);
  return { adapters: await createAdapters(shared), close: () => shared.redis.disconnect() };
}

function share({ config, redisUrl, models, log }: Wiring): Shared {
  const { prefix } = config.queue;
  const redis = connectRedis({ url: redisUrl, log, kind: 'ask', name: 'shared' });
  return {
    config,
    redis,
    connect: (name) => connectRedis({ url: redisUrl, log, kind: 'wait', name }),
    conversations: createConversations({
      redis,
      prefix,
      keepMs: config.conversation.keep,
      maxWaiting: config.conversation.max_waiting,
    }),
    models,
    metrics: createMetrics(),
    log,
  };
}

/**
 * Builds and starts the parts that this process's roles ask for. Resolves when they are ready, or after a moment when a
 * platform or Redis is away: they then come by themselves, and `/readyz` tells.
 */
export async function startChasqui(wiring: Wiring): Promise<Chasqui> {
  const { config, models, log } = wiring;
  const { roles } = config;
  const { prefix, shards } = config.queue;
  const shared = share(wiring);
  const { redis, conversations, metrics } = shared;
  const queueRedis = connectRedis({ url: wiring.redisUrl, log, kind: 'ask', name: 'queue' });
  const queue = createTurnQueue({ redis: queueRedis, prefix, shards });
  metrics.watchQueue(queue.depth);
  const commands = createCommands({
    conversations,
    models,
    assistantName: config.assistant.name,
    keepMs: config.conversation.keep,
  });
  const ingest = createIngest({
    conversations,
    queue,
    allowance: createAllowance({ redis, prefix, settings: config.limits }),
    followUps: createFollowUps({
      everywhere: config.conversation.follow_ups,
      in: config.conversation.follow_ups_in,
    }),
    commands,
    metrics,
    log,
  });
  const deadLetters = createDeadLetters({
    redis,
    prefix,
    keepMs: config.dead_letters.keep,
    most: config.dead_letters.most,
  });
  const extra = wiring.extra ?? [];
  const adapters = [...(await createAdapters(shared)), ...extra];

  const http = createHttpServer(log);
  const access = createAccess(config.env.OPS_PASSWORD);
  const receivers = new Map<string, Receiver>();
  const received: ReadonlySet<string> = roles;
  for (const adapter of adapters)
    if (received.has(adapter.platform) || extra.includes(adapter))
      receivers.set(adapter.platform, adapter.receiver({ ingest, http }));

  metrics.watchReceivers(() => [...receivers].map(([platform, receiver]) => ({ platform, ...receiver.status() })));

  const senders = new Map<string, Sender>();
  let worker: TurnWorker | undefined;
  let keeper: Keeper | undefined;
  if (roles.has('worker')) {
    for (const adapter of adapters) senders.set(adapter.platform, adapter.sender());
    worker = createWorker(shared, { commands, senders, queue, deadLetters });
    const settings = { prefix, sweepEveryMs: config.queue.sweep_every, busyAfterMs: config.limits.busy_after };
    keeper = createKeeper({ redis, conversations, queue, senders, metrics, log, settings });
  }

  async function parts(): Promise<PartStatus[]> {
    const list: PartStatus[] = [await redisStatus(redis)];
    for (const [name, receiver] of receivers) {
      const { connected, detail } = receiver.status();
      list.push({ name, ready: connected, detail });
    }
    if (worker) {
      const { alive, running } = worker.status();
      list.push({ name: 'worker', ready: alive, detail: alive ? `${running} turns running` : 'not taking turns' });
    }
    return list;
  }

  registerHealth(http, { metrics, access, parts });
  if (roles.has('ops')) await registerBoard(http, { queue, access });
  const starting = [
    ...[...receivers].map(([platform, receiver]) =>
      receiver.start().catch((error) => log.error({ err: error, platform }, 'this platform cannot start')),
    ),
    worker?.start().catch((error) => log.fatal({ err: error }, 'the worker cannot start')),
  ];
  keeper?.start();
  const address = await http.listen({ host: config.env.HOST, port: config.env.PORT });
  await Promise.race([Promise.all(starting), later(START_PATIENCE_MS)]);

  return {
    http,
    ingest,
    conversations,
    queue,
    deadLetters,
    address,
    parts,
    async stop() {
      // First nothing new comes in, then what runs ends, then the ways out close.
      await Promise.all([...receivers.values()].map((receiver) => receiver.stop()));
      await http.close();
      await keeper?.stop();
      await worker?.stop(config.workers.shutdown_timeout);
      await Promise.all([...senders.values()].map((sender) => sender.close()));
      await queue.close();
      for (const connection of [queueRedis, redis]) connection.disconnect();
    },
  };
}

function createWorker(
  shared: Shared,
  deps: {
    commands: ReturnType<typeof createCommands>;
    senders: ReadonlyMap<string, Sender>;
    queue: ReturnType<typeof createTurnQueue>;
    deadLetters: DeadLetters;
  },
): TurnWorker {
  const { config, conversations, models, metrics, log } = shared;
  const { assistant, conversation, workers, queue } = config;
  return createTurnWorker({
    runTurn: createTurn({
      conversations,
      models,
      guard: createGuard({ maxMessageChars: conversation.max_message_chars }),
      commands: deps.commands,
      deadLetters: deps.deadLetters,
      senders: deps.senders,
      metrics,
      log,
      settings: {
        instructions: assistant.instructions.replaceAll('{name}', assistant.name),
        maxAnswerTokens: assistant.max_answer_tokens,
        temperature: assistant.temperature,
        historyTokens: conversation.history_tokens,
        retries: config.models.retries,
        // Its job is given to another worker after twice this time at the earliest.
        confirmAfterMs: workers.stalled_after / 3,
        logContent: config.logs.content,
      },
    }),
    queue: deps.queue,
    connect: shared.connect,
    settings: {
      prefix: queue.prefix,
      shards: queue.shards,
      concurrency: workers.concurrency,
      stalledAfterMs: workers.stalled_after,
    },
    log,
  });
}

async function redisStatus(redis: Redis): Promise<PartStatus> {
  try {
    await redis.ping();
    return { name: 'redis', ready: true, detail: 'answers' };
  } catch (error) {
    return { name: 'redis', ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
