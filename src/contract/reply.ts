/** What a sender works on: the draft of a reply, the reply, and what the platform adds to a question. */
import type { Json } from './json.ts';
import type { Address, InboundMessage } from './message.ts';

/** A reply in the making. Plain data: saved in the turn's record, so that another worker can go on with it. */
export interface Draft {
  to: Address;
  /** The turn's id: the same for every attempt. What makes a post idempotent. */
  key: string;
  /** Ids of the platform messages posted so far, in order. */
  messages: string[];
  /** True when an earlier attempt may have posted something that `messages` does not name: look for it by `key` first. */
  unverified: boolean;
  /** The adapter's own notes (plain JSON). */
  state: { [name: string]: Json };
}

/** What to show as the finished reply. */
export interface Reply {
  markdown: string;
  outcome: 'answered' | 'stopped' | 'failed';
  /** Label of the model that answered; absent for commands and failures. */
  model?: string;
  /** A short title for the conversation; given with its first answer. */
  title?: string;
  /** The platform refused a richer form: post the plainest one that it takes. */
  plain?: boolean;
}

/** What the platform knows and the event did not say. */
export interface Enriched {
  messages: InboundMessage[];
  /** Talk in the same place before the assistant was called in, oldest first (a thread it was just mentioned in). */
  earlier: InboundMessage[];
  /**
   * Messages for us that stand before the given ones and that no event has brought yet, oldest first, with the ids that
   * their events would have. They are ingested and answered in the same turn, so that a late event is a duplicate.
   */
  missed?: InboundMessage[];
}
