/** “typing…”, shown again and again for as long as a reply is in the making. */

import type { Logger } from '../../src/log/logger.ts';
import { isSaturated } from '../../src/overload/saturation.ts';

/**
 * A sign that stays for ever would be a lie: the turn may have been lost, or be gone on with by another process, and
 * nobody ends the sign then. An answer takes 5 minutes at most by default.
 */
const LONGEST_MS = 6 * 60_000;

export type Typing<P> = ReturnType<typeof createTyping<P>>;

/**
 * @param deps.show shows the sign once; `P` names the place
 * @param deps.everyMs a little less than the platform shows it for
 * @param deps.afterMs a reply that is there sooner needs no sign
 * @param deps.isBusy the process has no time to spare: a renewal is left out
 */
export function createTyping<P>(deps: {
  show(place: P): Promise<unknown>;
  everyMs: number;
  afterMs?: number;
  isBusy?(): boolean;
  log: Logger;
}) {
  const { everyMs, afterMs, isBusy = isSaturated } = deps;
  /** By the turn's id. */
  const signs = new Map<string, { timer?: NodeJS.Timeout; shown?: Promise<unknown> }>();

  function end(key: string): Promise<unknown> | undefined {
    const sign = signs.get(key);
    signs.delete(key);
    clearTimeout(sign?.timer);
    return sign?.shown;
  }

  return {
    /** @param forMs ends by itself after this time */
    begin(place: P, key: string, forMs = LONGEST_MS): void {
      void end(key);
      const sign: { timer?: NodeJS.Timeout; shown?: Promise<unknown> } = {};
      let left = Math.ceil(Math.min(forMs, LONGEST_MS) / everyMs);
      const show = (): void => {
        if (left-- === 0) return void end(key);
        // A sign is a courtesy: nothing hangs on it.
        if (!sign.shown || !isBusy())
          sign.shown = deps.show(place).catch((error) => deps.log.debug({ err: error }, '“typing…” not shown'));
        sign.timer = setTimeout(show, everyMs).unref();
      };
      signs.set(key, sign);
      if (afterMs) sign.timer = setTimeout(show, afterMs).unref();
      else show();
    },

    /** Resolves when no call is on its way: one that overtakes the answer would show “typing…” after it. */
    async end(key: string): Promise<void> {
      await end(key);
    },

    close(): void {
      for (const key of [...signs.keys()]) void end(key);
    },
  };
}
