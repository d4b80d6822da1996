/** Work that has begun and that a stop waits for. */

export function createInFlight() {
  const running = new Set<Promise<unknown>>();
  return {
    /** Counts a promise until it settles, and hands it back. Whoever gets it handles its failure. */
    add<T>(work: Promise<T>): Promise<T> {
      running.add(work);
      const done = () => void running.delete(work);
      work.then(done, done);
      return work;
    },
    size: (): number => running.size,
    /** Resolves when nothing runs any more, however it ended, with what was begun meanwhile. */
    async settle(): Promise<void> {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
