/** Many people who write all the time, while something is wrong. */

/** Often enough to be amid it, seldom enough for a busy machine to keep up: what piles up is a fault of its own. */
const EVERY_MS = 200;

export interface Crowd {
  /** How many messages were taken in so far. */
  said(): number;
  /** Says nothing more. @returns how many messages were taken in */
  stop(): Promise<number>;
}

/** Five messages a second. @param say takes the n-th message in, from 0 */
export function startCrowd(say: (n: number) => Promise<unknown>): Crowd {
  const all: Promise<unknown>[] = [];
  const timer = setInterval(() => all.push(say(all.length)), EVERY_MS);
  return {
    said: () => all.length,
    async stop() {
      clearInterval(timer);
      await Promise.all(all);
      return all.length;
    },
  };
}
