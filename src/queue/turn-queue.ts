import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** What a job says: there is something to answer in this conversation. The messages themselves stand in its inbox. */
export interface TurnJob {
  conversation: string;
}

/** Name and key prefix of each shard. A shard's keys share a hash tag, so that shards spread over a Redis Cluster. */
export function turnShards(prefix: string, shards: number): { name: string; prefix: string }[] {
  return Array.from({ length: shards }, (_, n) => ({ name: `turns-${n}`, prefix: `{${prefix}-queue-${n}}` }));
}

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

  return {
    queues,
    /** Asks for a turn in this conversation. Idempotent. */
    async add(conversation: string): Promise<void> {
      const queue = queues[shardOf(conversation, queues.length)] as (typeof queues)[number];
      await queue.add('turn', { conversation }, { deduplication: { id: conversation, keepLastIfActive: true } });
    },
    /** Jobs by state over all shards, and the age of the oldest waiting one in ms. */
    async depth(): Promise<{ waiting: number; active: number; delayed: number; failed: number; oldestMs: number }> {
      const total = { waiting: 0, active: 0, delayed: 0, failed: 0, oldestMs: 0 };
      for (const queue of queues) {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
        total.waiting += counts.waiting ?? 0;
        total.active += counts.active ?? 0;
        total.delayed += counts.delayed ?? 0;
        total.failed += counts.failed ?? 0;
        // Asking for the far end of the list: BullMQ takes the oldest first.
        const [oldest] = await queue.getJobs(['waiting'], 0, 0, true);
        if (oldest) total.oldestMs = Math.max(total.oldestMs, Date.now() - oldest.timestamp);
      }
      return total;
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
