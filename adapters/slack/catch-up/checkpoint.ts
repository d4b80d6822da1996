/**
 * Until when nothing was missed, and where the assistant is talked to; saved, so that the next start knows what to ask
 * for. The processes of one workspace share it: each adds what it knows, and the newest mark counts.
 */

import type { InboundMessage, Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createSavedCheckpoint } from '../../kit/checkpoint.ts';
import { routeOf } from '../route.ts';
import { createRecentThreads, type RecentThread } from './recent-threads.ts';

const SAVE_EVERY_MS = 5_000;
/** The oldest of them hold the mark back; more would change nothing. */
const MOST_MISSED = 10_000;

interface Saved {
  v: 1;
  /** When the very first start was (ms): nothing older is ever answered. */
  begun: number;
  /** Until when (ms, by Slack's clock) nothing was missed. */
  until: number;
  /** The last used last. */
  spots: RecentThread[];
}

export type Checkpoint = ReturnType<typeof createCheckpoint>;

/** All times in ms since the epoch. */
export function createCheckpoint(deps: { store: Store; log: Logger }) {
  const threads = createRecentThreads();
  /** Events that could not be stored, by channel and `ts`, with their time. */
  const missed = new Map<string, number>();
  let key: string | undefined;
  let begun = 0;
  let newest = 0;
  let held: number | null = null;

  /** While something is not stored, or is being fetched, only what came before it counts. */
  function until(): number {
    return Math.min(newest, held ?? Number.POSITIVE_INFINITY, ...missed.values());
  }

  const kept = createSavedCheckpoint<Saved>({
    store: deps.store,
    log: deps.log,
    merge(saved) {
      if (saved) threads.merge(saved.spots);
      return { v: 1, begun, until: Math.max(until(), saved?.until ?? 0), spots: threads.list().reverse() };
    },
  });
  const saveLater = (): void => kept.saveWithin(SAVE_EVERY_MS);

  return {
    /**
     * Reads what an earlier process knew; from then on what is heard is saved.
     * @param startedAt when this process began to listen; on the very first start nothing older counts
     * @returns until when nothing was missed, held since then; null on the first start ever
     */
    async open(team: string, startedAt: number): Promise<number | null> {
      const name = `catch-up:${team}`;
      const saved = await kept.read(name);
      if (saved) {
        ({ begun } = saved);
        newest = Math.max(newest, saved.until);
        held = saved.until;
        threads.merge(saved.spots);
      } else {
        begun = startedAt;
        newest = Math.max(newest, startedAt);
        await kept.save(name);
      }
      key = name;
      kept.open(name);
      return saved?.until ?? null;
    },

    /** Reads again what the other processes know. @returns the saved mark */
    async reload(): Promise<number> {
      const saved = key === undefined ? null : await kept.read(key);
      if (saved) threads.merge(saved.spots);
      return saved?.until ?? until();
    },

    begun: (): number => begun,
    until,
    threads,

    /** An event was taken, whatever became of it. */
    heard(id: string, ts: string | undefined): void {
      missed.delete(id);
      const at = timeOf(ts);
      if (at === null || at <= newest) return;
      newest = at;
      saveLater();
    },

    /** An event could not be taken; true if it is now known as such. */
    missed(id: string, ts: string | undefined): boolean {
      const at = timeOf(ts);
      if (at === null || missed.size >= MOST_MISSED) return false;
      missed.set(id, at);
      return true;
    },

    /** Events that still have not been taken. */
    missing: (): string[] => [...missed.keys()],

    /** A message was accepted. */
    taken(message: InboundMessage): void {
      threads.note(routeOf(message.to));
      saveLater();
    },

    /** From now on, until `reached`, something from this time on may be missing. */
    hold(from: number): void {
      held = Math.min(held ?? from, from);
    },

    /**
     * Everything until this time is there.
     * @param found the missed events that were looked for
     * @param from since when something may be missing again; null: nothing is
     */
    async reached(time: number, found: readonly string[], from: number | null): Promise<void> {
      held = from;
      newest = Math.max(newest, time);
      for (const id of found) missed.delete(id);
      await kept.save();
    },

    /** Saves a last time. */
    close: kept.close,
  };
}

/** Slack's `ts` in ms; null if it is none. Never in the future, which would leave a gap. */
function timeOf(ts: string | undefined): number | null {
  const at = Math.floor(Number(ts) * 1_000);
  return at > 0 ? Math.min(at, Date.now()) : null;
}
