/** People, and money, by day. */
import type { Redis } from 'ioredis';
import type { Came, Cohort, CostRow, CostView, PeopleRow, PeopleView } from '../ops-api/index.ts';
import { type Counts, readCounts, sum, sumsOf } from './counts.ts';
import { addTo, type Histogram, percentile } from './histogram.ts';
import { analyticsKeys, DAY_MS, dateOf, dayOf, mondayOf } from './keys.ts';
import { daily, NANO } from './names.ts';

const MOST_ROWS = 20;
const MOST_COHORTS = 13;
const WEEK = 7;

export function createDays(options: { redis: Redis; prefix: string; keptDays: number }) {
  const { redis, keptDays } = options;
  const keys = analyticsKeys(options.prefix);

  /** How many different people wrote on these days; an estimate beyond some hundreds (HyperLogLog: 0.81 %). */
  async function peopleOf(days: readonly number[], part: string): Promise<number> {
    return redis.pfcount(...days.map((day) => keys.people(day, part)));
  }

  async function cohorts(today: number): Promise<Cohort[]> {
    const first = Math.max(mondayOf(today - keptDays) + WEEK, mondayOf(today) - WEEK * (MOST_COHORTS - 1));
    const days = range(first, today);
    const [all, fresh] = await Promise.all([redis.hgetall(keys.cohorts), readCounts(redis, days.map(keys.day))]);
    const freshOn = new Map(days.map((day, n) => [day, Number(fresh[n]?.[daily.fresh] ?? 0)]));
    const list: Cohort[] = [];
    for (let monday = mondayOf(today); monday >= first; monday -= WEEK) {
      const cohort = cohortOf(monday, today, all, freshOn);
      if (cohort.people > 0) list.push(cohort);
    }
    return list;
  }

  async function rows(kind: 'p' | 'c' | 'm', days: readonly number[], counts: readonly Counts[]): Promise<PeopleRow[]> {
    const messages = [...sumsOf(counts, 'n')].filter(([part]) => part.startsWith(`${kind}:`));
    const busiest = messages.sort((a, b) => b[1] - a[1]).slice(0, MOST_ROWS);
    return Promise.all(
      busiest.map(async ([part, count]) => ({
        name: part.slice(2),
        people: await peopleOf(days, part),
        messages: count,
        medianWaitMs: percentile(waitsOf(counts, part), 0.5),
        good: sum(counts, daily.good(part)),
        bad: sum(counts, daily.bad(part)),
      })),
    );
  }

  return {
    async people(count: number, now = Date.now()): Promise<PeopleView> {
      const today = dayOf(now);
      const days = range(today - count + 1, today);
      const counts = await readCounts(redis, days.map(keys.day));
      const active = await Promise.all(days.map((day) => peopleOf([day], 'all')));
      const [everybody, day, week, month] = await Promise.all([
        peopleOf(days, 'all'),
        peopleOf([today], 'all'),
        peopleOf(range(today - 6, today), 'all'),
        peopleOf(range(today - 29, today), 'all'),
      ]);
      const fresh = counts.map((one) => Number(one[daily.fresh] ?? 0));
      const messages = sum(counts, daily.messages('all'));
      const [byPlatform, byChannel, byModel] = await Promise.all([
        rows('p', days, counts),
        rows('c', days, counts),
        rows('m', days, counts),
      ]);
      return {
        active: { day, week, month },
        days: {
          day: days.map(dateOf),
          active,
          fresh,
          returning: active.map((people, n) => Math.max(0, people - (fresh[n] ?? 0))),
          messages: counts.map((one) => Number(one[daily.messages('all')] ?? 0)),
        },
        messagesPerPerson: everybody > 0 ? messages / everybody : null,
        medianWaitMs: percentile(waitsOf(counts, 'all'), 0.5),
        good: sum(counts, daily.good('all')),
        bad: sum(counts, daily.bad('all')),
        reasons: [...sumsOf(counts, 'why')]
          .map(([reason, times]) => ({ reason, count: times }))
          .sort((a, b) => b.count - a.count),
        cohorts: await cohorts(today),
        by: { platform: byPlatform, channel: byChannel, model: byModel },
        keptDays,
      };
    },

    async cost(count: number, monthUsd: number | null, now = Date.now()): Promise<CostView> {
      const today = dayOf(now);
      const days = range(today - count + 1, today);
      const counts = await readCounts(redis, days.map(keys.day));
      const total = costOf(counts, 'all');
      const good = sum(counts, daily.good('all'));
      const list = (kind: string): CostRow[] => {
        const parts = [...sumsOf(counts, 'n').keys()].filter((part) => part.startsWith(`${kind}:`));
        const found = parts.map((part) => ({ ...costOf(counts, part), name: part.slice(2) }));
        return found.sort((a, b) => b.usd - a.usd || b.outputTokens - a.outputTokens).slice(0, MOST_ROWS);
      };
      const spentUsd = await spentThisMonth(now);
      return {
        days: {
          day: days.map(dateOf),
          usd: counts.map((one) => costOf([one], 'all').usd),
          inputTokens: counts.map((one) => costOf([one], 'all').inputTokens),
          outputTokens: counts.map((one) => costOf([one], 'all').outputTokens),
          answered: counts.map((one) => costOf([one], 'all').answered),
        },
        total,
        feesUsd: sum(counts, daily.feesNanoUsd('all')) / NANO,
        by: { model: list('m'), platform: list('p'), workspace: list('w') },
        budget: monthUsd === null ? null : { monthUsd, spentUsd, leftUsd: monthUsd - spentUsd },
        usdPerAnswer: total.answered > 0 ? total.usd / total.answered : null,
        usdPerGood: good > 0 ? total.usd / good : null,
        unpriced: [...sumsOf(counts, 'free').keys()]
          .filter((part) => part.startsWith('m:'))
          .map((part) => part.slice(2)),
      };
    },
  };

  async function spentThisMonth(now: number): Promise<number> {
    const first = dayOf(Date.parse(`${new Date(now).toISOString().slice(0, 7)}-01T00:00:00Z`));
    return costOf(await readCounts(redis, range(first, dayOf(now)).map(keys.day)), 'all').usd;
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

export function waitsOf(counts: readonly Counts[], part: string): Histogram {
  const histogram: Histogram = new Map();
  const end = `|${part}`;
  for (const one of counts)
    for (const [name, count] of Object.entries(one)) {
      if (!name.startsWith('w') || !name.endsWith(end)) continue;
      const bucket = Number(name.slice(1, -end.length));
      if (Number.isInteger(bucket)) addTo(histogram, bucket, Number(count));
    }
  return histogram;
}

function costOf(counts: readonly Counts[], part: string): CostRow {
  return {
    name: part,
    answered: sum(counts, daily.answered(part)),
    inputTokens: sum(counts, daily.inputTokens(part)),
    outputTokens: sum(counts, daily.outputTokens(part)),
    usd: sum(counts, daily.nanoUsd(part)) / NANO,
  };
}

function cohortOf(monday: number, today: number, all: Counts, freshOn: ReadonlyMap<number, number>): Cohort {
  const members = range(monday, monday + WEEK - 1);
  // Counts those whose day has come; the day itself is not over, but who came back on it did.
  const came = (age: number): Came => {
    const counted = members.filter((day) => day + age <= today).map((day) => freshOn.get(day) ?? 0);
    return { came: Number(all[`${monday}|d${age}`] ?? 0), of: counted.reduce((a, b) => a + b, 0) };
  };
  const weeks = Array.from({ length: MOST_COHORTS }, (_, week) =>
    monday + week * WEEK <= today ? Number(all[`${monday}|w${week}`] ?? 0) : null,
  );
  const people = members.reduce((total, day) => total + (freshOn.get(day) ?? 0), 0);
  return { week: dateOf(monday), people, d1: came(1), d7: came(7), d30: came(30), weeks };
}

export const daysOf = (ms: number): number => Math.ceil(ms / DAY_MS);
