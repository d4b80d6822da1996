/** `GET failures`, the newest groups first. */
export interface FailuresView {
  total: number;
  groups: FailureGroup[];
  /** What was discarded and can still be brought back. */
  discarded: DiscardedRow[];
}
export interface FailureGroup {
  key: string;
  where: string;
  kind: string;
  code: string;
  /** What the newest one said. */
  message: string;
  count: number;
  newestAt: number;
  oldestAt: number;
  /** The newest 50. */
  letters: FailureRow[];
}
export interface FailureRow {
  id: string;
  at: number;
  platform: string;
  conversation: string;
  attempts: number;
  messages: number;
  message: string;
  /** What the people were told; null when even that could not be posted. */
  told: string | null;
}
export interface DiscardedRow {
  id: string;
  at: number;
  platform: string;
  why: string;
  by: string;
}
/** `POST failures/retry`, `POST failures/discard` (with `why`), `POST failures/restore` (with `ids`). */
export type FailureChoice = { ids: string[] } | { group: string } | { all: true };
export interface DoneView {
  done: number;
}
