/**
 * The gateway does not wait for an acknowledgement: what could not be taken is tried again here. One lane a channel, in
 * which events stay in their order; lanes do not wait for each other.
 */
import { InboxFullError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;
/** Together, over all lanes. What does not fit is fetched by catch-up. */
const MOST_WAITING = 2_000;
/** A conversation whose inbox is full must not hold up its channel: its message is tried again aside, for so long. */
const ASIDE_EVERY_MS = 5_000;
const ASIDE_FOR_MS = 15 * 60_000;

interface Task {
  run(): Promise<void>;
  /** Milliseconds since the epoch. */
  since: number;
}

export type Lanes = ReturnType<typeof createLanes>;

/** Events of one channel, in their order, each until it is stored. */
export function createLanes(options: { log: Logger }) {
  const { log } = options;
  const lanes = new Map<string, Task[]>();
  const aside = new Set<Task>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  let waiting = 0;

  async function work(name: string, lane: Task[]): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    for (let task = lane[0]; task; task = lane[0]) {
      try {
        await task.run();
      } catch (error) {
        if (error instanceof InboxFullError) {
          void setAside(task, error);
        } else {
          if (backoff === FIRST_BACKOFF_MS) log.warn({ err: error }, 'an event could not be taken; trying again');
          await pause(backoff);
          backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
          if (stopping.signal.aborted) break;
          continue;
        }
      }
      backoff = FIRST_BACKOFF_MS;
      lane.shift();
      waiting--;
    }
    lanes.delete(name);
  }

  async function setAside(task: Task, error: Error): Promise<void> {
    log.warn({ err: error }, 'a message waits until its conversation has room');
    aside.add(task);
    while (!stopping.signal.aborted && Date.now() < task.since + ASIDE_FOR_MS) {
      await pause(ASIDE_EVERY_MS);
      try {
        // Stopped, it still counts as waiting: the next start fetches it.
        if (stopping.signal.aborted) return;
        await task.run();
        aside.delete(task);
        return;
      } catch (again) {
        log.debug({ err: again }, 'still no room');
      }
    }
    aside.delete(task);
    log.error({ err: error }, 'a message was given up: its conversation stayed full');
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        stopping.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      stopping.signal.addEventListener('abort', done);
      if (stopping.signal.aborted) done();
    });
  }

  return {
    /**
     * Runs it after what came before in this lane; until it succeeds. False: there is no room, and it is forgotten.
     * @param precious it is in no history, so there is always room
     */
    add(name: string, run: () => Promise<void>, precious = false): boolean {
      const task = { run, since: Date.now() };
      if (waiting >= MOST_WAITING && !precious) return false;
      waiting++;
      const lane = lanes.get(name);
      if (lane) {
        lane.push(task);
        return true;
      }
      const fresh = [task];
      lanes.set(name, fresh);
      const working = work(name, fresh).finally(() => running.delete(working));
      running.add(working);
      return true;
    },

    /** What runs and waits in this lane. */
    length: (name: string): number => lanes.get(name)?.length ?? 0,

    /** Since when (ms) something waits that is not stored yet; null when nothing does. */
    oldest(): number | null {
      const first = [...lanes.values()].flatMap((lane) => lane.slice(0, 1));
      const times = [...first, ...aside].map(({ since }) => since);
      return times.length > 0 ? Math.min(...times) : null;
    },

    /** Tries each lane once more at most; what is left then is fetched by the next start's catch-up. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
