/**
 * For platforms that wait for no acknowledgement: an event that could not be stored is tried again here. Events with one
 * key (a channel) stay in order; keys do not wait for each other.
 */
import { InboxFullError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { createBackoff, pause } from './retry.ts';

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;
/** Over all keys together. The rest is left to catch-up. */
const MAX_WAITING = 2_000;
/** A full inbox must not block the other conversations of its key: its message is retried aside. */
const ASIDE_EVERY_MS = 5_000;
const ASIDE_FOR_MS = 15 * 60_000;

interface Task {
  run(): Promise<void>;
  /** Milliseconds since the epoch. */
  since: number;
}

export type KeyedQueue = ReturnType<typeof createKeyedQueue>;

/**
 * Runs tasks one at a time per key, each until it succeeds.
 * @param options.maxWaiting tasks that may wait, over all keys
 * @param options.asideEveryMs between two attempts of a task whose inbox is full
 */
export function createKeyedQueue(options: { log: Logger; maxWaiting?: number; asideEveryMs?: number }) {
  const { log, maxWaiting = MAX_WAITING, asideEveryMs = ASIDE_EVERY_MS } = options;
  const queues = new Map<string, Task[]>();
  const aside = new Set<Task>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let waiting = 0;

  async function work(key: string, queue: Task[]): Promise<void> {
    const backoff = createBackoff({ firstMs: FIRST_BACKOFF_MS, maxMs: MAX_BACKOFF_MS });
    for (let task = queue[0]; task; task = queue[0]) {
      try {
        await task.run();
      } catch (error) {
        if (error instanceof InboxFullError) {
          void setAside(task, error);
        } else {
          if (backoff.fresh()) log.warn({ err: error }, 'could not store an event; retrying');
          await backoff.wait(signal);
          if (signal.aborted) break;
          continue;
        }
      }
      backoff.succeeded();
      queue.shift();
      waiting--;
    }
    queues.delete(key);
  }

  async function setAside(task: Task, error: Error): Promise<void> {
    log.warn({ err: error }, 'a message waits until its conversation has room');
    aside.add(task);
    while (!signal.aborted && Date.now() < task.since + ASIDE_FOR_MS) {
      await pause(asideEveryMs, signal);
      try {
        // When stopped, it still counts as waiting: the next start fetches it.
        if (signal.aborted) return;
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

  return {
    /**
     * Runs a task after the others of its key, until it succeeds. False: there is no room, and the task is dropped.
     * @param options.always for a task that nothing can fetch again: there is always room
     */
    add(key: string, run: () => Promise<void>, { always = false } = {}): boolean {
      const task = { run, since: Date.now() };
      if (waiting >= maxWaiting && !always) return false;
      waiting++;
      const queue = queues.get(key);
      if (queue) {
        queue.push(task);
        return true;
      }
      const fresh = [task];
      queues.set(key, fresh);
      const working = work(key, fresh).finally(() => running.delete(working));
      running.add(working);
      return true;
    },

    /** Tasks of this key, the running one included. */
    length: (key: string): number => queues.get(key)?.length ?? 0,

    /** When (ms since the epoch) the oldest unfinished task was added; null if there is none. */
    oldest(): number | null {
      const first = [...queues.values()].flatMap((queue) => queue.slice(0, 1));
      const times = [...first, ...aside].map(({ since }) => since);
      return times.length > 0 ? Math.min(...times) : null;
    },

    /** Lets the running tasks finish, with one more attempt at most; the rest is left to the next start's catch-up. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
