import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** What a job says: there is something to answer in this conversation. The messages themselves stand in its inbox. */
export interface TurnJob {
  conversation: string;
  /** It is delayed only because others are before it. */
  inLine?: true;
}

/** Name and key prefix of each shard. A shard's keys share a hash tag, so that shards spread over a Redis Cluster. */
export function turnShards(prefix: string, shards: number): { name: string; prefix: string }[] {
  return Array.from({ length: shards }, (_, n) => ({ name: `turns-${n}`, prefix: `{${prefix}-queue-${n}}` }));
}

/** The states of a job that will still be worked on. */
const LIVE = new Set(['waiting', 'prioritized', 'active', 'delayed', 'waiting-children']);

/** Delayed jobs of a shard, those that come back first, that are looked through for some that wait in line. */
const MOST_LOOKED_THROUGH = 500;

/** Promoted in one go; the rest comes by itself half a minute later. */
const MOST_PROMOTED = 5_000;

export type TurnQueue = ReturnType<typeof createTurnQueue>;

/** The queue of turns. A conversation has at most one active and one waiting job, so its turns never overlap. */
export function createTurnQueue(options: { redis: Redis; prefix: string; shards: number }) {
  const queues = turnShards(options.prefix, options.shards).map(
    (shard) =>
      new Queue<TurnJob>(shard.name, {
        prefix: shard.prefix,
        connection: options.redis,
        streams: { events: { maxLen: 100 } },
        defaultJobOptions: {
          // A platform may be away for hours; the answer is saved, so a later attempt costs little. See workers/worker.ts.
          attempts: 1_000,
          backoff: { type: 'chasqui' },
          removeOnComplete: true,
          removeOnFail: { count: 1_000, age: 7 * 86_400 },
        },
      }),
  );
  for (const queue of queues) queue.on('error', ignoreRedisErrors);
  const queueOf = (conversation: string) => queues[shardOf(conversation, queues.length)] as (typeof queues)[number];

  return {
    queues,
    /**
     * Asks for a turn in this conversation. Idempotent.
     * @param priority 0 goes first; above that, a smaller number goes before a greater one
     */
    async add(conversation: string, priority = 0): Promise<void> {
      await queueOf(conversation).add(
        'turn',
        { conversation },
        { deduplication: { id: conversation, keepLastIfActive: true }, ...(priority > 0 ? { priority } : {}) },
      );
    },
    /**
     * Makes sure that something waits here is answered: a job that is named but is not there any more (it failed for
     * good, or Redis lost it) must not keep a new one from being added. True if one was missing.
     */
    async ensure(conversation: string): Promise<boolean> {
      const queue = queueOf(conversation);
      const named = await queue.getDeduplicationJobId(conversation);
      if (named !== null && LIVE.has(await queue.getJobState(named))) return false;
      if (named !== null) await queue.removeDeduplicationKey(conversation);
      await this.add(conversation);
      return true;
    },
    /**
     * Conversations whose turn has waited in line for longer than this, the oldest first; and how many wait in all. What
     * is put off for another reason (a platform or a model asked for it, or an operator) is not in line.
     */
    async overdue(waitedMs: number, count: number): Promise<{ conversations: string[]; waiting: number }> {
      const found: { conversation: string; at: number }[] = [];
      let waiting = 0;
      for (const queue of queues) {
        const lists = await Promise.all([
          queue.getJobs(['waiting'], 0, count - 1, true),
          queue.getJobs(['prioritized'], 0, count - 1, true),
        ]);
        const delayed = await queue.getJobs(['delayed'], 0, MOST_LOOKED_THROUGH - 1, true);
        const inLine = delayed.filter((job) => job?.data.inLine);
        for (const job of [...lists.flat(), ...inLine]) {
          if (job && Date.now() - job.timestamp > waitedMs)
            found.push({ conversation: job.data.conversation, at: job.timestamp });
        }
        if (found.length > 0) waiting += inLine.length + (await queue.getJobCountByTypes('waiting', 'prioritized'));
      }
      const oldest = found.sort((a, b) => a.at - b.at).slice(0, count);
      return { conversations: oldest.map(({ conversation }) => conversation), waiting };
    },
    /** A turn that waits behind others for too long goes first. */
    async hasten(conversation: string): Promise<void> {
      const queue = queueOf(conversation);
      const named = await queue.getDeduplicationJobId(conversation);
      const job = named === null ? undefined : await queue.getJob(named);
      // It may have begun meanwhile; then there is nothing to hasten.
      if (job?.priority) await job.changePriority({ priority: 0 }).catch(() => {});
    },
    /** A turn that is put off is looked at now: somebody stopped it. */
    async wake(conversation: string): Promise<void> {
      const queue = queueOf(conversation);
      const named = await queue.getDeduplicationJobId(conversation);
      const job = named === null ? undefined : await queue.getJob(named);
      // It may have begun by itself meanwhile.
      if (job && (await job.isDelayed())) await job.promote().catch(() => {});
    },
    /** Jobs by state over all shards, and the age of the oldest waiting one in ms. */
    async depth(): Promise<{ waiting: number; active: number; delayed: number; failed: number; oldestMs: number }> {
      const total = { waiting: 0, active: 0, delayed: 0, failed: 0, oldestMs: 0 };
      for (const queue of queues) {
        const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
        total.waiting += (counts.waiting ?? 0) + (counts.prioritized ?? 0);
        total.active += counts.active ?? 0;
        total.delayed += counts.delayed ?? 0;
        total.failed += counts.failed ?? 0;
        // Asking for the far end of the list: BullMQ takes the oldest first. Of those that wait by priority the first
        // ones are the next, and mostly the oldest.
        const ends = await Promise.all([
          queue.getJobs(['waiting'], 0, 0, true),
          queue.getJobs(['prioritized'], 0, 0, true),
        ]);
        for (const job of ends.flat()) if (job) total.oldestMs = Math.max(total.oldestMs, Date.now() - job.timestamp);
      }
      return total;
    },
    /**
     * What was put off (a retry, a paused place) is tried now, the first few thousand of them.
     * @param fits which conversations; without it all
     */
    async promote(fits: (conversation: string) => boolean = () => true): Promise<number> {
      let count = 0;
      for (const queue of queues) {
        for (const job of await queue.getJobs(['delayed'], 0, MOST_PROMOTED - 1, true)) {
          if (!job || !fits(job.data.conversation)) continue;
          // It may have begun by itself meanwhile.
          const promoted = await job.promote().then(
            () => true,
            () => false,
          );
          if (promoted) count += 1;
        }
      }
      return count;
    },
    /** By shard. */
    async shards(): Promise<{ name: string; waiting: number; running: number; delayed: number; paused: boolean }[]> {
      return Promise.all(
        queues.map(async (queue) => {
          const [counts, paused] = await Promise.all([
            queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed'),
            queue.isPaused(),
          ]);
          const { waiting = 0, prioritized = 0, active = 0, delayed = 0 } = counts;
          return { name: queue.name, waiting: waiting + prioritized, running: active, delayed, paused };
        }),
      );
    },
    /** No worker takes a new turn until `resume`; what arrives waits. */
    async pause(): Promise<void> {
      await Promise.all(queues.map((queue) => queue.pause()));
    },
    async resume(): Promise<void> {
      await Promise.all(queues.map((queue) => queue.resume()));
    },
    async isPaused(): Promise<boolean> {
      return (await Promise.all(queues.map((queue) => queue.isPaused()))).some(Boolean);
    },
    async close(): Promise<void> {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}

/** The connection logs its own coming and going (src/redis/connect.ts); BullMQ repeats the same error on each queue. */
function ignoreRedisErrors(): void {}

function shardOf(conversation: string, shards: number): number {
  if (shards === 1) return 0;
  return createHash('sha1').update(conversation).digest().readUInt32BE(0) % shards;
}
