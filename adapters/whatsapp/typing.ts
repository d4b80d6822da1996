/** “typing…”, for as long as a reply is in the making. */

import type { Logger } from '../../src/log/logger.ts';
import { isSaturated } from '../../src/overload/saturation.ts';

/** WhatsApp takes it away after 25 s, or with the next message ("Typing indicators"; whatsapp-web.js, Chat.sendStateTyping). */
const RENEW_MS = 20_000;
/** A turn that takes longer has been lost; another process shows its own sign. */
const MOST_RENEWALS = 20;

export type Presence<P> = ReturnType<typeof createPresence<P>>;

/** @param deps.show shows the sign once; `P` names the place */
export function createPresence<P>(deps: { show(place: P): Promise<unknown>; log: Logger }) {
  /** By the turn's id. */
  const signs = new Map<string, { timer: NodeJS.Timeout; shown: Promise<unknown> }>();

  /** A sign is a courtesy; nothing hangs on it. */
  function show(place: P): Promise<unknown> {
    return deps.show(place).catch((error) => deps.log.debug({ err: error }, '“typing…” not shown'));
  }

  function end(key: string): Promise<unknown> | undefined {
    const sign = signs.get(key);
    signs.delete(key);
    clearInterval(sign?.timer);
    return sign?.shown;
  }

  return {
    /** @param forMs ends by itself after this time */
    begin(place: P, key: string, forMs = RENEW_MS * MOST_RENEWALS): void {
      void end(key);
      const most = Math.min(MOST_RENEWALS, Math.floor(forMs / RENEW_MS));
      let renewals = 0;
      const timer = setInterval(() => {
        renewals += 1;
        if (renewals > most) void end(key);
        else if (!isSaturated()) sign.shown = show(place);
      }, RENEW_MS).unref();
      const sign = { timer, shown: show(place) };
      signs.set(key, sign);
    },

    /** Resolves when no call is on its way: one that overtakes the answer would show “typing…” after it. */
    async end(key: string): Promise<void> {
      await end(key);
    },

    close(): void {
      for (const { timer } of signs.values()) clearInterval(timer);
      signs.clear();
    },
  };
}
