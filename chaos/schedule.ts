/** When processes die and connections break, drawn from the seed. */
import type { Chance } from './prng.ts';
import { TIMED_FAULTS, type TimedFault } from './weather.ts';

export interface Strike {
  kind: TimedFault;
  /** Milliseconds after the storm's start. */
  at: number;
  /** How long what was killed stays away, ms. */
  awayMs: number;
  /** From 0 to 1: which of those that can be struck. */
  which: number;
}

const AWAY_MS = [0, 1_000] as const;

/** Each kind that is on strikes once at least, however short the storm. */
export function scheduleStrikes(rates: Record<TimedFault, number>, ms: number, chance: Chance): Strike[] {
  const kinds = (Object.keys(TIMED_FAULTS) as TimedFault[]).filter((kind) => rates[kind] > 0);
  const strikes = kinds.flatMap((kind) => {
    const own = chance.fork(kind);
    const times = Math.max(1, Math.round((rates[kind] * ms) / 60_000));
    return Array.from(
      { length: times },
      (): Strike => ({
        kind,
        at: (0.05 + 0.9 * own.next()) * ms,
        awayMs: own.between(...AWAY_MS),
        which: own.next(),
      }),
    );
  });
  return strikes.sort((a, b) => a.at - b.at);
}
