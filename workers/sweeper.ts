import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Sender } from '../src/contract/index.ts';
import type { Conversations } from '../src/conversation/conversations.ts';
import { scanInboxes } from '../src/conversation/scan.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import { isSaturated } from '../src/overload/saturation.ts';
import type { TurnQueue } from '../src/queue/turn-queue.ts';
import { busyText } from './texts.ts';

/** So many are told in one round that they wait; the queue itself is what matters. */
const MOST_NOTICES = 20;
/** Of so many who wait for the longest it is looked at whether they were told. */
const MOST_WAITING = 200;
const LOOK_EVERY_MS = 2_000;

export interface Keeper {
  start(): void;
  stop(): Promise<void>;
}

/**
 * Looks after the queue, in one worker process at a time: finds conversations in which something waits and no job does,
 * and tells people who wait for long that they are in line. It is the last net: what it does not find today, it finds on
 * the next round.
 */
export function createKeeper(deps: {
  redis: Redis;
  conversations: Conversations;
  queue: TurnQueue;
  senders: ReadonlyMap<string, Sender>;
  /** What else is done by one process at a time, looked at in each round; never throws. */
  chores?: readonly (() => Promise<void>)[];
  metrics: Metrics;
  log: Logger;
  settings: { prefix: string; sweepEveryMs: number; busyAfterMs: number };
}): Keeper {
  const { redis, conversations, queue, senders, settings, log } = deps;
  const lease = `${settings.prefix}:keeper`;
  const me = randomUUID();
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;

  /** Without a fence: two keepers at once do the same things twice, and each of them is harmless twice. */
  async function holdsLease(): Promise<boolean> {
    const held = await redis.set(lease, me, 'PX', LOOK_EVERY_MS * 5, 'NX');
    if (held === null && (await redis.get(lease)) !== me) return false;
    await redis.pexpire(lease, LOOK_EVERY_MS * 5);
    return true;
  }

  async function sweep(): Promise<void> {
    // What came only now is on its way; nobody has to look after it.
    const grace = settings.sweepEveryMs / 2;
    let found = 0;
    for await (const conversation of scanInboxes(redis, settings.prefix)) {
      if (signal.aborted) return;
      const { waiting, since, open } = await conversations.look(conversation);
      const abandoned = waiting > 0 ? Date.now() - (since ?? 0) > grace : open;
      if (abandoned && (await queue.ensure(conversation))) found += 1;
    }
    if (found === 0) return;
    deps.metrics.recovered(found);
    log.warn({ conversations: found }, 'something waited without a job; it is answered now');
  }

  async function tellThoseWhoWait(): Promise<void> {
    const { conversations: overdue, waiting } = await queue.overdue(settings.busyAfterMs, MOST_WAITING);
    let told = 0;
    for (const [place, conversation] of overdue.entries()) {
      if (told === MOST_NOTICES) return;
      if (place < MOST_NOTICES) await queue.hasten(conversation);
      // Each word about being busy is work too.
      if (isSaturated()) continue;
      const found = await conversations.notice(conversation);
      const sender = found && senders.get(found.newest.to.platform);
      if (!sender) continue;
      told += 1;
      const key = `busy-${found.oldest}`;
      const draft = await sender.begin(found.newest.to, key);
      // A courtesy: a platform that is away must not keep the others' people, or the sweep, waiting.
      await sender
        .finish(draft, { markdown: busyText(waiting), outcome: 'answered' })
        .catch((error) => log.debug({ err: error }, 'people could not be told that they wait'));
    }
  }

  async function run(): Promise<void> {
    let nextSweep = 0;
    while (!signal.aborted) {
      try {
        if (await holdsLease()) {
          await tellThoseWhoWait();
          for (const chore of deps.chores ?? []) await chore();
          if (Date.now() >= nextSweep) {
            nextSweep = Date.now() + settings.sweepEveryMs;
            await sweep();
          }
        }
      } catch (error) {
        // Redis or a platform is away; the next round tries again.
        log.debug({ err: error }, 'looking after the queue was interrupted');
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {}); // It rejects for the signal only.
    }
    await redis
      .get(lease)
      .then((holder) => (holder === me ? redis.del(lease) : 0))
      .catch(() => {}); // Without Redis the lease runs out by itself.
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
