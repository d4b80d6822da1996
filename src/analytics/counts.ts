/** Reads the hashes of counts back. */
import type { Redis } from 'ioredis';
import { addTo, type Histogram } from './histogram.ts';

export type Counts = Record<string, string>;

/** Several hashes in one call, in the order of the keys. */
export async function readCounts(redis: Redis, keys: readonly string[]): Promise<Counts[]> {
  if (keys.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.hgetall(key);
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, counts]) => {
    if (error) throw error;
    return counts as Counts;
  });
}

/** The sum of one field. */
export function sum(counts: readonly Counts[], name: string): number {
  let total = 0;
  for (const one of counts) total += Number(one[name] ?? 0);
  return total;
}

/** The fields `<name>|<rest>` as `rest → sum`. */
export function sumsOf(counts: readonly Counts[], name: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const one of counts)
    for (const [key, value] of Object.entries(one)) {
      const bar = key.indexOf('|');
      if (key.slice(0, bar) !== name) continue;
      const rest = key.slice(bar + 1);
      sums.set(rest, (sums.get(rest) ?? 0) + Number(value));
    }
  return sums;
}

/** The fields `<name>|<bucket>` as one histogram. */
export function histogramOf(counts: readonly Counts[], name: string): Histogram {
  const histogram: Histogram = new Map();
  for (const [bucket, count] of sumsOf(counts, name)) addTo(histogram, Number(bucket), count);
  return histogram;
}
