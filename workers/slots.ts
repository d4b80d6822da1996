/** A turn that found no slot looks again after this long at the latest, and later the more of them wait. */
const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_EACH_MS = 10;
/** A free slot is kept for a promoted job for so long; longer, and another process has it. */
const RESERVED_MS = 1_000;

/** A job that waits for a slot; BullMQ's smaller priorities go first, 0 before all, and then who was there first. */
export interface WaitingJob {
  priority: number;
  /** When it was added (ms since the epoch): its place in line, whichever process puts it off. */
  timestamp: number;
}

interface Line<Job> {
  running: number;
  /** By conversation. `putOff`: it is delayed by now, and can be promoted. */
  waiting: Map<string, { job: Job; putOff: boolean }>;
  /** Conversations that a free slot is kept for, until the timer ends. */
  reserved: Map<string, NodeJS.Timeout>;
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
  const lines = new Map(
    Object.keys(options.most).map((platform): [string, Line<Job>] => [
      platform,
      { running: 0, waiting: new Map(), reserved: new Map() },
    ]),
  );
  const platformOf = (conversation: string): string => conversation.slice(0, conversation.indexOf(':'));
  const hasFree = (line: Line<Job>, platform: string): boolean =>
    line.running + line.reserved.size < (options.most[platform] as number);

  function release(line: Line<Job>, conversation: string): void {
    clearTimeout(line.reserved.get(conversation));
    line.reserved.delete(conversation);
    line.waiting.delete(conversation);
  }

  function promote(line: Line<Job>, conversation: string, job: Job): void {
    // Another worker may have it already; then the one behind it is next.
    options.promote(job).catch(() => {
      if (!line.reserved.has(conversation)) return;
      release(line, conversation);
      fill(line, platformOf(conversation));
    });
  }

  /** Keeps each free slot for the first in line, before a new arrival can take it. */
  function fill(line: Line<Job>, platform: string): void {
    while (hasFree(line, platform)) {
      let first: string | undefined;
      let ahead: Job | undefined;
      for (const [conversation, { job }] of line.waiting) {
        if (line.reserved.has(conversation) || (ahead && !goesBefore(job, ahead))) continue;
        first = conversation;
        ahead = job;
      }
      if (first === undefined || ahead === undefined) return;
      const conversation = first;
      const timer = setTimeout(() => {
        release(line, conversation);
        fill(line, platform);
      }, RESERVED_MS);
      timer.unref();
      line.reserved.set(conversation, timer);
      if (line.waiting.get(conversation)?.putOff) promote(line, conversation, ahead);
    }
  }

  return {
    /**
     * Takes a slot; 0: taken, until `free`. Otherwise put the job off by so many ms and then call `putOff`; a slot that
     * gets free brings it back.
     */
    take(conversation: string, job: Job): number {
      const platform = platformOf(conversation);
      const line = lines.get(platform);
      if (!line) return 0;
      if (line.reserved.has(conversation) || hasFree(line, platform)) {
        release(line, conversation);
        line.running += 1;
        return 0;
      }
      line.waiting.set(conversation, { job, putOff: false });
      return LOOK_AGAIN_MS + LOOK_AGAIN_EACH_MS * line.waiting.size;
    },

    /** The job is delayed now. A slot may have got free for it meanwhile. */
    putOff(conversation: string): void {
      const line = lines.get(platformOf(conversation));
      const waits = line?.waiting.get(conversation);
      if (!line || !waits) return;
      waits.putOff = true;
      if (line.reserved.has(conversation)) promote(line, conversation, waits.job);
    },

    /** The turn ended, however it did. */
    free(conversation: string): void {
      const platform = platformOf(conversation);
      const line = lines.get(platform);
      if (!line) return;
      line.running -= 1;
      fill(line, platform);
    },
  };
}

const goesBefore = (a: WaitingJob, b: WaitingJob): boolean =>
  a.priority < b.priority || (a.priority === b.priority && a.timestamp < b.timestamp);
