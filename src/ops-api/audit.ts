/** `GET audit?before=<entry>`, newest first. */
export interface AuditView {
  rows: AuditRow[];
  next: string | null;
}
export interface AuditRow {
  entry: string;
  at: number;
  who: string;
  /** In words, such as "paused slack". */
  what: string;
}
