/** The shapes that Chasqui keeps in Redis. Each carries `v`, so that a newer release can read what an older one wrote. */
import type { AttachmentRef, Draft, InboundMessage } from '../contract/index.ts';

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
  /** Who answered, where it was not the default. */
  persona?: string;
}

/** Where a turn stands: `taken` (no answer yet), `answered` (the whole answer is saved, the rest is delivery). */
export type TurnState = 'taken' | 'answered';

/** What was changed of a message that waits. */
export interface Amendment {
  text?: string;
  deleted?: boolean;
  /** Somebody wrote more than the limits allow; what is answered is how long to wait, in ms. */
  limited?: { waitMs: number };
}

/** Why a turn ended without an answer that people saw. */
export interface Failure {
  /** `model`: none answered. `platform`: the reply was refused for good. `bug`: it could not even be tried. */
  where: 'model' | 'platform' | 'bug';
  kind: string;
  code: string;
  message: string;
}

/** The answer as it is saved before it is delivered, so that a retry does not call the model again. */
export interface SavedAnswer {
  markdown: string;
  outcome: 'answered' | 'stopped' | 'failed';
  /** Id of the model that answered. */
  model?: string;
  /** Id of the persona that answered. */
  persona?: string;
  /** What the history keeps of the person's side (names filled in, files read). */
  user: HistoryTurn['user'];
  earlier?: HistoryTurn['earlier'];
  /** A command's answer is not part of the history. */
  command?: boolean;
  /** It ended where it is, because someone wrote on. */
  interrupted?: boolean;
  /** Shown below the answer, and not part of the history. */
  note?: string;
  /** How long ago the newest question was asked, in ms, when it was long enough to say a word about it. */
  lateMs?: number;
  failure?: Failure;
}

/** A turn that was put off, since somebody asked for no call before a given time. */
export interface Parked {
  /** Milliseconds since the epoch. */
  until: number;
  waitsFor: 'platform' | 'model';
}

/** A turn as a worker holds it after `take`. */
export interface TakenTurn {
  conversation: string;
  /** The same for every attempt: the hash of the conversation and its first inbox entry. */
  id: string;
  /** Counts the workers that took it. */
  attempt: number;
  /** Those workers and when (ms), in their order; the first fifty. */
  taken: { at: number; worker: string }[];
  /** Names this attempt at this turn. What an older holder still wants to write is refused. */
  fence: string;
  state: TurnState;
  /** How often it was put off; each time cost an attempt in which nothing failed. */
  parks: number;
  /** The last time that it was put off. */
  parked: Parked | null;
  /** Someone pressed stop, or wrote on where that interrupts. */
  stopped: 'stop' | 'interrupt' | null;
  draft: Draft | null;
  answer: SavedAnswer | null;
  /** What was adopted, then what waits in the inbox, oldest first; edits applied, deleted ones marked by `deleted`. */
  entries: InboxEntry[];
  /** The newest turns, oldest first. */
  history: HistoryTurn[];
  /** Someone asked to forget: what the platform still shows from before is not read again. */
  forgot: boolean;
  /** The persona that people here chose, or that answered before. */
  persona: string | null;
  /** Model that the people here chose by `/model`. */
  model: string | null;
  /** When this attempt took it (ms), by Redis's clock, which gives the entries their ids, and by this process's. */
  takenAt: { redis: number; here: number };
}

export interface InboxEntry {
  /** Stream id, `<ms>-<n>`; its ms are the time of ingest. */
  entry: string;
  message: InboundMessage;
  deleted: boolean;
  limited?: { waitMs: number };
}
