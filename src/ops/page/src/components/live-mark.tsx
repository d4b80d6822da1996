import type { VNode } from 'preact';
import { age, moment } from '../format.ts';
import { useClock } from '../state/clock.ts';
import { useDesk } from '../state/desk.ts';

/** Whether the numbers are of this second. */
export function LiveMark(): VNode {
  const { live } = useDesk();
  const seen = live.now ? `last seen ${moment(live.now.at)}` : 'not seen yet';
  return (
    <p class={live.live ? 'live-mark on' : 'live-mark'} role="status" aria-label="Connection">
      <i />
      {live.live ? 'live' : `not connected, ${seen}`}
    </p>
  );
}

/** Says above numbers that stand still how old they are. */
export function StaleNote({ at }: { at: number }): VNode | null {
  const { live } = useDesk();
  const now = useClock(1_000);
  if (live.live) return null;
  return (
    <p class="problem">Not connected to the server. What you see is how it was {age(now - at)}; connecting again…</p>
  );
}
