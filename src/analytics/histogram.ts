/**
 * Durations counted in buckets that grow by a quarter each, so that a percentile is right to some 12 % from 1 ms to days,
 * and buckets of many processes and hours can simply be added.
 */
const GROWTH = Math.log(1.25);
/** 1.25^84 ms are 38 hours; what takes longer is counted there. */
const LAST = 84;

/** @param ms @returns the number of the bucket, from 0 */
export function bucketOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(LAST, Math.ceil(Math.log(ms) / GROWTH));
}

/** The middle of a bucket, in ms. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : Math.exp(GROWTH * (bucket - 0.5));
}

/** Counts by bucket. */
export type Histogram = Map<number, number>;

export function addTo(histogram: Histogram, bucket: number, count: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + count);
}

export function countOf(histogram: Histogram): number {
  let count = 0;
  for (const one of histogram.values()) count += one;
  return count;
}

/** @param share 0 to 1 @returns ms; null when nothing was counted */
export function percentile(histogram: Histogram, share: number): number | null {
  const count = countOf(histogram);
  if (count === 0) return null;
  let left = Math.max(1, Math.ceil(count * share));
  for (const bucket of [...histogram.keys()].sort((a, b) => a - b)) {
    left -= histogram.get(bucket) ?? 0;
    if (left <= 0) return Math.round(middleOf(bucket) * 10) / 10;
  }
  return null;
}
