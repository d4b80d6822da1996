/**
 * Posts the digest when its hour has come, once: by the keeper, so in one process at a time; and by a key that is the same
 * for each attempt, so that a platform that took it without saying so is not told twice.
 */
import type { Redis } from 'ioredis';
import { writeDigest } from '../src/analytics/digest.ts';
import { DAY_MS, dayOf, HOUR_MS, mondayOf } from '../src/analytics/keys.ts';
import { createDays } from '../src/analytics/read-days.ts';
import type { Sender } from '../src/contract/index.ts';
import type { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import type { Logger } from '../src/log/logger.ts';

/** A digest that could not be posted for so long is of no use any more. */
const LATE_MS = 12 * HOUR_MS;
const TRY_EVERY_MS = 60_000;

export interface DigestSettings {
  every: 'off' | 'day' | 'week';
  /** UTC. */
  hour: number;
  /** `slack:C0123456789` */
  to: string | undefined;
  assistant: string;
  monthUsd: number | null;
  prefix: string;
}

/** @returns a chore for the keeper; it never throws */
export function createDigest(deps: {
  redis: Redis;
  senders: ReadonlyMap<string, Sender>;
  deadLetters: DeadLetters;
  settings: DigestSettings;
  log: Logger;
  /** The clock, for tests. */
  now?: () => number;
}): () => Promise<void> {
  const { redis, senders, settings, log, now = Date.now } = deps;
  /** When the last digest was posted. */
  const lastKey = `${settings.prefix}:{ops}:digest`;
  let nextTry = 0;

  /** The day on which the last digest was due. */
  function dueDay(at: number): { day: number; dueAt: number } {
    const today = dayOf(at - settings.hour * HOUR_MS);
    const day = settings.every === 'week' ? mondayOf(today) : today;
    return { day, dueAt: day * DAY_MS + settings.hour * HOUR_MS };
  }

  async function post(day: number, dueAt: number): Promise<void> {
    const [platform = '', channel = ''] = (settings.to ?? '').split(/:(.*)/s);
    const sender = senders.get(platform);
    if (!sender?.noticeTo) {
      log.error({ to: settings.to }, 'ops.digest_to names a platform that is off, or that has no channels');
      return;
    }
    const { budget } = await createDays({ redis, prefix: settings.prefix, keptDays: 1 }).cost(
      1,
      settings.monthUsd,
      dueAt,
    );
    const markdown = await writeDigest({
      ...{ redis, prefix: settings.prefix, assistant: settings.assistant, budget },
      span: { first: settings.every === 'week' ? day - 7 : day - 1, last: day - 1 },
      failed: await deps.deadLetters.count(),
    });
    const draft = await sender.begin(await sender.noticeTo(channel, dueAt), `digest-${day}`);
    await sender.finish({ ...draft, unverified: true }, { markdown, outcome: 'answered' });
    log.info({ to: settings.to, day }, 'the digest was posted');
  }

  return async () => {
    const at = now();
    if (settings.every === 'off' || !settings.to || at < nextTry) return;
    nextTry = at + TRY_EVERY_MS;
    try {
      const { day, dueAt } = dueDay(at);
      const last = await redis.get(lastKey);
      // Switched on only now, or away for long: the next one is soon enough.
      if (at - dueAt < LATE_MS && Number(last ?? -1) < day) await post(day, dueAt);
      if (Number(last ?? -1) < day) await redis.set(lastKey, day);
    } catch (error) {
      log.warn({ err: error }, 'the digest could not be posted; it is tried again');
    }
  };
}
