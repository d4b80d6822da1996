/** The books: what was sent, when it was acknowledged and answered, and whether each message was answered once and in order. */
import type { Message } from './plan.ts';

/** All times in ms of this process's monotonic clock. */
interface Entry extends Message {
  round: number;
  sentAt?: number;
  ackedAt?: number;
  shownAt?: number;
  place: string;
  /** When the reply was whole; for one that came in a single call the same as `shownAt`. */
  wholeAt?: number;
}

export interface Faults {
  /** Never answered. */
  lost: number;
  /** Answered more than once. */
  doubled: number;
  /** Answered, but the end of the answer never came. */
  cut: number;
  /** Answered while an earlier message of the same conversation, acknowledged before this one was sent, was not. */
  disordered: number;
  /** Answered in another place than where it was asked. */
  misplaced: number;
  /** The event was not acknowledged with a 200. */
  refused: number;
}

/** Figures of one round. */
export interface Books {
  messages: number;
  answered: number;
  faults: Faults;
  /** Milliseconds from the event's first byte to the visible reply, ascending. */
  latencies: number[];
  /** Milliseconds to the whole reply, ascending. */
  wholes: number[];
  /** Milliseconds to the acknowledgement, ascending. */
  acks: number[];
  /** How late the load was against its plan, ascending: large values mean that the load itself was short of CPU. */
  lateness: number[];
  /** Replies that answered several messages at once. */
  joined: number;
}

export type Ledger = ReturnType<typeof createLedger>;

/** One ledger for each bot; entries are kept over its rounds, so that a late second answer is still noticed. */
export function createLedger() {
  const entries = new Map<number, Entry>();
  /** By place: its messages so far. */
  const places = new Map<string, Entry[]>();
  let round: Entry[] = [];
  let rounds = 0;
  let faults = noFaults();
  let joined = 0;
  /** Messages of this round whose answer is not whole. */
  let open = 0;
  let whenDone: (() => void) | undefined;

  return {
    begin(messages: Message[], placeOf: (message: Message) => string): void {
      rounds += 1;
      round = messages.map((message) => ({ ...message, place: placeOf(message), round: rounds }));
      for (const entry of round) entries.set(entry.id, entry);
      faults = noFaults();
      joined = 0;
      open = round.length;
    },
    /** Messages of this round that were sent and are not answered. */
    backlog: () => openIn(round),
    /** All messages so far that were never answered. */
    unanswered: () => openIn([...entries.values()]),
    sent(id: number, at: number): void {
      const entry = entries.get(id);
      if (!entry) return;
      entry.sentAt = at;
      const said = places.get(entry.place);
      if (said) said.push(entry);
      else places.set(entry.place, [entry]);
    },
    acked(id: number, ok: boolean, at: number): void {
      const entry = entries.get(id);
      if (entry && ok) entry.ackedAt = at;
      else faults.refused += 1;
    },
    /** Was anything written there? A platform refuses to post in a place that is not there. */
    knows: (place: string): boolean => places.has(place),
    /** A reply, or the first piece of one, can be seen. */
    shown(ids: number[], place: string, at: number): void {
      if (ids.length > 1) joined += 1;
      const fresh: Entry[] = [];
      for (const id of ids) {
        const entry = entries.get(id);
        if (entry?.place !== place) {
          faults.misplaced += 1;
          continue;
        }
        if (entry.shownAt !== undefined) {
          faults.doubled += 1;
          continue;
        }
        entry.shownAt = at;
        fresh.push(entry);
      }
      const said = places.get(place) ?? [];
      faults.disordered += fresh.filter((entry) => said.some((other) => shouldBeBefore(other, entry))).length;
    },
    /** One reply says the same twice. */
    repeated(): void {
      faults.doubled += 1;
    },
    whole(ids: number[], at: number): void {
      for (const id of ids) {
        const entry = entries.get(id);
        if (!entry || entry.wholeAt !== undefined) continue;
        entry.wholeAt = at;
        if (entry.round === rounds) open -= 1;
      }
      if (open === 0) whenDone?.();
    },
    /** Resolves with true when the answers to all messages of the round are whole, with false after `limitMs`. */
    async settled(limitMs: number): Promise<boolean> {
      if (open === 0) return true;
      const { promise, resolve } = Promise.withResolvers<void>();
      whenDone = resolve;
      const timer = setTimeout(resolve, limitMs);
      await promise;
      clearTimeout(timer);
      whenDone = undefined;
      return open === 0;
    },
    books(): Books {
      const since = (entry: Entry, at: number | undefined) => (at ?? Number.NaN) - (entry.sentAt ?? Number.NaN);
      const answered = round.filter((entry) => entry.shownAt !== undefined);
      return {
        messages: round.length,
        answered: answered.length,
        faults: {
          ...faults,
          lost: round.length - answered.length,
          cut: answered.filter((entry) => entry.wholeAt === undefined).length,
        },
        latencies: ascending(answered.map((entry) => since(entry, entry.shownAt))),
        wholes: ascending(answered.map((entry) => since(entry, entry.wholeAt))),
        acks: ascending(round.map((entry) => since(entry, entry.ackedAt))),
        lateness: ascending(round.map((entry) => (entry.sentAt ?? Number.NaN) - entry.dueAt)),
        joined,
      };
    },
  };
}

/** What was under way at the same time has no order that a bot could know. */
function shouldBeBefore(other: Entry, { id, sentAt }: Entry): boolean {
  return other.id < id && other.shownAt === undefined && (other.ackedAt ?? Number.POSITIVE_INFINITY) < (sentAt ?? 0);
}

function openIn(entries: Entry[]): number {
  return entries.filter(({ sentAt, shownAt }) => sentAt !== undefined && shownAt === undefined).length;
}

function noFaults(): Faults {
  return { lost: 0, doubled: 0, cut: 0, disordered: 0, misplaced: 0, refused: 0 };
}

function ascending(values: number[]): number[] {
  return values.filter(Number.isFinite).sort((a, b) => a - b);
}

/** @param sorted ascending */
export function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
