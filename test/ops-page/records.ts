/** Finished turns that nobody had to have, written by the real recorder. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Analytics, createAnalytics } from '../../src/analytics/recorder.ts';
import type { TurnRecord } from '../../src/analytics/turn-record.ts';
import { createLogger } from '../../src/log/logger.ts';

const DAY_MS = 86_400_000;

/** A recorder that writes what it is given when it is flushed. @param now its clock, by which days are told apart */
export const createRecorder = (redis: Redis, prefix: string, now?: () => number): Analytics =>
  createAnalytics({
    ...(now ? { now } : {}),
    ...{ redis, prefix, log: createLogger({ level: 'silent' }) },
    settings: {
      keepMs: 100 * DAY_MS,
      turnsKeepMs: 30 * DAY_MS,
      turnsMost: 10_000_000,
      peopleMost: 200_000,
      namesMost: 200,
    },
  });

/** An ordinary turn, with what is out of the ordinary. */
export function turnRecord(change: Partial<TurnRecord> = {}): TurnRecord {
  const { totalMs = 1_400, waitingMs = 12, firstTokenMs = 310, model = 'test:model' } = change;
  return {
    ...{ v: 1, id: randomUUID(), conversation: 'test:room', platform: 'test', outcome: 'answered', model },
    ...{ attempts: 1, messages: 1, at: Date.now(), waitingMs, firstTokenMs, totalMs },
    ...{ inputTokens: 820, outputTokens: 140, usd: 0.000_4 },
    marks: [
      [0, 'arrived'],
      [waitingMs, 'taken', 'worker-1/411'],
      [waitingMs + 2, 'guard'],
      [waitingMs + 3, 'model', model],
      [waitingMs + firstTokenMs, 'first-token'],
      [waitingMs + firstTokenMs + 40, 'post'],
      [totalMs - 120, 'whole'],
      [totalMs - 20, 'delivered'],
      [totalMs, 'committed'],
    ],
    ...change,
  };
}
