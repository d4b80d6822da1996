/** What every process has, whatever its roles: what stands in Redis, and the way in. */
import type { Redis } from 'ioredis';
import type { Config } from '../../config/schema.ts';
import { type Analytics, createAnalytics, noAnalytics } from '../analytics/recorder.ts';
import { type Budgets, createBudgets } from '../budgets/budgets.ts';
import { type Commands, createCommands } from '../commands/commands.ts';
import type { Ingest } from '../contract/index.ts';
import { type Conversations, createConversations } from '../conversation/conversations.ts';
import { createDeadLetters, type DeadLetters, eraseLetters } from '../dead-letters/dead-letters.ts';
import { createFollowUps } from '../ingest/follow-ups.ts';
import { createIngest } from '../ingest/ingest.ts';
import { createLateness } from '../ingest/lateness.ts';
import type { Logger } from '../log/logger.ts';
import { createMask } from '../log/mask.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import type { Model } from '../models/model.ts';
import { type Access, createAccess } from '../persona/access.ts';
import { createPersonas, type Personas } from '../persona/personas.ts';
import { createTurnQueue, type TurnQueue } from '../queue/turn-queue.ts';
import { createAllowance } from '../rate-limit/allowance.ts';
import { connectRedis } from '../redis/connect.ts';
import { noTracing, type Tracing } from '../tracing/tracing.ts';

export interface CoreOptions {
  config: Config;
  redisUrl: string;
  /** The chain of MODEL. */
  models: readonly Model[];
  /** Those that only personas name. */
  more?: readonly Model[];
  log: Logger;
  /** Default: none. */
  tracing?: Tracing;
}

export interface Core {
  config: Config;
  /** The chain of MODEL, then those that only personas name. */
  models: readonly Model[];
  personas: Personas;
  access: Access;
  log: Logger;
  redis: Redis;
  /** Gives a new connection of the kind that waits for Redis. */
  connect(name: string): Redis;
  conversations: Conversations;
  queue: TurnQueue;
  deadLetters: DeadLetters;
  commands: Commands;
  ingest: Ingest;
  /** The same without the limits on what people may ask: for what an operator has answered again. */
  ingestAnyway: Ingest;
  metrics: Metrics;
  budgets: Budgets;
  analytics: Analytics;
  tracing: Tracing;
  close(): Promise<void>;
}

/** A worker under load settles a call this long after it ended at the latest. */
const SETTLED_LATE_MS = 30_000;

const NO_LIMITS = {
  person_per_minute: 0,
  conversation_per_minute: 0,
  workspace_per_minute: 0,
  fair_share_per_minute: 0,
};

/** Opens the connections; nothing runs by itself. */
export function openCore(options: CoreOptions): Core {
  const { config, redisUrl, models, log, tracing = noTracing } = options;
  const { prefix, shards } = config.queue;
  const { conversation, dead_letters } = config;
  const redis = connectRedis({ url: redisUrl, log, kind: 'ask', name: 'shared' });
  const queueRedis = connectRedis({ url: redisUrl, log, kind: 'ask', name: 'queue' });
  const metrics = createMetrics(createMask(config.secrets));
  const conversations = createConversations({
    redis,
    prefix,
    keepMs: conversation.keep,
    maxWaiting: conversation.max_waiting,
    eraseAlso: (id) => eraseLetters(redis, prefix, id),
  });
  const queue = createTurnQueue({ redis: queueRedis, prefix, shards });
  const { analytics: counted } = config;
  const analytics = counted.enabled
    ? createAnalytics({
        ...{ redis, prefix, log },
        settings: {
          keepMs: counted.keep,
          turnsKeepMs: counted.turns_keep,
          turnsMost: counted.turns_most,
          peopleMost: counted.people_most,
          namesMost: counted.names_most,
        },
      })
    : noAnalytics;
  const budgets = createBudgets({
    ...{ redis, prefix, log, budgets: config.budgets },
    lifetimeMs: config.models.total_timeout + SETTLED_LATE_MS,
  });
  const all = [...models, ...(options.more ?? [])];
  const personas = createPersonas({ settings: config, models: all, chain: models, file: config.env.CHASQUI_CONFIG });
  const access = createAccess({ redis, prefix, personas });
  const commands = createCommands({ conversations, personas, budgets, analytics, keepMs: conversation.keep });
  const deadLetters = createDeadLetters({ redis, prefix, keepMs: dead_letters.keep, most: dead_letters.most });
  const ingestWith = (limits: Config['limits']): Ingest =>
    createIngest({
      ...{ conversations, queue, commands, metrics, analytics, tracing, deadLetters, log },
      access,
      allowance: createAllowance({ redis, prefix, settings: limits }),
      lateness: createLateness({ redis, prefix }),
      followUps: createFollowUps({ everywhere: conversation.follow_ups, in: conversation.follow_ups_in }),
    });
  return {
    ...{
      config,
      models: all,
      personas,
      access,
      log,
      redis,
      conversations,
      queue,
      commands,
      budgets,
      metrics,
      analytics,
      tracing,
    },
    connect: (name) => connectRedis({ url: redisUrl, log, kind: 'wait', name }),
    deadLetters,
    ingest: ingestWith(config.limits),
    ingestAnyway: ingestWith({ ...config.limits, ...NO_LIMITS }),
    async close() {
      await analytics.close();
      await tracing.close();
      await queue.close();
      for (const connection of [queueRedis, redis]) connection.disconnect();
    },
  };
}
