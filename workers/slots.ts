/** A turn that found no slot looks again after this long at the latest, and later the more of them wait. */
const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_EACH_MS = 10;

/** A job that waits for a slot; BullMQ's smaller numbers go first, 0 before all. */
export interface WaitingJob {
  priority: number;
}

/**
 * How many turns of a platform run in this process at once. Whoever may write without an account can ask for any number of
 * answers; the slots beyond a platform's own stay free for the others, so that their messages are begun at once. Each
 * worker process keeps its own slots free, so nothing has to be counted over processes.
 * @param options.most by platform, the part of a conversation's id before the first colon; no entry: no limit
 * @param options.promote brings a job back that was put off
 */
export function createSlots<Job extends WaitingJob>(options: {
  most: Readonly<Record<string, number>>;
  promote(job: Job): Promise<unknown>;
}) {
  const running = new Map<string, number>();
  const waiting = new Map<string, Map<string, Job>>();
  const platformOf = (conversation: string): string => conversation.slice(0, conversation.indexOf(':'));

  function next(platform: string): void {
    const line = waiting.get(platform);
    let first: [string, Job] | undefined;
    for (const entry of line ?? []) if (!first || entry[1].priority < first[1].priority) first = entry;
    if (!first) return;
    line?.delete(first[0]);
    // Another worker may have it already; then the one behind it is next.
    options.promote(first[1]).catch(() => next(platform));
  }

  return {
    /** Takes a slot; 0: taken, until `free`. Otherwise put the job off by so many ms; a slot that gets free brings it back. */
    take(conversation: string, job: Job): number {
      const platform = platformOf(conversation);
      const most = Object.hasOwn(options.most, platform) ? options.most[platform] : undefined;
      if (most === undefined) return 0;
      const line = waiting.get(platform) ?? new Map<string, Job>();
      const now = running.get(platform) ?? 0;
      if (now < most) {
        running.set(platform, now + 1);
        line.delete(conversation);
        return 0;
      }
      line.set(conversation, job);
      waiting.set(platform, line);
      return LOOK_AGAIN_MS + LOOK_AGAIN_EACH_MS * line.size;
    },

    /** The turn ended, however it did. */
    free(conversation: string): void {
      const platform = platformOf(conversation);
      const now = running.get(platform);
      if (now === undefined) return;
      running.set(platform, now - 1);
      next(platform);
    },
  };
}
