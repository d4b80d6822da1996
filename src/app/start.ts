/** The one place where the rooms meet: configuration in, a Chasqui out. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { createDigest, type DigestSettings } from '../../workers/digest.ts';
import { createKeeper, type Keeper } from '../../workers/sweeper.ts';
import { createTurn } from '../../workers/turn.ts';
import { createTurnWorker, type TurnWorker } from '../../workers/worker.ts';
import type { Adapter, Ingest, Receiver, Sender } from '../contract/index.ts';
import type { Conversations } from '../conversation/conversations.ts';
import { type Core, type CoreOptions, openCore } from '../core/core.ts';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import { createGuard } from '../guard/guard.ts';
import { createHostCheck } from '../http/host-check.ts';
import { createHttpServer } from '../http/server.ts';
import { createMask } from '../log/mask.ts';
import { type RedisQuestions, watchProcess, watchRedis } from '../metrics/gauges.ts';
import { type Breaker, createBreaker } from '../models/breaker.ts';
import { watchEndings } from '../models/radar.ts';
import { openAccess, openOps } from '../ops/ops.ts';
import { createHeartbeat, processName } from '../ops/processes.ts';
import { type PartStatus, registerHealth } from '../ops/routes.ts';
import type { Access } from '../persona/access.ts';
import type { Personas } from '../persona/personas.ts';
import { createPauses } from '../queue/pauses.ts';
import type { TurnQueue } from '../queue/turn-queue.ts';
import { openTracing } from '../tracing/open.ts';
import { createAdapters } from './platforms.ts';

/** How long `start` waits for parts whose other end is slow or away; they go on by themselves afterwards. */
const START_PATIENCE_MS = 1_500;
/** A receiver that waits for a Redis or a platform that is away must not keep the process from stopping: nothing is lost by it. */
const RECEIVER_STOP_MS = 10_000;
/** Orchestrators give a probe a second by default, or a little more. */
const REDIS_PATIENCE_MS = 900;

const { version: VERSION } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export interface Chasqui {
  http: FastifyInstance;
  ingest: Ingest;
  conversations: Conversations;
  queue: TurnQueue;
  deadLetters: DeadLetters;
  personas: Personas;
  access: Access;
  /** Notes what is wrong with the settings' files since they were last read; null: nothing. */
  settingsProblem(problem: string | null): void;
  /** Where the HTTP server listens, e.g. `http://127.0.0.1:3000`. */
  address: string;
  /** What opens the operators' pages where no password and no proxy is set up. */
  opsKey: string | undefined;
  parts(): Promise<PartStatus[]>;
  /** Stops taking, finishes or hands over what runs, closes. */
  stop(): Promise<void>;
}

interface Wiring extends CoreOptions {
  /** Adapters beside the configured platforms' own, e.g. the terminal's; their receivers always start. */
  extra?: readonly Adapter[];
}

/** Checks of the configured platforms, for `npm run doctor`; needs no running Chasqui. */
export async function createChecks(
  wiring: Wiring,
): Promise<{ adapters: Pick<Adapter, 'platform' | 'check'>[]; close(): Promise<void> }> {
  const core = openCore(wiring);
  return { adapters: await createAdapters(core), close: core.close };
}

/**
 * Builds and starts the parts that this process's roles ask for. Resolves when they are ready, or after a moment when a
 * platform or Redis is away: they then come by themselves, and `/readyz` tells.
 */
