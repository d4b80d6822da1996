/** ⏳ on the question while Discord wants no message in its channel for long: reactions have a limit of their own. */

import type { Draft, Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { DiscordApi } from '../client.ts';
import { routeOf } from '../route.ts';

const SIGN = encodeURIComponent('⏳');
/** The reply may come later than it was told. */
const KEPT_BEYOND_S = 86_400;

export type Waiting = ReturnType<typeof createWaiting>;

/** Neither call throws. */
export function createWaiting(deps: { api: DiscordApi; store: Store; log: Logger }) {
  const { api, store, log } = deps;
  const keyOf = ({ key }: Draft): string => `waiting:${key}`;

  async function react(method: 'PUT' | 'DELETE', { to }: Draft): Promise<void> {
    const { channel, asked } = routeOf(to);
    await api.call(method, `/channels/${channel}/messages/${asked}/reactions/${SIGN}/@me`);
  }

  return {
    /** A deferred interaction says "is thinking" by itself. */
    async show(draft: Draft, waitMs: number): Promise<void> {
      if (!routeOf(draft.to).asked) return;
      try {
        // Noted first, since another worker may have to take it away.
        await store.set(keyOf(draft), '1', Math.ceil(waitMs / 1_000) + KEPT_BEYOND_S);
        await react('PUT', draft);
      } catch (error) {
        log.debug({ err: error }, 'a long wait is not shown');
      }
    },

    async hide(draft: Draft): Promise<void> {
      try {
        if ((await store.get(keyOf(draft))) !== '1') return;
        await react('DELETE', draft);
        await store.set(keyOf(draft), '0', 1);
      } catch (error) {
        log.debug({ err: error }, 'the sign of a long wait stays');
      }
    },
  };
}
