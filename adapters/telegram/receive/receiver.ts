/**
 * The receiving half: long polling. An update is received once `getUpdates` is called with a higher offset, so the offset
 * only moves on when `ingest` has stored the update. https://core.telegram.org/bots/api#getupdates
 */

import type { Receiver } from '../../../src/contract/index.ts';
import type { LeaseTiming } from '../../../src/redis/lease.ts';
import { createReceiver } from '../../kit/receiver.ts';
import { createTelegramEvents, type EventDeps } from '../events.ts';
import type { Update, User } from '../types.ts';

const POLL_SECONDS = 25;
const POLL_TIMEOUT_MS = (POLL_SECONDS + 10) * 1_000;
const UPDATES = ['message', 'edited_message', 'message_reaction'];

export function createTelegramReceiver(deps: EventDeps & { leaseTiming?: LeaseTiming }): Receiver {
  const { api, log, store } = deps;
  const events = createTelegramEvents(deps);
  let offset: number | undefined;

  async function poll(me: User, signal: AbortSignal): Promise<void> {
    const asked = { offset, timeout: POLL_SECONDS, allowed_updates: UPDATES };
    const updates = await api.call<Update[]>('getUpdates', asked, { signal, timeoutMs: POLL_TIMEOUT_MS });
    // All is confirmed; after a quiet week ids begin anywhere. https://core.telegram.org/bots/api#update
    if (updates.length === 0) offset = undefined;
    for (const update of updates) {
      if (signal.aborted) return;
      await events.take(update, me);
      offset = update.update_id + 1;
    }
  }

  return createReceiver({
    name: 'Telegram',
    log,
    // A second poll ends the first with 409, and each would get a part of the updates.
    alone: { store, ...(deps.leaseTiming && { timing: deps.leaseTiming }) },
    identify: () => api.call<User>('getMe'),
    describe: (me) => `@${me.username}, long polling`,
    poll,
  });
}
