/** One round: load at one rate on one bot, and what it cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import type { Books, Ledger } from './ledger.ts';
import type { Load } from './plan.ts';
import type { Platform } from './platform.ts';
import { usageOfRedis, usageOfTree } from './usage.ts';

/** After the last event, answers have this long to come. */
export const SETTLE_LIMIT_MS = 60_000;
/** A bot that says nothing for so long has nothing more to say. */
const SILENCE_MS = 10_000;
/** And second answers to what was answered have this long to show. */
const ECHO_MS = 300;
/** Time to make a round's messages ready before the first is due, in ms for each message. */
const PREPARING_MS = 0.2;

export interface RedisCost {
  cpu: number;
  commands: number;
  scripts: number;
  trips: number;
  /** Bytes at the end. */
  memory: number;
  /** By command. */
  calls: [name: string, count: number][];
}

export interface Round extends Books {
  /** Messages a second that were asked for. */
  rate: number;
  /** CPU seconds of the bot's processes. */
  cpu: number;
  /** Bytes at the end. */
  rss: number;
  /** Messages that were sent and not answered when half the load was sent, and when all of it was. */
  backlog: { half: number; end: number };
  /** Calls to the platform. */
  calls: number;
  redis?: RedisCost;
}

/** @param options.held the model answers nothing until all is sent, so that all of it waits */
export async function runRound(
  { bot, ledger, platform, model }: Contender,
  load: Load,
  options: { held?: boolean } = {},
): Promise<Round> {
  const { rate, count } = load;
  const startAt = performance.now() + 200 + count * PREPARING_MS;
  const messages = load.plan(startAt);
  const sends = platform.prepare(messages, bot.port);
  ledger.begin(messages, platform.placeOf);
  if (options.held) model.hold();
  await sleep(Math.max(0, startAt - performance.now() - 50));
  const redisBefore = bot.redis && (await usageOfRedis(bot.redis));
  const before = usageOfTree(bot.pid);
  const callsBefore = platform.calls();

  let half = 0;
  for (let next = 0; next < count; ) {
    const now = performance.now();
    for (let due = messages[next]; due && due.dueAt <= now; due = messages[next]) {
      const { id } = due;
      ledger.sent(id, performance.now());
      sends[next++]?.((ok) => ledger.acked(id, ok, performance.now()));
      if (next === count >> 1) half = ledger.backlog();
    }
    const wait = (messages[next]?.dueAt ?? 0) - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    // Answers arrive in this process as well.
    else await new Promise(setImmediate);
  }
  const end = ledger.backlog();
  model.release();
  await settle(ledger, platform);
  await sleep(ECHO_MS);

  const after = usageOfTree(bot.pid);
  const redisAfter = bot.redis && (await usageOfRedis(bot.redis));
  return {
    ...ledger.books(),
    rate,
    cpu: after.cpu - before.cpu,
    rss: after.rss,
    backlog: { half, end },
    calls: platform.calls() - callsBefore,
    ...(redisBefore && redisAfter
      ? {
          redis: {
            cpu: redisAfter.cpu - redisBefore.cpu,
            commands: redisAfter.commands - redisBefore.commands,
            scripts: redisAfter.scripts - redisBefore.scripts,
            trips: redisAfter.trips - redisBefore.trips,
            memory: redisAfter.memory,
            calls: Array.from(redisAfter.calls, ([name, n]) => [name, n - (redisBefore.calls.get(name) ?? 0)]),
          },
        }
      : {}),
  };
}

async function settle(ledger: Ledger, platform: Platform): Promise<void> {
  for (const until = Date.now() + SETTLE_LIMIT_MS; Date.now() < until; ) {
    const before = platform.calls();
    if ((await ledger.settled(SILENCE_MS)) || platform.calls() === before) return;
  }
}
