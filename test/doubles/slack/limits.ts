/**
 * Rate limits a minute, method and workspace. Rules: docs.slack.dev "Rate limits" (Tier 1: 1+, 2: 20+, 3: 50+, 4: 100+
 * a minute; chat.postMessage about one a second and channel, short bursts are tolerated; 429 with Retry-After), and
 * "Rate limit changes for non-Marketplace apps" (history and replies once a minute). Assumed: the size of a burst,
 * a whole minute's worth for the tiers, 5 for apps.connections.open and 4 for messages.
 */
import type { Settings } from './types.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** Builds the buckets. `take` gives 0 or the seconds to put into Retry-After. */
export function createLimits(settings: Settings) {
  const buckets = new Map<string, Bucket>();

  function draw(key: string, perMinute: number, burst: number): number {
    const now = Date.now();
    let bucket = buckets.get(key);
    if (!bucket) {
      bucket = { tokens: burst, at: now };
      buckets.set(key, bucket);
    }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perMinute) / 60_000);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - bucket.tokens) * 60) / perMinute));
  }

  return {
    /** Takes one call of this method. `perMinute` 0: no tier. */
    take(method: string, perMinute: number, channel: string): number {
      if (settings.limits === 'off') return 0;
      if (method === 'chat.postMessage') return draw(`${method} ${channel}`, 60, 4);
      if (method === 'apps.connections.open') return draw(method, 1, 5);
      if (settings.historyTier === 'commercial' && /^conversations\.(history|replies)$/.test(method))
        return draw(method, 1, 1);
      return perMinute === 0 ? 0 : draw(method, perMinute, perMinute);
    },
  };
}
