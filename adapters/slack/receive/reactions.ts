/** ⏹ or 🛑 as a reaction on an answer that is being written stops it (docs.slack.dev, "reaction_added event"). */
import type { Ingest } from '../../../src/contract/index.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';
import type { WhoAmI } from '../identity.ts';

export interface ReactionAdded {
  user: string;
  reaction: string;
  /** Whose message it is; absent for incoming webhooks. */
  item_user?: string;
  item: { type: string; channel: string; ts: string };
  event_ts: string;
}

/** ⏹ goes by the first name in Slack's own picker, by the second where a workspace has given it that name. */
const STOPS = new Set(['black_square_for_stop', 'stop_button', 'octagonal_sign']);
/** A stop that is delivered later would hit the conversation's next answer. */
const LATEST_MS = 60_000;

/** @throws when Redis is away: the event is then delivered again */
export async function stopByReaction(
  { reaction, user, item, item_user, event_ts }: ReactionAdded,
  deps: { ingest: Ingest; sentMessages: SentMessages; whoAmI: WhoAmI },
): Promise<void> {
  if (!STOPS.has(reaction) || item.type !== 'message') return;
  if (item_user !== (await deps.whoAmI()).userId || Date.now() - Number(event_ts) * 1_000 > LATEST_MS) return;
  const note = await deps.sentMessages.get(`${item.channel}:${item.ts}`);
  // Only the person who asked may stop it.
  if (note?.user === user) await deps.ingest.stop(note.conversation);
}
