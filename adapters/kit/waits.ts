/** Keeps the waits that a platform has asked for: who calls again before they are over is told to wait even longer. */
import { SendError } from '../../src/contract/index.ts';
import { BoundedMap } from './bounded-map.ts';

const MAX_KEPT = 10_000;

export type Waits = ReturnType<typeof createWaits>;

/** @param platform for the error's text */
export function createWaits(platform: string) {
  /** Until when, ms since the epoch. */
  const until = new BoundedMap<string, number>({ max: MAX_KEPT });

  /** How long the platform still wants no call under this key, ms. */
  const left = (key: string): number => Math.max(0, (until.get(key) ?? 0) - Date.now());

  return {
    left,
    /**
     * Makes a call, unless the platform has asked to wait: that is known without asking again.
     * @param key what the platform's limit is on, e.g. a method in a channel
     * @throws SendError of the call, or `rate-limited` with the rest of the wait
     */
    async call<T>(key: string, run: () => Promise<T>): Promise<T> {
      const retryAfterMs = left(key);
      if (retryAfterMs > 0)
        throw new SendError('rate-limited', 'ratelimited', `${platform} asked to wait (${key})`, { retryAfterMs });
      try {
        return await run();
      } catch (error) {
        if (error instanceof SendError && error.kind === 'rate-limited' && error.retryAfterMs !== undefined)
          until.set(key, Date.now() + error.retryAfterMs, error.retryAfterMs);
        throw error;
      }
    },
  };
}
