/** Keeps a platform's published rate limits, so that it need not refuse a call. */
import { type Limits, SendError } from '../../src/contract/index.ts';

/** One of a platform's limits: this many calls a minute, and a burst of them at once. */
export interface Budget {
  bucket: string;
  perMinute: number;
  burst?: number;
}

/**
 * Takes one call from each budget. List the tightest first: what was taken before an empty one is not given back.
 * @throws SendError `rate-limited`, with the time until there is room
 */
export async function throttle(limits: Limits, ...budgets: Budget[]): Promise<void> {
  for (const budget of budgets) {
    const retryAfterMs = await take(limits, budget);
    if (retryAfterMs > 0)
      throw new SendError('rate-limited', 'paced', `held back: ${budget.perMinute} calls a minute`, { retryAfterMs });
  }
}

/** Takes one call if there is room, for what may as well be left out. */
export async function hasRoom(limits: Limits, budget: Budget): Promise<boolean> {
  return (await take(limits, budget)) === 0;
}

function take(limits: Limits, { bucket, perMinute, burst }: Budget): Promise<number> {
  return limits.take(bucket, perMinute, burst);
}
