/**
 * Rate limits. Rules: "Rate Limits" (X-RateLimit-Limit, -Remaining, -Reset, -Reset-After, -Bucket on every answer; 429
 * with `retry_after` and `global`; 50 requests a second in all, interactions not counted; buckets by channel, guild or
 * webhook). Assumed, as Discord publishes no numbers and asks to read the headers: 5 messages in 5 s and channel, edits
 * in the same bucket, 5 deletes a second, one reaction in 0.25 s, 5 typings in 5 s, 5 interaction messages in 2 s and
 * token, 10 requests in 10 s for any other route.
 */
import type { Settings } from './settings.ts';

interface Bucket {
  left: number;
  /** ms since the epoch */
  resetAt: number;
}

export interface Draw {
  headers: Record<string, string>;
  /** Set when the request is refused. */
  refused?: { seconds: number; global: boolean };
}

interface Rule {
  name: string;
  limit: number;
  windowMs: number;
}

const RULES: Record<string, Rule> = {
  'POST /channels/:channel/messages': { name: 'messages', limit: 5, windowMs: 5_000 },
  'PATCH /channels/:channel/messages/:message': { name: 'edits', limit: 5, windowMs: 5_000 },
  'DELETE /channels/:channel/messages/:message': { name: 'deletes', limit: 5, windowMs: 1_000 },
  'PUT /channels/:channel/messages/:message/reactions/:emoji/@me': { name: 'reactions', limit: 1, windowMs: 250 },
  'DELETE /channels/:channel/messages/:message/reactions/:emoji/@me': { name: 'reactions', limit: 1, windowMs: 250 },
  'POST /channels/:channel/typing': { name: 'typing', limit: 5, windowMs: 5_000 },
};
const WEBHOOK: Rule = { name: 'webhook', limit: 5, windowMs: 2_000 };

/** Builds the buckets. */
export function createLimits(settings: Settings) {
  const buckets = new Map<string, Bucket>();
  let all: Bucket = { left: 50, resetAt: 0 };

  function ruleOf(route: string): Rule {
    const rule = RULES[route];
    if (rule) return rule.name === 'edits' && settings.editBucket === 'shared' ? { ...rule, name: 'messages' } : rule;
    return route.includes('/webhooks/') ? WEBHOOK : { name: route, limit: 10, windowMs: 10_000 };
  }

  function takeGlobal(now: number): number {
    if (now >= all.resetAt) all = { left: 50, resetAt: now + 1_000 };
    all.left -= 1;
    return all.left >= 0 ? 0 : (all.resetAt - now) / 1_000;
  }

  return {
    /** Takes one request of this route; `major` is its channel, guild or webhook. */
    take(route: string, params: Record<string, string>): Draw {
      if (settings.limits === 'off' || route === 'POST /interactions/:interaction/:token/callback')
        return { headers: {} };
      const now = Date.now();
      const everywhere = takeGlobal(now);
      if (everywhere > 0) return globally(everywhere);
      const rule = ruleOf(route);
      const hash = Buffer.from(rule.name).toString('hex').slice(0, 32);
      const key = `${rule.name} ${params.channel ?? params.guild ?? params.token ?? ''}`;
      let bucket = buckets.get(key);
      if (!bucket || now >= bucket.resetAt) {
        bucket = { left: rule.limit, resetAt: now + rule.windowMs };
        buckets.set(key, bucket);
      }
      const seconds = (bucket.resetAt - now) / 1_000;
      const refused = bucket.left <= 0;
      if (!refused) bucket.left -= 1;
      const headers: Record<string, string> = {
        'x-ratelimit-limit': String(rule.limit),
        'x-ratelimit-remaining': String(bucket.left),
        'x-ratelimit-reset': (bucket.resetAt / 1_000).toFixed(3),
        'x-ratelimit-reset-after': seconds.toFixed(3),
        'x-ratelimit-bucket': hash,
      };
      if (!refused) return { headers };
      headers['x-ratelimit-scope'] = 'user';
      headers['retry-after'] = String(Math.ceil(seconds));
      return { headers, refused: { seconds, global: false } };
    },
  };
}

/** A refusal by the limit of the whole app. */
export function globally(seconds: number, retryAfter = Math.ceil(seconds)): Draw {
  return {
    headers: {
      'x-ratelimit-global': 'true',
      'x-ratelimit-scope': 'global',
      'retry-after': String(retryAfter),
    },
    refused: { seconds, global: true },
  };
}
