/** When models end, as `config/models.yaml` tells: said to operators in good time, never to people. */
import type { Logger } from '../log/logger.ts';
import type { Model } from './model.ts';

const DAY_MS = 86_400_000;
/** From this many days on it is said; the last step is urgent. */
export const WARNED_DAYS = 60;
const SOON_DAYS = 30;
const URGENT_DAYS = 7;

export interface Ending {
  /** Whole days until it ends; 0: today; negative: it has ended. */
  daysLeft: number;
  /** Such as 2026-12-24; undefined: it has ended on a day that is not known. */
  day: string | undefined;
  level: 'notice' | 'soon' | 'urgent' | 'ended';
}

/** @returns null while nothing is to be said: the end is not known, or far away */
export function endingOf({ facts }: Pick<Model, 'facts'>, now: number = Date.now()): Ending | null {
  if (facts?.ended) return { daysLeft: -1, day: facts.ends, level: 'ended' };
  const daysLeft = daysLeftOf(facts?.ends, now);
  if (daysLeft === undefined || daysLeft > WARNED_DAYS) return null;
  const level = daysLeft < 0 ? 'ended' : daysLeft <= URGENT_DAYS ? 'urgent' : daysLeft <= SOON_DAYS ? 'soon' : 'notice';
  return { daysLeft, day: facts?.ends, level };
}

/** Days until a day of UTC; undefined: it is not known. */
export function daysLeftOf(day: string | undefined, now: number = Date.now()): number | undefined {
  return day === undefined ? undefined : Math.floor(Date.parse(day) / DAY_MS) - Math.floor(now / DAY_MS);
}

/** One sentence without a full stop, such as "Llama 3.3 70B at Somewhere ends in 23 days, on 2026-12-24". */
export function endingText({ label, host }: Pick<Model, 'label' | 'host'>, { daysLeft, day, level }: Ending): string {
  const name = `${label} at ${host}`;
  if (level === 'ended') return day ? `${name} ended on ${day}` : `${name} has ended`;
  const when = daysLeft === 0 ? 'today' : daysLeft === 1 ? 'tomorrow' : `in ${daysLeft} days, on ${day}`;
  return `${name} ends ${when}`;
}

/**
 * Writes the endings into the log, now and once a day.
 * @returns a function that ends it
 */
export function watchEndings(
  models: readonly Model[],
  { log, metrics }: { log: Logger; metrics: { daysLeft(model: string, days: number): void } },
): () => void {
  const tell = (): void => {
    for (const model of models) {
      const days = daysLeftOf(model.facts?.ends);
      if (days !== undefined) metrics.daysLeft(model.id, days);
      const ending = endingOf(model);
      if (ending)
        log.warn(
          { model: model.id, daysLeft: ending.daysLeft },
          `${endingText(model, ending)}: choose its successor in MODEL`,
        );
    }
  };
  tell();
  const timer = setInterval(tell, DAY_MS).unref();
  return () => clearInterval(timer);
}
