/** What has been going on of late: traffic, times, and how the models are. */
import type { Redis } from 'ioredis';
import type { Model } from '../models/model.ts';
import type { LatencyView, ModelHealth, NowView, Percentiles, Range } from '../ops-api/index.ts';
import { type Counts, histogramOf, readCounts, sumsOf } from './counts.ts';
import { countOf, type Histogram, percentile } from './histogram.ts';
import { analyticsKeys, hourOf, MINUTE_MS, minuteOf } from './keys.ts';

const MINUTES = 60;
const HEALTH_MINUTES = 5;
const HOURS: Record<Exclude<Range, '1h'>, number> = { '24h': 24, '7d': 168 };
const SEVERAL = 3;
const FOR_MS = 3_000;
/** An answer, and no failure for so long: it is over. */
const CALM_MS = 60_000;
/** Times of a week change slowly, and reading them is the dearest of these. */
const HOURS_KEPT_MS = 15_000;

export interface RecentView {
  traffic: NowView['traffic'];
  latency: NowView['latency'];
  /** By platform, of the last whole minute. */
  platforms: Map<string, { in: number; answered: number; failed: number }>;
  models: Omit<ModelHealth, 'leftOutBy' | 'ending'>[];
}

export function createRecent(options: { redis: Redis; prefix: string; models: readonly Model[] }) {
  const { redis } = options;
  const keys = analyticsKeys(options.prefix);
  let hours: { at: number; latency: Record<Exclude<Range, '1h'>, LatencyView> } | undefined;

  async function ofHours(now: number): Promise<Record<Exclude<Range, '1h'>, LatencyView>> {
    if (hours && now - hours.at < HOURS_KEPT_MS) return hours.latency;
    const counts = await readCounts(redis, numbers(hourOf(now), HOURS['7d']).map(keys.hour));
    hours = { at: now, latency: { '24h': latencyOf(counts.slice(-HOURS['24h'])), '7d': latencyOf(counts) } };
    return hours.latency;
  }

  return {
    async read(now = Date.now()): Promise<RecentView> {
      const minutes = numbers(minuteOf(now), MINUTES);
      const [counts, health, older] = await Promise.all([
        readCounts(redis, minutes.map(keys.minute)),
        redis.hgetall(keys.health),
        ofHours(now),
      ]);
      const whole = counts.slice(-2, -1);
      return {
        traffic: {
          at: minutes.map((minute) => minute * MINUTE_MS),
          in: counts.map((one) => total(one, 'in')),
          answered: counts.map((one) => total(one, 'ok')),
          failed: counts.map((one) => total(one, 'bad')),
        },
        latency: { '1h': latencyOf(counts), ...older },
        platforms: byPlatform(whole),
        models: options.models.map((model) => healthOf(model, counts.slice(-HEALTH_MINUTES), health, now)),
      };
    },
  };
}

/** So many numbers up to and with `last`. */
function numbers(last: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => last - count + 1 + n);
}

function total(counts: Counts, name: string): number {
  let sum = 0;
  for (const count of sumsOf([counts], name).values()) sum += count;
  return sum;
}

function byPlatform(counts: readonly Counts[]): RecentView['platforms'] {
  const lists = { in: sumsOf(counts, 'in'), answered: sumsOf(counts, 'ok'), failed: sumsOf(counts, 'bad') };
  const names = new Set(Object.values(lists).flatMap((list) => [...list.keys()]));
  const of = (name: string) => ({
    in: lists.in.get(name) ?? 0,
    answered: lists.answered.get(name) ?? 0,
    failed: lists.failed.get(name) ?? 0,
  });
  return new Map([...names].map((name) => [name, of(name)]));
}

function latencyOf(counts: readonly Counts[]): LatencyView {
  return {
    waiting: percentilesOf(histogramOf(counts, 'w')),
    firstToken: percentilesOf(histogramOf(counts, 'f')),
    whole: percentilesOf(histogramOf(counts, 't')),
  };
}

function percentilesOf(histogram: Histogram): Percentiles {
  return {
    count: countOf(histogram),
    p50: percentile(histogram, 0.5),
    p95: percentile(histogram, 0.95),
    p99: percentile(histogram, 0.99),
  };
}

function healthOf(
  { id, label, host }: Model,
  counts: readonly Counts[],
  health: Counts,
  now: number,
): RecentView['models'][number] {
  const calls = sumsOf(counts, 'calls').get(id) ?? 0;
  const failed = sumsOf(counts, 'errors').get(id) ?? 0;
  const lastlyMs = Number(health[`bad|${id}`] ?? 0) - Number(health[`ok|${id}`] ?? 0);
  // One failure after many answers is chance; several, and no answer since, are not.
  const failing = lastlyMs > 0 && (failed === calls || (failed >= SEVERAL && lastlyMs > FOR_MS));
  const over = lastlyMs < 0 && now - Number(health[`bad|${id}`] ?? 0) > CALM_MS;
  const state = calls === 0 ? 'unused' : failed === 0 || over ? 'well' : failing ? 'failing' : 'shaky';
  return { id, label, host, calls, failed, state, reason: failed > 0 ? (health[`why|${id}`] ?? null) : null };
}
