/** Where in Slack the assistant is talked to, the last used last: what a catch-up asks for first. */
import { BoundedMap } from '../../kit/bounded-map.ts';
import type { SlackRoute } from '../route.ts';

export interface Spot {
  channel: string;
  /** Null: the channel itself (a plain app's direct messages). */
  thread: string | null;
  /** `ts` of the first message that was taken here; what stood here before was not for us. */
  first: string;
  /** `ts` of the last few that were taken, ascending. */
  taken: string[];
}

const MOST = 300;
const TAKEN_KEPT = 5;

export type Spots = ReturnType<typeof createSpots>;

export function createSpots() {
  const spots = new BoundedMap<string, Spot>({ max: MOST });
  const keyOf = (channel: string, thread: string | null): string => `${channel}:${thread ?? ''}`;

  function add(spot: Spot): void {
    const key = keyOf(spot.channel, spot.thread);
    const known = spots.get(key);
    const taken = [...new Set([...(known?.taken ?? []), ...spot.taken])].sort().slice(-TAKEN_KEPT);
    const first = known && known.first < spot.first ? known.first : spot.first;
    spots.set(key, { channel: spot.channel, thread: spot.thread, first, taken });
  }

  return {
    /** A message was taken. */
    note: ({ channel, thread, asked }: SlackRoute): void => add({ channel, thread, first: asked, taken: [asked] }),
    find: (channel: string, thread: string | null): Spot | undefined => spots.get(keyOf(channel, thread)),
    /** The last used first. */
    list: (): Spot[] => spots.values().sort((a, b) => (lastOf(a) < lastOf(b) ? 1 : -1)),
    /** Adds what another process has noted. */
    merge(others: readonly Spot[]): void {
      const all = [...others, ...spots.values()].sort((a, b) => (lastOf(a) < lastOf(b) ? -1 : 1));
      for (const spot of all) add(spot);
    },
  };
}

/** `ts` of the newest message that was taken there. */
export function lastOf(spot: Spot): string {
  return spot.taken.at(-1) ?? spot.first;
}
