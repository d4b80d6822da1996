/** The shapes that Chasqui keeps in Redis. Each carries `v`, so that a newer release can read what an older one wrote. */
import type { AttachmentRef, Draft, InboundMessage } from '../../adapters/contract.ts';

/** One finished turn, as the history keeps it. */
export interface HistoryTurn {
  v: 1;
  /** The turn's id. */
  id: string;
  /** Milliseconds since the epoch: when it was committed. */
  at: number;
  /** Talk that stood in the same place before the assistant was called in. */
  earlier?: { author: string; name: string; text: string }[];
  user: { id: string; author: string; name?: string; text: string; attachments?: AttachmentRef[] }[];
  /** Null: nothing was answered. */
  reply: string | null;
  outcome: 'answered' | 'stopped' | 'failed';
  model?: string;
}

/** Where a turn stands: `taken` (no answer yet), `answered` (the whole answer is saved, the rest is delivery). */
export type TurnState = 'taken' | 'answered';

/** The answer as it is saved before it is delivered, so that a retry does not call the model again. */
export interface SavedAnswer {
  markdown: string;
  outcome: 'answered' | 'stopped' | 'failed';
  /** Id of the model that answered. */
  model?: string;
  /** What the history keeps of the person's side (names filled in, files read). */
  user: HistoryTurn['user'];
  earlier?: HistoryTurn['earlier'];
  /** A command's answer is not part of the history. */
  command?: boolean;
}

/** A turn as a worker holds it after `take`. */
export interface TakenTurn {
  conversation: string;
  /** The same for every attempt: the hash of the conversation and its first inbox entry. */
  id: string;
  /** Counts the workers that took it; older holders can no longer write (fencing). */
  attempt: number;
  state: TurnState;
  /** Someone pressed stop. */
  stopped: boolean;
  draft: Draft | null;
  answer: SavedAnswer | null;
  /** What waits in the inbox, oldest first; edits applied, deleted ones marked by `deleted`. */
  entries: InboxEntry[];
  /** The newest turns, oldest first. */
  history: HistoryTurn[];
  /** Someone asked to forget: what the platform still shows from before is not read again. */
  forgot: boolean;
  /** Model that the people here chose by `/model`. */
  model: string | null;
}

export interface InboxEntry {
  /** Stream id, `<ms>-<n>`; its ms are the time of ingest. */
  entry: string;
  message: InboundMessage;
  deleted: boolean;
}
