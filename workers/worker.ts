import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { TurnLostError } from '../src/conversation/conversations.ts';
import { stopChannel } from '../src/conversation/keys.ts';
import type { Logger } from '../src/log/logger.ts';
import { watchPauses } from '../src/queue/pauses.ts';
import { type TurnJob, type TurnQueue, turnShards } from '../src/queue/turn-queue.ts';
import { ParkedError } from './context.ts';
import { createSlots } from './slots.ts';
import type { RunTurn } from './turn.ts';

/** A turn that may crash its worker is tried this often before it is put aside among the failed jobs. */
const MOST_STALLS = 10;
const MAX_BACKOFF_MS = 60_000;
const IDLE_CLOSE_MS = 3_000;
const IDLE_LOOK_MS = 500;
/** A turn of a paused platform or conversation is looked at again so late, unless someone says that it goes on. */
const PAUSED_FOR_MS = 30_000;

export interface TurnWorker {
  /** Resolves when jobs are being taken. */
  start(): Promise<void>;
  /** Takes no new turn, waits for the running ones, hands over what is not done within the limit. */
  stop(limitMs: number): Promise<void>;
  status(): { running: number; alive: boolean };
}

/** @param inLine it waits for nothing but its turn: those who wait are told so (src/queue/turn-queue.ts, `overdue`) */
async function putOff(job: Job<TurnJob>, token: string | undefined, until: number, inLine = false): Promise<void> {
  const { conversation } = job.data;
  if ((job.data.inLine ?? false) !== inLine) await job.updateData({ conversation, ...(inLine ? { inLine } : {}) });
  await job.moveToDelayed(until, token);
}

/** Takes turns from the queue, as many at once as `concurrency` says, one at a time in each conversation. */
export function createTurnWorker(deps: {
  runTurn: RunTurn;
  queue: TurnQueue;
  /** For short questions. */
  redis: Redis;
  /** Gives a new connection of the kind that waits for Redis. */
  connect(name: string): Redis;
  settings: {
    prefix: string;
    shards: number;
    concurrency: number;
    stalledAfterMs: number;
    /** By platform: most of its turns that run here at once, so that it cannot take every slot. */
    most?: Readonly<Record<string, number>>;
  };
  log: Logger;
}): TurnWorker {
  const { runTurn, queue, settings, log } = deps;
  const running = new Map<string, AbortController>();
  const handOver = new AbortController();
  const stops = deps.connect('stops');
  const connections: Redis[] = [stops];

  const slots = createSlots<Job<TurnJob>>({ most: settings.most ?? {}, promote: (job) => job.promote() });
  const pauses = watchPauses({ redis: deps.redis, subscriber: stops, prefix: settings.prefix, log });

  stops.on('message', (channel, news: string) => {
    if (channel !== stopChannel(settings.prefix)) return;
    const [reason, conversation = ''] = news.split(/ (.*)/s);
    running.get(conversation)?.abort(reason);
  });

  async function work(job: Job<TurnJob>, token: string | undefined): Promise<void> {
    const { conversation } = job.data;
    if (pauses.holds(conversation)) {
      await putOff(job, token, Date.now() + PAUSED_FOR_MS);
      throw new DelayedError();
    }
    const waitMs = slots.take(conversation, job);
    if (waitMs > 0) {
      await putOff(job, token, Date.now() + waitMs, true);
      slots.putOff(conversation);
      throw new DelayedError();
    }
    const stop = new AbortController();
    // An expired lock is not taken again: the job may be on its way to another worker.
    const extendLock = async () => (await job.extendLock(token ?? '', settings.stalledAfterMs)) === 1;
    running.set(conversation, stop);
    try {
      const { waiting } = await runTurn(conversation, { stop, handOver: handOver.signal, extendLock });
      if (waiting > 0) await queue.add(conversation);
    } catch (error) {
      if (handOver.signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (error instanceof ParkedError) {
        log.info({ until: new Date(error.until).toISOString() }, error.message);
        await putOff(job, token, error.until);
        throw new DelayedError();
      }
      // The other worker finishes it; this job has nothing left to do.
      if (error instanceof TurnLostError) return;
      log.error({ err: error, attempt: job.attemptsMade + 1 }, 'turn failed; it will be tried again');
      throw error;
    } finally {
      if (running.get(conversation) === stop) running.delete(conversation);
      slots.free(conversation);
    }
  }

  const workers = turnShards(settings.prefix, settings.shards).map((shard) => {
    const connection = deps.connect(`worker:${shard.name}`);
    connections.push(connection);
    const worker = new Worker<TurnJob>(shard.name, work, {
      prefix: shard.prefix,
      connection,
      autorun: false,
      concurrency: settings.concurrency,
      lockDuration: settings.stalledAfterMs,
      stalledInterval: Math.ceil(settings.stalledAfterMs / 2),
      maxStalledCount: MOST_STALLS,
      settings: { backoffStrategy: (attempts) => Math.min(1_000 * 2 ** Math.min(attempts - 1, 10), MAX_BACKOFF_MS) },
    });
    worker.on('stalled', (job) => log.warn({ job }, 'a worker went silent; its turn goes on elsewhere'));
    // The connection logs its own coming and going; what else BullMQ reports is worth a line.
    worker.on('error', (error) => log.debug({ err: error }, 'queue'));
    return worker;
  });

  /**
   * Resolves when no turn has run for a while, or those that run were handed over and still hang in a call: another worker
   * takes them, as after a crash. A command that got lost while Redis was restarted keeps BullMQ from closing for ever (seen
   * about once in fifteen such stops); with no turn running there is nothing left to wait for.
   */
  async function idle(signal: AbortSignal): Promise<void> {
    for (let since = performance.now(); performance.now() - since < IDLE_CLOSE_MS; ) {
      // It rejects for the signal only: BullMQ has closed.
      await sleep(IDLE_LOOK_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (running.size > 0 && !handOver.signal.aborted) since = performance.now();
    }
    log.warn('the queue does not close; nothing runs, so it is left');
  }

  return {
    async start() {
      await stops.subscribe(stopChannel(settings.prefix));
      await pauses.start();
      for (const worker of workers) {
        worker.run().catch((error) => log.fatal({ err: error }, 'the worker loop ended'));
        await worker.waitUntilReady();
      }
    },
    async stop(limitMs) {
      const limit = setTimeout(() => handOver.abort(new Error('this worker is shutting down')), limitMs);
      const closed = new AbortController();
      const closing = Promise.all(workers.map((worker) => worker.close())).then(() => closed.abort());
      await Promise.race([closing, idle(closed.signal)]);
      closed.abort();
      clearTimeout(limit);
      pauses.stop();
      for (const connection of connections) connection.disconnect();
    },
    status: () => ({ running: running.size, alive: workers.every((worker) => worker.isRunning()) }),
  };
}
