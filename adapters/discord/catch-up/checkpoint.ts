/**
 * Until when nothing was missed, and where to look for what was: saved, so that the next start, or another process that
 * takes over, knows what to ask for. Whoever saves claims only what is true by itself, so the newest claim counts.
 */

import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { DiscordRoute } from '../route.ts';

const KEY = 'catch-up';
const KEPT_FOR_S = 30 * 86_400;
const SAVE_EVERY_MS = 10_000;
/** News are saved sooner than the checkpoint, and not one by one. */
const SAVE_NEWS_AFTER_MS = 500;
/** Direct messages are in no list of Discord's, archived threads neither: those of the last while are remembered. */
const MOST_PLACES = 300;
const MOST_ARCHIVED = 20;
/** What was taken and may still wait: an edit or a deletion of it counts, also one that nobody heard. */
const MOST_TAKEN = 300;
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
export async function readSaved(store: Store): Promise<Saved | null> {
  const text = await store.get(KEY);
  return text === null ? null : (JSON.parse(text) as Saved);
}

export type Checkpoint = ReturnType<typeof createCheckpoint>;

/** @param deps.until until when (ms) nothing was missed, as far as this process can say; null: it cannot */
export function createCheckpoint(deps: { store: Store; until(): number | null; log: Logger }) {
  const { store, log } = deps;
  const direct = new Set<string>();
  const threads = new Map<string, string>();
  const taken = new Map<string, Taken>();
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let saving: Promise<void> = Promise.resolve();

  /** What others noted stays; ours counts as the newer. */
  function merge(saved: Saved): void {
    const ours = { direct: [...direct], threads: [...threads], taken: [...taken.values()] };
    for (const channel of [...saved.direct, ...ours.direct]) keepLast(direct, channel);
    for (const [thread, guild] of [...(saved.threads ?? []), ...ours.threads]) keepNewest(threads, thread, guild);
    for (const message of [...(saved.taken ?? []), ...ours.taken]) keepNewest(taken, message.id, message, MOST_TAKEN);
    for (const { id, at } of taken.values()) if (at < Date.now() - TAKEN_FOR_MS) taken.delete(id);
  }

  async function write(): Promise<void> {
    clearTimeout(soon);
    soon = undefined;
    const there = await readSaved(store);
    if (there) merge(there);
    const until = deps.until() ?? there?.seen;
    if (until === undefined) return;
    const saved: Saved = {
      seen: Math.max(until, there?.seen ?? 0),
      direct: [...direct],
      threads: [...threads],
      taken: [...taken.values()],
    };
    await store.set(KEY, JSON.stringify(saved), KEPT_FOR_S);
  }

  /** A checkpoint that is a little old costs a few more calls at the next start, nothing else. */
  function save(): Promise<void> {
    return writeNext().catch((error) => log.debug({ err: error }, 'the place to catch up from is not saved'));
  }

  /** One after another. @throws Redis's errors */
  function writeNext(): Promise<void> {
    const writing = saving.then(write);
    saving = writing.catch(() => {}); // Whoever asked for it is told.
    return writing;
  }

  function saveSoon(): void {
    if (timer) soon ??= setTimeout(() => void save(), SAVE_NEWS_AFTER_MS).unref();
  }

  return {
    /** Reads what earlier processes knew. @returns until when (ms) nothing was missed; null on the first start ever. @throws Redis's errors */
    async load(): Promise<number | null> {
      const saved = await readSaved(store);
      if (saved) merge(saved);
      return saved?.seen ?? null;
    },

    /** From now on what is known is saved, until `stop`. */
    start(): void {
      timer ??= setInterval(() => void save(), SAVE_EVERY_MS).unref();
      void save();
    },

    saveSoon,

    /** Somebody writes directly in this channel; when it resolves, a later start will look there. @throws Redis's errors */
    async meet(channel: string): Promise<void> {
      if (direct.has(channel)) return;
      keepLast(direct, channel);
      await writeNext().catch((error) => {
        direct.delete(channel);
        throw error;
      });
    },

    /** There is talk with us in this place. */
    talked({ kind, channel, guild }: Pick<DiscordRoute, 'kind' | 'channel' | 'guild'>): void {
      if (kind === 'dm') keepLast(direct, channel);
      else if (kind === 'thread' && guild) keepNewest(threads, channel, guild);
      saveSoon();
    },

    /** A message was stored, and may wait. */
    took(message: Omit<Taken, 'at'>): void {
      keepNewest(taken, message.id, { ...message, at: Date.now() }, MOST_TAKEN);
      saveSoon();
    },

    /** The conversation of a message that was taken lately. */
    conversationOf: (id: string): string | undefined => taken.get(id)?.conversation,

    /** What was taken lately in this channel. */
    takenIn: (channel: string): Taken[] => [...taken.values()].filter((message) => message.channel === channel),

    /** Channels outside of guilds in which there was talk, the last used first. */
    directChannels: (): string[] => [...direct].reverse(),

    /** Where in this guild something may wait; and the threads that Discord no longer lists, since they are archived. */
    channelsOf(guild: string, guildOf: (channel: string) => string | null): string[] {
      const waiting = [...taken.values()].map(({ channel }) => channel);
      const archived = [...threads.keys()].reverse().filter((thread) => guildOf(thread) === null);
      return [
        ...waiting.filter((channel) => (threads.get(channel) ?? guildOf(channel)) === guild),
        ...archived.filter((thread) => threads.get(thread) === guild).slice(0, MOST_ARCHIVED),
      ];
    },

    /** Saves a last time. */
    async stop(): Promise<void> {
      if (!timer) return;
      clearInterval(timer);
      timer = undefined;
      await save();
    },
  };
}

function keepLast(set: Set<string>, value: string): void {
  set.delete(value);
  set.add(value);
  if (set.size > MOST_PLACES) set.delete(set.values().next().value as string);
}

function keepNewest<T>(map: Map<string, T>, key: string, value: T, most = MOST_PLACES): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value as string);
}
