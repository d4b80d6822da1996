/** The way in: what a receiver hands its events to. */
import type { Address, InboundMessage } from './message.ts';

/** When a message is for us; decided in the same Redis call that stores it. */
export type Condition =
  /** It addresses us: a direct message, a mention, a command. */
  | 'always'
  /** Only if we take part in the conversation already. */
  | 'if-participating'
  /** Only if we take part and nobody but this author has written in it. */
  | 'if-only-participant';

export type IngestResult = 'accepted' | 'duplicate' | 'ignored';

/** What a receiver hands its events to. When a call resolves, the message is in Redis and the platform may be told. */
export interface Ingest {
  /** @throws when Redis cannot take it: do not acknowledge, so that the platform delivers again. */
  message(message: InboundMessage, condition?: Condition): Promise<IngestResult>;
  /** An edit (`text`) or a deletion (`null`) of a message. True if it still waited, and so is honoured. */
  amend(conversation: string, messageId: string, text: string | null): Promise<boolean>;
  /** Someone pressed stop: the running answer of this conversation ends where it is. True if one was running. */
  stop(conversation: string): Promise<boolean>;
  /** Runs a command (`help`, `about`, `model`, `reset`) at once, outside the queue; returns Markdown. */
  command(to: Address, command: { name: string; argument: string; author?: string }): Promise<string>;
  /**
   * A person's judgement of an answer (`message` is the posted message's id). With `reason`, from a short list of the
   * platform's own, it only adds why to a judgement that was told before. Each person's judgement of a message counts
   * once, as it is now.
   */
  feedback(
    to: Address,
    feedback: {
      message: string;
      author: string;
      value: 'good' | 'bad' | 'none';
      reason?: string;
      /** What this person thought of it before, where the platform tells: believed where nothing is remembered of it. */
      before?: 'good' | 'bad' | 'none';
    },
  ): Promise<void>;
  /**
   * The platform accepted a reply and reported later that it did not arrive.
   * @param failure.key the draft's key; `code` and `message` are the platform's
   * @throws when Redis cannot take it: do not acknowledge, so that the platform reports again
   */
  undelivered(to: Address, failure: { key: string; code: string; message: string }): Promise<void>;
}
