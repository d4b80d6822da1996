/**
 * Until when nothing was missed, and where to look for what was: saved, so that the next start, or another process that
 * takes over, knows what to ask for. Whoever saves claims only what is true by itself, so the newest claim counts.
 */

import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { BoundedMap } from '../../kit/bounded-map.ts';
import { createSavedCheckpoint, readCheckpoint } from '../../kit/checkpoint.ts';
import type { DiscordRoute } from '../route.ts';

const KEY = 'catch-up';
const SAVE_EVERY_MS = 10_000;
/** News are saved sooner than the checkpoint, and not one by one. */
const SAVE_NEWS_AFTER_MS = 500;
/** Direct messages are in no list of Discord's, archived threads neither: those of the last while are remembered. */
const MAX_PLACES = 300;
const MAX_ARCHIVED = 20;
/** What was taken and may still wait: an edit or a deletion of it counts, also one that nobody heard. */
const MAX_TAKEN = 300;
export const TAKEN_FOR_MS = 3_600_000;

/** A message that was taken lately. */
export interface Taken {
  id: string;
  channel: string;
  conversation: string;
  /** When it was taken (ms). */
  at: number;
}

export interface Saved {
  /** Until when (ms since the epoch) nothing was missed. */
  seen: number;
  /** Channels of direct messages, the last used last. */
  direct: string[];
  /** Threads that we take part in and their guilds, the last used last. */
  threads?: [thread: string, guild: string][];
  taken?: Taken[];
}

/** What was saved last; null if nobody ever listened. @throws Redis's errors */
export const readSaved = (store: Store): Promise<Saved | null> => readCheckpoint<Saved>(store, KEY);

export type Checkpoint = ReturnType<typeof createCheckpoint>;

/** @param deps.until until when (ms) nothing was missed, as far as this process can say; null: it cannot */
export function createCheckpoint(deps: { store: Store; until(): number | null; log: Logger }) {
  const direct = new BoundedMap<string, string>({ max: MAX_PLACES });
  const threads = new BoundedMap<string, [thread: string, guild: string]>({ max: MAX_PLACES });
  const taken = new BoundedMap<string, Taken>({ max: MAX_TAKEN });
  const kept = createSavedCheckpoint<Saved>({
    store: deps.store,
    log: deps.log,
    merge(saved) {
      if (saved) merge(saved);
      const until = deps.until() ?? saved?.seen;
      if (until === undefined) return undefined;
      const seen = Math.max(until, saved?.seen ?? 0);
      return { seen, direct: direct.values(), threads: threads.values(), taken: taken.values() };
    },
  });
  const saveSoon = (): void => kept.saveWithin(SAVE_NEWS_AFTER_MS);

  const noteTaken = (message: Taken): void => taken.set(message.id, message, message.at + TAKEN_FOR_MS - Date.now());

  /** What others noted stays; ours counts as the newer. */
  function merge(saved: Saved): void {
    const ours = { direct: direct.values(), threads: threads.values(), taken: taken.values() };
    for (const channel of [...saved.direct, ...ours.direct]) direct.set(channel, channel);
    for (const place of [...(saved.threads ?? []), ...ours.threads]) threads.set(place[0], place);
    for (const message of [...(saved.taken ?? []), ...ours.taken]) noteTaken(message);
  }

  return {
    /** Reads what earlier processes knew. @returns until when (ms) nothing was missed; null on the first start ever. @throws Redis's errors */
    async load(): Promise<number | null> {
      const saved = await kept.read(KEY);
      if (saved) merge(saved);
      return saved?.seen ?? null;
    },

    /** From now on what is known is saved, until `stop`. */
    start(): void {
      kept.open(KEY, SAVE_EVERY_MS);
      kept.saveWithin(0);
    },

    saveSoon,

    /** Somebody writes directly in this channel; when it resolves, a later start will look there. @throws Redis's errors */
    async meet(channel: string): Promise<void> {
      if (direct.has(channel)) return;
      direct.set(channel, channel);
      await kept.save(KEY).catch((error) => {
        direct.delete(channel);
        throw error;
      });
    },

    /** There is talk with us in this place. */
    talked({ kind, channel, guild }: Pick<DiscordRoute, 'kind' | 'channel' | 'guild'>): void {
      if (kind === 'dm') direct.set(channel, channel);
      else if (kind === 'thread' && guild) threads.set(channel, [channel, guild]);
      saveSoon();
    },

    /** A message was stored, and may wait. */
    took(message: Omit<Taken, 'at'>): void {
      noteTaken({ ...message, at: Date.now() });
      saveSoon();
    },

    /** The conversation of a message that was taken lately. */
    conversationOf: (id: string): string | undefined => taken.get(id)?.conversation,

    /** What was taken lately in this channel. */
    takenIn: (channel: string): Taken[] => taken.values().filter((message) => message.channel === channel),

    /** Channels outside of guilds in which there was talk, the last used first. */
    directChannels: (): string[] => direct.values().reverse(),

    /** Where in this guild something may wait; and the threads that Discord no longer lists, since they are archived. */
    channelsOf(guild: string, guildOf: (channel: string) => string | null): string[] {
      const waiting = taken.values().map(({ channel }) => channel);
      const archived = threads
        .values()
        .reverse()
        .map(([thread]) => thread)
        .filter((thread) => guildOf(thread) === null);
      return [
        ...waiting.filter((channel) => (threads.get(channel)?.[1] ?? guildOf(channel)) === guild),
        ...archived.filter((thread) => threads.get(thread)?.[1] === guild).slice(0, MAX_ARCHIVED),
      ];
    },

    /** Saves a last time. */
    stop: kept.close,
  };
}
