/** The threads and direct messages in which the assistant was used last: a catch-up reads these first. */
import { BoundedMap } from '../../kit/bounded-map.ts';
import type { SlackRoute } from '../route.ts';

export interface RecentThread {
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

export type RecentThreads = ReturnType<typeof createRecentThreads>;

export function createRecentThreads() {
  const threads = new BoundedMap<string, RecentThread>({ max: MOST });
  const keyOf = (channel: string, thread: string | null): string => `${channel}:${thread ?? ''}`;

  function add(recent: RecentThread): void {
    const key = keyOf(recent.channel, recent.thread);
    const known = threads.get(key);
    const taken = [...new Set([...(known?.taken ?? []), ...recent.taken])].sort().slice(-TAKEN_KEPT);
    const first = known && known.first < recent.first ? known.first : recent.first;
    threads.set(key, { channel: recent.channel, thread: recent.thread, first, taken });
  }

  return {
    /** A message was taken. */
    note: ({ channel, thread, asked }: SlackRoute): void => add({ channel, thread, first: asked, taken: [asked] }),
    find: (channel: string, thread: string | null): RecentThread | undefined => threads.get(keyOf(channel, thread)),
    /** The last used first. */
    list: (): RecentThread[] => threads.values().sort((a, b) => (lastOf(a) < lastOf(b) ? 1 : -1)),
    /** Adds what another process has noted. */
    merge(others: readonly RecentThread[]): void {
      const all = [...others, ...threads.values()].sort((a, b) => (lastOf(a) < lastOf(b) ? -1 : 1));
      for (const recent of all) add(recent);
    },
  };
}

/** `ts` of the newest message that was taken there. */
export function lastOf(recent: RecentThread): string {
  return recent.taken.at(-1) ?? recent.first;
}
