/**
 * `GET turns?platform=&conversation=&outcome=&model=&error=&slower=<ms>&turn=<id>&before=<entry>&limit=`, newest first.
 * A search looks at some ten thousand turns at a time: `next` goes on with older ones, also when few were found.
 */
export interface TurnsView {
  turns: TurnRow[];
  /** For `before`; null: there is nothing older. */
  next: string | null;
  /** How many were looked at, and since when (ms). */
  looked: number;
  since: number | null;
}

export interface TurnRow {
  /** Names the turn on this page; turns are in the order of their entries. */
  entry: string;
  /** The turn's id, as in the log. */
  id: string;
  /** When it was committed. */
  at: number;
  platform: string;
  conversation: string;
  workspace: string | null;
  outcome: string;
  /** Null: no model was asked (a command, a failure before). */
  model: string | null;
  attempts: number;
  messages: number;
  waitingMs: number;
  firstTokenMs: number | null;
  totalMs: number;
  inputTokens: number;
  outputTokens: number;
  /** Null: the model's price is not known. */
  usd: number | null;
  /** Kind of the error, such as `network`; null when there was none. */
  error: string | null;
}

/** `GET turns/<entry>` */
export interface TurnView extends TurnRow {
  /** Oldest first; `ms` since the oldest message's ingest. */
  timeline: { ms: number; what: TimelineWhat; detail: string }[];
  failure: { where: string; kind: string; code: string; message: string } | null;
  /** Whether this conversation is paused. */
  paused: boolean;
}
/**
 * `taken` once for each attempt, with the worker's name; more than one means that the one before died or let go.
 * `post` and `edit` are what people saw; `model` a call of a model, `model-failed` its failure, `overtaken` that another one was faster.
 */
export type TimelineWhat =
  | 'arrived'
  | 'taken'
  | 'guard'
  | 'model'
  | 'model-failed'
  | 'overtaken'
  | 'first-token'
  | 'whole'
  | 'post'
  | 'edit'
  | 'delivered'
  | 'committed';

/** `POST turns/<entry>/content {}`: operators only, written to the audit log. 404 when the history has it no longer. */
export interface ContentView {
  user: { name: string; text: string }[];
  reply: string | null;
}
