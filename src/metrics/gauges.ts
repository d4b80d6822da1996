/** What is asked for when `/metrics` is read: the queue and what else stands in Redis, and how this process is. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { Gauge, type Registry } from 'prom-client';

/** Longer than this the reader does not wait for Redis. Prometheus gives up after ten seconds by default, often sooner. */
const PATIENCE_MS = 1_000;

export interface RedisQuestions {
  ping(): Promise<unknown>;
  depth(): Promise<{ waiting: number; active: number; delayed: number; failed: number; oldestMs: number }>;
  deadLetters(): Promise<number>;
  /** What operators paused, by scope: the whole queue, platforms, conversations. */
  paused(): Promise<Record<'queue' | 'platform' | 'conversation', number>>;
}

/**
 * Every process tells the same of these, since all ask the same Redis. What Redis does not answer in time is missing, and
 * `chasqui_redis_up` is 0: a number of before would be taken for one of now.
 */
export function watchRedis(registry: Registry, questions: RedisQuestions): void {
  const registers = [registry];
  const depth = shared(questions.depth);
  new Gauge({
    name: 'chasqui_redis_up',
    help: 'Whether Redis answers this process: 1 or 0',
    registers,
    async collect() {
      this.set(Number((await within(questions.ping)) !== undefined));
    },
  });
  new Gauge({
    name: 'chasqui_queue_oldest_seconds',
    help: 'Age of the oldest waiting turn',
    registers,
    async collect() {
      const answer = await depth();
      if (answer) this.set(answer.oldestMs / 1_000);
      else this.remove();
    },
  });
  new Gauge({
    name: 'chasqui_queue_jobs',
    help: 'Jobs of the turn queue by state',
    labelNames: ['state'],
    registers,
    async collect() {
      const answer = await depth();
      this.reset();
      if (!answer) return;
      const { oldestMs: _, ...states } = answer;
      for (const [state, count] of Object.entries(states)) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'chasqui_dead_letters',
    help: 'Turns that failed for good and are kept to be tried again',
    registers,
    async collect() {
      const count = await within(questions.deadLetters);
      if (count === undefined) this.remove();
      else this.set(count);
    },
  });
  new Gauge({
    name: 'chasqui_paused',
    help: 'How much operators have paused: the queue (1 or 0), platforms, conversations',
    labelNames: ['scope'],
    registers,
    async collect() {
      const paused = await within(questions.paused);
      this.reset();
      for (const [scope, count] of Object.entries(paused ?? {})) this.set({ scope }, count);
    },
  });
}

/** Each process tells of itself. `worker` gives null in a process that has not the role. */
export function watchProcess(
  registry: Registry,
  process: {
    version: string;
    receivers(): { platform: string; connected: boolean; state?: string }[];
    worker(): { running: number; alive: boolean } | null;
  },
): void {
  const registers = [registry];
  const { version, receivers, worker } = process;
  new Gauge({
    name: 'chasqui_build_info',
    help: 'Always 1; the version is in the label',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  new Gauge({
    name: 'chasqui_receiver_connected',
    help: 'Whether this process hears the platform: 1 or 0',
    labelNames: ['platform'],
    registers,
    collect() {
      for (const { platform, connected } of receivers()) this.set({ platform }, Number(connected));
    },
  });
  new Gauge({
    name: 'chasqui_receiver_state',
    help: 'The state that a receiver is in: 1 for the one that it is in now',
    labelNames: ['platform', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { platform, connected, state = connected ? 'connected' : 'away' } of receivers())
        this.set({ platform, state }, 1);
    },
  });
  new Gauge({
    name: 'chasqui_worker_up',
    help: 'Whether this process takes turns: 1 or 0; missing without the role worker',
    registers,
    collect() {
      const status = worker();
      if (status) this.set(Number(status.alive));
      else this.remove();
    },
  });
  new Gauge({
    name: 'chasqui_turns_running',
    help: 'Turns that this process is answering; missing without the role worker',
    registers,
    collect() {
      const status = worker();
      if (status) this.set(status.running);
      else this.remove();
    },
  });
  watchMemory(registry);
}

/** What the memory that prom-client tells of is to be compared with. */
function watchMemory(registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: 'chasqui_process_memory_limit_bytes',
    help: "The container's limit, or else the machine's memory",
    registers,
    collect() {
      // 0, or more than there is, when nothing limits this process.
      this.set(Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()));
    },
  });
  new Gauge({
    name: 'chasqui_nodejs_heap_size_limit_bytes',
    help: "The most that V8's heap may grow to; beyond it the process ends",
    registers,
    collect() {
      this.set(getHeapStatistics().heap_size_limit);
    },
  });
}

/** Gauges collect at once, each for itself: one question serves all that are there while it is on its way. */
function shared<T>(ask: () => Promise<T>): () => Promise<T | undefined> {
  let asked: Promise<T | undefined> | undefined;
  return () => {
    asked ??= within(ask).finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

/** @returns undefined when there was no answer in time; the connection itself logs that Redis is away, and why */
async function within<T>(ask: () => Promise<T>): Promise<T | undefined> {
  const { promise: limit, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, PATIENCE_MS, undefined);
  try {
    return await Promise.race([ask().catch(() => undefined), limit]);
  } finally {
    clearTimeout(timer);
  }
}
