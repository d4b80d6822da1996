/** Where the figures stand in Redis. One hash tag, so that one call can touch them all on a Redis Cluster. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export type AnalyticsKeys = ReturnType<typeof analyticsKeys>;

export function analyticsKeys(prefix: string) {
  const base = `${prefix}:{analytics}`;
  return {
    /** Stream: one entry a turn. */
    turns: `${base}:turns`,
    /** Hash: the newest success and failure of each model. */
    health: `${base}:models`,
    /** Makes people's ids unreadable; never leaves Redis. */
    salt: `${base}:salt`,
    /** Sorted set: person → the last day on which they wrote. */
    seen: `${base}:people:seen`,
    /** Hash: person → the first day. */
    first: `${base}:people:first`,
    /** Hash: cohort's week and age → how many came back. */
    cohorts: `${base}:cohorts`,
    /** Hashes of counts by minute, hour and day (numbers since the epoch, UTC). */
    minute: (minute: number) => `${base}:minute:${minute}`,
    hour: (hour: number) => `${base}:hour:${hour}`,
    day: (day: number) => `${base}:day:${day}`,
    /** Set: the channels and workspaces that have their own lines on that day. */
    names: (day: number) => `${base}:names:${day}`,
    /** Hash: what the questions of one unreadable person took in a month (`2026-12`), and by day. */
    usage: (month: string, person: string) => `${base}:usage:${month}:${person}`,
    /** HyperLogLog: who wrote on that day; `part` is `all`, or one platform, channel, model. */
    people: (day: number, part: string) => `${base}:people:${day}:${part}`,
  };
}

export const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);
export const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
/** `2026-11-25` */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** The Monday of a day's week; 1970-01-01 was a Thursday. */
export const mondayOf = (day: number): number => day - ((day + 3) % 7);
