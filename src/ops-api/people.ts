/** `GET people?days=7|30|90` */
export interface PeopleView {
  /** Different people in the last day, 7 days, 30 days, today included. */
  active: { day: number; week: number; month: number };
  /** By day, oldest first. `returning` were there before. */
  days: { day: string[]; active: number[]; fresh: number[]; returning: number[]; messages: number[] };
  /** In the chosen days; null: nobody wrote. */
  messagesPerPerson: number | null;
  medianWaitMs: number | null;
  good: number;
  bad: number;
  reasons: { reason: string; count: number }[];
  /** Newest first. A null is a day that is not over yet. */
  cohorts: Cohort[];
  by: Record<'platform' | 'channel' | 'model', PeopleRow[]>;
  /** People are told apart for so long after their last message. */
  keptDays: number;
}
export interface Cohort {
  /** The Monday of the week in which these people wrote for the first time. */
  week: string;
  people: number;
  /** How many of them wrote again exactly 1, 7 and 30 days after their first day; and how many could have by now. */
  d1: Came;
  d7: Came;
  d30: Came;
  /** By week after the first: how many wrote in it, the first week (0) included. */
  weeks: (number | null)[];
}
export interface Came {
  came: number;
  of: number;
}
export interface PeopleRow {
  name: string;
  people: number;
  messages: number;
  medianWaitMs: number | null;
  good: number;
  bad: number;
}
