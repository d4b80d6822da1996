/** From Slack's events, and from what history shows of those that were missed, to what is stored. */

import type { Ingest, IngestResult } from '../../src/contract/index.ts';
import { InboxFullError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { LastConversation } from '../kit/last-conversation.ts';
import type { Checkpoint } from './catch-up/checkpoint.ts';
import type { Classifier, Wanted } from './receive/classify.ts';
import type { SlackMessage } from './receive/normalize.ts';
import { createOrder } from './receive/order.ts';
import { routeOf, type SlackRoute } from './route.ts';

export type SlackEvents = ReturnType<typeof createSlackEvents>;

export function createSlackEvents(deps: {
  ingest: Ingest;
  classifier: Classifier;
  checkpoint: Checkpoint;
  lastConversation: LastConversation;
  /** An event could not be stored. */
  onMissed(): void;
  /** Fetches what may be missing before a message that was just delivered. */
  before(route: SlackRoute): Promise<void>;
  log: Logger;
}) {
  const { ingest, checkpoint, log } = deps;

  const inOrder = createOrder({ store, before: ({ message }) => deps.before(routeOf(message.to)) });

  async function store({ message, condition }: Wanted): Promise<IngestResult> {
    const result = await ingest.message(message, condition);
    if (result === 'accepted') {
      const { channel, user } = routeOf(message.to);
      deps.lastConversation.note(channel, user, message.to.conversation);
      checkpoint.taken(message);
    }
    return result;
  }

  async function take(event: SlackMessage): Promise<void> {
    const result = await deps.classifier.event(event);
    if (result.kind === 'message') await inOrder({ ...result, edited: false });
    else if (result.kind === 'amend') await ingest.amend(result.conversation, result.id, result.text);
    else log.trace({ why: result.why }, 'not for us');
  }

  return {
    /** Takes a `message` or `app_mention` event. @throws when it could not be stored: it must not be acknowledged then */
    async onMessage(event: SlackMessage): Promise<void> {
      const id = idOf(event.channel, event.ts);
      try {
        await take(event);
        checkpoint.heard(id, event.ts);
      } catch (error) {
        // A full inbox concerns one conversation, and Slack delivers again; anything else may last longer than that.
        if (!(error instanceof InboxFullError) && checkpoint.missed(id, event.ts)) deps.onMissed();
        throw error;
      }
    },

    /** Stores what was found in history; true if it was new. @throws while it cannot be stored */
    async onFound(wanted: Wanted): Promise<boolean> {
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
    async onDelete(conversation: string, id: string): Promise<void> {
      if (await ingest.amend(conversation, id, null)) log.debug('a message that waited was deleted meanwhile');
    },
  };
}

function idOf(channel: string | undefined, ts: string | undefined): string {
  return `${channel}:${ts}`;
}
