/** What every step of a conversation works with. */
import type { Redis } from 'ioredis';
import type { ConversationKeys } from './keys.ts';

/** Slack retries for 6 minutes, others for days; the ids of messages are remembered for a day. */
export const SEEN_FOR_MS = 86_400_000;

export interface Store {
  redis: Redis;
  prefix: string;
  keysOf(conversation: string): ConversationKeys;
  /** How long a conversation is kept after its newest message, ms. */
  keepMs: number;
  /** Messages that an inbox may hold. */
  maxWaiting: number;
  /** Erases what other rooms keep of a conversation's words. */
  eraseAlso(conversation: string): Promise<void>;
}

/** Another worker has taken this turn, or its conversation was erased; what the old holder still wants to write is refused. */
export class TurnLostError extends Error {
  constructor(turn: string) {
    super(`turn ${turn} was taken by another worker, or erased`);
    this.name = 'TurnLostError';
  }
}
