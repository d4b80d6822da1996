/** One finished turn as operators can look it up. Stored in Redis, hence `v`. */
import { createHash } from 'node:crypto';

/** Milliseconds since the oldest message's ingest, what happened, and words about it. */
export type Mark = [ms: number, what: string, detail?: string];

export interface TurnRecord {
  v: 1;
  /** The turn's id, as in the log. */
  id: string;
  conversation: string;
  platform: string;
  /** Hashes. */
  workspace?: string;
  channel?: string;
  outcome: string;
  /** Id of the model that answered. */
  model?: string;
  attempts: number;
  messages: number;
  /** Milliseconds since the epoch: the commit. */
  at: number;
  waitingMs: number;
  firstTokenMs?: number;
  totalMs: number;
  inputTokens?: number;
  outputTokens?: number;
  /** US dollars; absent when the price is not known. */
  usd?: number;
  /** US dollars that the platform takes for the messages, beside `usd`. */
  feesUsd?: number;
  failure?: { where: string; kind: string; code: string; message: string };
  marks: Mark[];
}

/** Tells conversations, channels and workspaces apart, in the log and on the page, without naming them. */
export function hashed(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 12);
}
