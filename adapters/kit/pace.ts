/** A platform's published limits, kept before it has to say so. */
import { type Limits, SendError } from '../../src/contract/index.ts';

/** One budget of a platform's: so many calls a minute, so many of them at once. */
export interface Budget {
  bucket: string;
  perMinute: number;
  burst?: number;
}

/**
 * Takes one from each budget. The narrowest goes first: what was taken before one that is spent is not given back.
 * @throws SendError `rate-limited`, with the time after which there is room
 */
export async function pace(limits: Limits, ...budgets: Budget[]): Promise<void> {
  for (const { bucket, perMinute, burst } of budgets) {
    const retryAfterMs = await limits.take(bucket, perMinute, burst);
    if (retryAfterMs > 0)
      throw new SendError('rate-limited', 'paced', `held back: ${perMinute} calls a minute`, { retryAfterMs });
  }
}