export async function startChasqui(wiring: Wiring): Promise<Chasqui> {
  const { config, log } = wiring;
  const { roles } = config;
  const { prefix } = config.queue;
  const tracing = await openTracing({
    ...{ endpoint: config.env.OTEL_EXPORTER_OTLP_ENDPOINT, headers: config.env.OTEL_EXPORTER_OTLP_HEADERS },
    ...{ version: VERSION, instance: processName(), log },
  });
  const core = openCore({ ...wiring, tracing });
  const { redis, conversations, metrics, queue, ingest, deadLetters } = core;
  watchRedis(metrics.registry, questionsFor(core));
  const extra = wiring.extra ?? [];
  const adapters = [...(await createAdapters(core)), ...extra];

  const operators = await openAccess(core);
  const http = createHttpServer(log, [createHostCheck(config.env.HOST, config.web, log), operators.access.guard]);
  const receivers = new Map<string, Receiver>();
  const received: ReadonlySet<string> = roles;
  for (const adapter of adapters)
    if (received.has(adapter.platform) || extra.includes(adapter))
      receivers.set(adapter.platform, adapter.receiver({ ingest, http }));

  const senders = new Map<string, Sender>();
  const breaker = createBreaker();
  let worker: TurnWorker | undefined;
  watchProcess(metrics.registry, {
    version: VERSION,
    receivers: () => [...receivers].map(([platform, receiver]) => ({ platform, ...receiver.status() })),
    worker: () => worker?.status() ?? null,
  });
  let keeper: Keeper | undefined;
  if (roles.has('worker')) {
    for (const adapter of adapters) senders.set(adapter.platform, adapter.sender());
    worker = createWorker(core, senders, breaker);
    const settings = { prefix, sweepEveryMs: config.queue.sweep_every, busyAfterMs: config.limits.busy_after };
    const chores = [createDigest({ redis, senders, deadLetters, settings: digestSettings(config), log })];
    keeper = createKeeper({ redis, conversations, queue, senders, chores, metrics, log, settings });
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

  await openOps(http, { ...operators, core, adapters, redisUrl: wiring.redisUrl, version: VERSION });
  registerHealth(http, { metrics, parts, mask: createMask(config.secrets) });
  let settingsProblem: string | null = null;
  const heartbeat = createHeartbeat({
    ...{ redis, prefix, log, version: VERSION, roles: [...roles] },
    status: () => ({
      running: worker ? worker.status().running : null,
      leftOut: breaker.open(),
      settingsProblem,
      receivers: [...receivers].map(([platform, receiver]) => {
        const { connected, detail, state = connected ? 'connected' : 'away' } = receiver.status();
        return { platform, connected, state, detail };
      }),
    }),
  });
  const starting = [
    ...[...receivers].map(([platform, receiver]) =>
      receiver.start().catch((error) => log.error({ err: error, platform }, 'this platform cannot start')),
    ),
    worker?.start().catch((error) => log.fatal({ err: error }, 'the worker cannot start')),
  ];
  keeper?.start();
  core.analytics.start();
  heartbeat.start();
  const unwatchEndings = watchEndings(core.models, core);
  const address = await http.listen({ host: config.env.HOST, port: config.env.PORT });
  await Promise.race([Promise.all(starting), later(START_PATIENCE_MS)]);

  return {
    http,
    ingest,
    conversations,
    queue,
    deadLetters,
    personas: core.personas,
    access: core.access,
    settingsProblem(problem) {
      settingsProblem = problem;
    },
    address,
    opsKey: operators.key,
    parts,
    async stop() {
      // First nothing new comes in, then what runs ends, then the ways out close.
      const stopped = async ([platform, receiver]: [string, Receiver]): Promise<void> => {
        const done = await Promise.race([receiver.stop().then(() => true), later(RECEIVER_STOP_MS)]);
        if (!done) log.warn({ platform }, 'this platform did not stop in time, and is left as it is');
      };
      await Promise.all([...receivers].map(stopped));
      await http.close();
      await keeper?.stop();
      await worker?.stop(config.workers.shutdown_timeout);
      await Promise.all([...senders.values()].map((sender) => sender.close()));
      unwatchEndings();
      await heartbeat.stop();
      await core.close();
    },
  };
}

function createWorker(core: Core, senders: ReadonlyMap<string, Sender>, breaker: Breaker): TurnWorker {
  const { config, conversations, models, metrics, analytics, tracing, log } = core;
  const { conversation, web, workers, queue } = config;
  return createTurnWorker({
    runTurn: createTurn({
      conversations,
      models,
      breaker,
      guard: createGuard({ maxMessageChars: conversation.max_message_chars }),
      commands: core.commands,
      budgets: core.budgets,
      personas: core.personas,
      deadLetters: core.deadLetters,
      senders,
      metrics,
      analytics,
      tracing,
      worker: processName(),
      log,
      settings: {
        historyTokens: conversation.history_tokens,
        retries: config.models.retries,
        hedgeAfterMs: config.models.hedge_after,
        // Its job is its own for three times as long from then on.
        confirmAfterMs: workers.stalled_after / 3,
        logContent: config.logs.content,
      },
    }),
    queue: core.queue,
    redis: core.redis,
    connect: core.connect,
    settings: {
      prefix: queue.prefix,
      shards: queue.shards,
      concurrency: workers.concurrency,
      stalledAfterMs: workers.stalled_after,
      most: { web: web.concurrency ?? Math.ceil(workers.concurrency / 2) },
    },
    log,
  });
}

function digestSettings({ ops, assistant, queue }: Core['config']): DigestSettings {
  return {
    ...{ every: ops.digest, hour: ops.digest_hour, to: ops.digest_to },
    ...{ assistant: assistant.name, monthUsd: ops.monthly_budget ?? null, prefix: queue.prefix },
  };
}

/** What `/metrics` asks Redis. */
function questionsFor({ redis, queue, deadLetters, config }: Core): RedisQuestions {
  const pauses = createPauses({ redis, prefix: config.queue.prefix });
  return {
    ping: () => redis.ping(),
    depth: queue.depth,
    deadLetters: deadLetters.count,
    async paused() {
      const [list, queuePaused] = await Promise.all([pauses.list(), queue.isPaused()]);
      const count = (wanted: string): number => list.filter(({ scope }) => scope === wanted).length;
      return { queue: Number(queuePaused), platform: count('platform'), conversation: count('conversation') };
    },
  };
}

async function redisStatus(redis: Redis): Promise<PartStatus> {
  try {
    // An unreachable Cluster holds a command back for as long as it looks for its nodes.
    const answered = await Promise.race([redis.ping().then(() => true), later(REDIS_PATIENCE_MS)]);
    if (!answered) return { name: 'redis', ready: false, detail: `no answer within ${REDIS_PATIENCE_MS / 1_000} s` };
    return { name: 'redis', ready: true, detail: 'answers' };
  } catch (error) {
    return { name: 'redis', ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function later(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, undefined).unref();
  });
}
