/**
 * Collects in each process what operators want to see, and brings it to Redis once a second, in one command for all turns
 * of that time: counting costs a message next to nothing. What a process has not brought yet is lost when it is killed;
 * figures may be, messages not.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '../log/logger.ts';
import { type Batch, type Event, tally } from './batch.ts';
import { analyticsKeys, DAY_MS, dateOf, dayOf, HOUR_MS } from './keys.ts';
import { NANO } from './names.ts';
import { createPeople } from './people-log.ts';
import * as scripts from './scripts.ts';

const FLUSH_EVERY_MS = 1_000;
/** So many are brought in one command; Redis is busy with them for a few ms. */
const MOST_AT_ONCE = 2_000;
/** While Redis is away; then the oldest go. */
const MOST_EVENTS = 20_000;
const TRIM_EVERY_MS = HOUR_MS;
const FORGET_AT_ONCE = 5_000;
const MINUTES_KEPT_S = 2 * 3_600;
const HOURS_KEPT_S = 8 * 86_400;
const USAGE_KEPT_S = 62 * 86_400;

export interface AnalyticsSettings {
  /** How long figures of days, and people, are kept. */
  keepMs: number;
  turnsKeepMs: number;
  turnsMost: number;
  peopleMost: number;
  /** Channels and workspaces that have lines of their own, each day. */
  namesMost: number;
}

export interface Usage {
  answers: number;
  tokens: number;
  /** What the models' hosts took. */
  usd: number;
  /** What the platform took for messages. */
  feesUsd: number;
  /** Answers of models whose price is not known. */
  unpriced: number;
}

export interface Analytics {
  record(event: Event): void;
  start(): void;
  /** What a person's questions took today and this month (UTC); null: it is not counted. */
  usageOf(platform: string, person: string): Promise<{ today: Usage; month: Usage } | null>;
  /** Brings what was collected. */
  flush(): Promise<void>;
  /** Brings the rest, as far as Redis takes it. */
  close(): Promise<void>;
}

/** Collects nothing (`analytics.enabled: false`). */
export const noAnalytics: Analytics = {
  record() {},
  start() {},
  usageOf: async () => null,
  flush: async () => {},
  close: async () => {},
};

export function createAnalytics(options: {
  redis: Redis;
  prefix: string;
  settings: AnalyticsSettings;
  log: Logger;
  /** The clock, for tests; ms since the epoch. */
  now?: () => number;
}): Analytics {
  const { redis, settings, log, now = Date.now } = options;
  const keys = analyticsKeys(options.prefix);
  const daysKeptS = Math.ceil((settings.keepMs + DAY_MS) / 1_000);
  const people = createPeople({ redis, keys, namesMost: settings.namesMost, keptS: daysKeptS });
  let events: Event[] = [];
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;
  let nextTrim = now() + Math.random() * TRIM_EVERY_MS;

  async function bring(taken: Event[]): Promise<void> {
    const day = dayOf(now());
    await people.admit(taken, day);
    const batch = tally(taken, { partsOf: people.partsOf, personOf: await people.hasher() });
    await people.meet(batch, day);
    await write(batch, day);
  }

  async function write(batch: Batch, day: number): Promise<void> {
    const hashes: { key: string; counts: Map<string, number>; keptS: number }[] = [];
    for (const [n, counts] of batch.minutes) hashes.push({ key: keys.minute(n), counts, keptS: MINUTES_KEPT_S });
    for (const [n, counts] of batch.hours) hashes.push({ key: keys.hour(n), counts, keptS: HOURS_KEPT_S });
    for (const [name, counts] of batch.usage) {
      const [month = '', person = ''] = name.split(' ');
      hashes.push({ key: keys.usage(month, person), counts, keptS: USAGE_KEPT_S });
    }
    if (batch.day.size > 0) hashes.push({ key: keys.day(day), counts: batch.day, keptS: daysKeptS });
    const groups = people.unseen(batch);
    const args: (string | number)[] = [settings.turnsMost, batch.turns.length];
    for (const turn of batch.turns) args.push(JSON.stringify(turn));
    args.push(batch.health.size, ...[...batch.health].flat(), hashes.length);
    for (const { counts, keptS } of hashes) args.push(keptS, counts.size, ...[...counts].flat());
    for (const [, ids] of groups) args.push(daysKeptS, ids.length, ...ids);
    const touched = [...hashes.map(({ key }) => key), ...groups.map(([part]) => keys.people(day, part))];
    await scripts.write(redis, [keys.turns, keys.health, ...touched], args);
    people.saw(batch);
  }

  async function trim(): Promise<void> {
    const at = now();
    if (at < nextTrim) return;
    nextTrim = at + TRIM_EVERY_MS;
    const more = await scripts.trim(
      redis,
      [keys.turns, keys.seen, keys.first, keys.cohorts],
      [at - settings.turnsKeepMs, dayOf(at - settings.keepMs), settings.peopleMost, FORGET_AT_ONCE],
    );
    if (more === 1) nextTrim = at;
  }

  async function once(): Promise<void> {
    const taken = events.slice(0, MOST_AT_ONCE);
    events = events.slice(taken.length);
    try {
      if (taken.length > 0) await bring(taken);
    } catch (error) {
      // Redis is away, or full; whoever watches the connection tells so. Tried again with the next ones.
      log.debug({ err: error }, 'figures could not be written');
      events = [...taken, ...events].slice(-MOST_EVENTS);
      return;
    }
    // What was brought is not brought again because this fails.
    await trim().catch((error) =>
      log.debug({ err: error }, 'old figures could not be trimmed; tried again in an hour'),
    );
  }

  async function flush(): Promise<void> {
    // One at a time: a slow Redis must not be asked twice for the same.
    await flushing;
    flushing = once().finally(() => {
      flushing = undefined;
    });
    await flushing;
  }

  return {
    record(event) {
      if (events.length < MOST_EVENTS) events.push(event);
    },
    start() {
      timer = setInterval(() => void (flushing ?? flush()), FLUSH_EVERY_MS);
      timer.unref();
    },
    async usageOf(platform, person) {
      const date = dateOf(dayOf(now()));
      const personOf = await people.hasher();
      const counts = await redis.hgetall(keys.usage(date.slice(0, 7), personOf(platform, person)));
      return { today: usageIn(counts, date), month: usageIn(counts, 'month') };
    },
    flush,
    async close() {
      clearInterval(timer);
      for (let rest = Infinity; events.length > 0 && events.length < rest; ) {
        rest = events.length;
        await flush();
      }
    },
  };
}

function usageIn(counts: Record<string, string>, span: string): Usage {
  const of = (name: string): number => Number(counts[`${span} ${name}`] ?? 0);
  return {
    ...{ answers: of('answers'), tokens: of('tokens'), unpriced: of('unpriced') },
    ...{ usd: of('nanoUsd') / NANO, feesUsd: of('feesNanoUsd') / NANO },
  };
}
