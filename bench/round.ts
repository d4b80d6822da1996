/** One round: load at one rate on one bot, and what it cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bot } from './bots.ts';
import type { FakeSlack } from './fake-slack.ts';
import type { Books, Ledger } from './ledger.ts';
import { planMessages, requestOf } from './plan.ts';
import { usageOfRedis, usageOfTree } from './usage.ts';
import type { Wire } from './wire.ts';

/** After the last event, answers have this long to come. */
const SETTLE_LIMIT_MS = 60_000;
/** And second answers to what was answered have this long to show. */
const ECHO_MS = 300;
/** Time to sign a round's messages before the first is due, in ms for each message. */
const SIGNING_MS = 0.2;

export interface Measured {
  bot: Bot;
  ledger: Ledger;
  wire: Wire;
  slack: FakeSlack;
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
  /** Web API calls. */
  slackCalls: number;
  redis?: { cpu: number; commands: number; scripts: number; memory: number; calls: Map<string, number> };
}

export async function runRound(
  { bot, ledger, wire, slack }: Measured,
  load: { rate: number; seconds: number; people: number; history: number },
): Promise<Round> {
  const { rate, seconds } = load;
  const startAt = performance.now() + 200 + rate * seconds * SIGNING_MS;
  const messages = planMessages({ ...load, startAt });
  const requests = messages.map((message) => requestOf(message, bot.port));
  ledger.begin(messages);
  await sleep(Math.max(0, startAt - performance.now() - 50));
  const redisBefore = bot.redis && (await usageOfRedis(bot.redis));
  const before = usageOfTree(bot.pid);
  const callsBefore = slack.calls();

  let half = 0;
  for (let next = 0; next < messages.length; ) {
    const now = performance.now();
    for (let due = messages[next]; due && due.dueAt <= now; due = messages[next]) {
      const { id } = due;
      const request = requests[next++] as Buffer;
      ledger.sent(id, performance.now());
      wire.send(request, (status) => ledger.acked(id, status === 200, performance.now()));
      if (next === messages.length >> 1) half = ledger.backlog();
    }
    const wait = (messages[next]?.dueAt ?? 0) - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    // Answers arrive in this process as well.
    else await new Promise(setImmediate);
  }
  const end = ledger.backlog();
  await ledger.settled(SETTLE_LIMIT_MS);
  await sleep(ECHO_MS);

  const after = usageOfTree(bot.pid);
  const redisAfter = bot.redis && (await usageOfRedis(bot.redis));
  return {
    ...ledger.books(),
    rate,
    cpu: after.cpu - before.cpu,
    rss: after.rss,
    backlog: { half, end },
    slackCalls: slack.calls() - callsBefore,
    ...(redisBefore && redisAfter
      ? {
          redis: {
            cpu: redisAfter.cpu - redisBefore.cpu,
            commands: redisAfter.commands - redisBefore.commands,
            scripts: redisAfter.scripts - redisBefore.scripts,
            memory: redisAfter.memory,
            calls: new Map(Array.from(redisAfter.calls, ([k, n]) => [k, n - (redisBefore.calls.get(k) ?? 0)])),
          },
        }
      : {}),
  };
}
