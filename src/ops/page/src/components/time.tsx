import type { VNode } from 'preact';
import { age, fullTime, moment } from '../format.ts';
import { useClock } from '../state/clock.ts';

/** A local time; all of it, with its zone, on hover. */
export function Time({ at }: { at: number }): VNode {
  return (
    <time dateTime={new Date(at).toISOString()} data-tip={fullTime(at)}>
      {moment(at)}
    </time>
  );
}

/** How long ago; the whole time on hover. */
export function Ago({ at }: { at: number }): VNode {
  const now = useClock(5_000);
  return (
    <time dateTime={new Date(at).toISOString()} data-tip={fullTime(at)}>
      {age(now - at)}
    </time>
  );
}
