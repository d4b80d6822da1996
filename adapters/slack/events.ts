/** From Slack's events, and from what history shows of those that were missed, to what is stored. */

import type { Ingest, IngestResult } from '../../src/contract/index.ts';
import { InboxFullError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { Mark } from './catch-up/checkpoint.ts';
import type { Recent } from './last-conversation.ts';
import type { Judge, Wanted } from './receive/judge.ts';
import type { SlackMessage } from './receive/normalize.ts';
import { createOrder } from './receive/order.ts';
import { type Place, placeOf } from './route.ts';

export type Intake = ReturnType<typeof createIntake>;

export function createIntake(deps: {
  ingest: Ingest;
  judge: Judge;
  mark: Mark;
  recent: Recent;
  /** An event could not be stored. */
  onMissed(): void;
  /** Fetches what may be missing before a message that was just delivered. */
  before(place: Place): Promise<void>;
  log: Logger;
}) {
  const { ingest, mark, log } = deps;

  const inOrder = createOrder({ store, before: ({ message }) => deps.before(placeOf(message.to)) });

  async function store({ message, condition }: Wanted): Promise<IngestResult> {
    const result = await ingest.message(message, condition);
    if (result === 'accepted') {
      deps.recent.note(message);
      mark.taken(message);
    }
    return result;
  }

  async function hear(event: SlackMessage): Promise<void> {
    const result = await deps.judge.event(event);
    if (result.kind === 'message') await inOrder({ ...result, edited: false });
    else if (result.kind === 'amend') await ingest.amend(result.conversation, result.id, result.text);
    else log.trace({ why: result.why }, 'not for us');
  }

  return {
    /** Takes a `message` or `app_mention` event. @throws when it could not be stored: it must not be acknowledged then */
    async hear(event: SlackMessage): Promise<void> {
      const id = idOf(event.channel, event.ts);
      try {
        await hear(event);
        mark.heard(id, event.ts);
      } catch (error) {
        // A full inbox concerns one conversation, and Slack delivers again; anything else may last longer than that.
        if (!(error instanceof InboxFullError) && mark.missed(id, event.ts)) deps.onMissed();
        throw error;
      }
    },

    /** Stores what was found in history; true if it was new. @throws while it cannot be stored */
    async find(wanted: Wanted): Promise<boolean> {
      const { id, text, to } = wanted.message;
      let result: IngestResult;
      try {
        result = await store(wanted);
      } catch (error) {
        if (!(error instanceof InboxFullError)) throw error;
        log.warn({ conversation: to.conversation }, 'a missed message finds its conversation’s inbox full');
        return false;
      }
      // It may still wait, as it was before.
      if (result === 'duplicate' && wanted.edited) await ingest.amend(to.conversation, id, text);
      return result === 'accepted';
    },

    /** A message that had been stored is gone from Slack. */
    async drop(conversation: string, id: string): Promise<void> {
      if (await ingest.amend(conversation, id, null)) log.debug('a message that waited was deleted meanwhile');
    },
  };
}

function idOf(channel: string | undefined, ts: string | undefined): string {
  return `${channel}:${ts}`;
}
