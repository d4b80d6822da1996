/**
 * What was missed while no session lived. Discord replays events only within a session that can be resumed; afterwards
 * `GET /channels/{id}/messages?after=` has them ("Get Channel Messages"). Ids make a second delivery harmless.
 */
import type { Logger } from '../../src/log/logger.ts';
import type { Store } from '../contract.ts';
import { SendError } from '../contract.ts';
import type { DiscordApi } from './client.ts';
import type { Directory } from './directory.ts';
import type { DiscordMessage } from './normalize.ts';
import { idAt, isLater } from './place.ts';

const KEY = 'catch-up';
const KEPT_FOR_S = 30 * 86_400;
const SAVE_EVERY_MS = 10_000;
/** Nobody wants an answer to what was written earlier than that. */
const OLDEST_MS = 12 * 3_600_000;
/** A connection may be dead for two heartbeats (of 41 s) before anybody notices. */
const UNNOTICED_MS = 90_000;
const MOST_CHANNELS = 100;
const PAGE = 100;
const MOST_PAGES = 3;
/** Direct messages are in no list of Discord's, so those of the last while are remembered. */
const MOST_REMEMBERED = 300;
const MOST_WAITS = 5;

interface Saved {
  /** Until when (ms) nothing was missed. */
  seen: number;
  /** Channels of direct messages, the last used last. */
  direct: string[];
}

export function createCatchUp(deps: {
  api: DiscordApi;
  directory: Directory;
  store: Store;
  /** Takes a message as if it had just arrived; true if it was for us and new. Throws while it cannot be stored. */
  take(message: DiscordMessage): Promise<boolean>;
  /** Since when (ms) something waits that is not stored; null: nothing does. */
  oldestWaiting(): number | null;
  connected(): boolean;
  log: Logger;
}) {
  const { api, directory, store, log } = deps;
  const direct = new Set<string>();
  let seen = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let unfinished: number | null = null;

  function look(): void {
    // While there is no session nothing is seen; while something waits or is being fetched, only what came before it.
    if (deps.connected()) seen = Math.min(deps.oldestWaiting() ?? Date.now(), unfinished ?? Number.POSITIVE_INFINITY);
  }

  async function save(): Promise<void> {
    look();
    const saved: Saved = { seen, direct: [...direct] };
    try {
      await store.set(KEY, JSON.stringify(saved), KEPT_FOR_S);
    } catch (error) {
      log.debug({ err: error }, 'the place to catch up from is not saved');
    }
  }

  async function fetchChannel(channel: string, since: string, known: (id: string) => boolean): Promise<number> {
    const guild = directory.guildOf(channel);
    let after = since;
    let taken = 0;
    for (let page = 0; page < MOST_PAGES && !stopped; page++) {
      const messages = await patiently(() =>
        api.call<DiscordMessage[]>('GET', `/channels/${channel}/messages`, { query: { after, limit: String(PAGE) } }),
      );
      const oldestFirst = messages.sort((a, b) => (isLater(a.id, b.id) ? 1 : -1));
      for (const message of oldestFirst)
        if (
          !known(message.id) &&
          (await patiently(() => deps.take({ ...message, ...(guild ? { guild_id: guild } : {}) })))
        )
          taken++;
      after = oldestFirst.at(-1)?.id ?? after;
      if (messages.length < PAGE) break;
    }
    return taken;
  }

  async function patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits++) {
      try {
        return await call();
      } catch (error) {
        const refused = error instanceof SendError && error.kind !== 'rate-limited' && error.kind !== 'unavailable';
        if (refused || waits === MOST_WAITS || stopped) throw error;
        const wait = error instanceof SendError ? error.retryAfterMs : undefined;
        await new Promise((resolve) => setTimeout(resolve, wait ?? 1_000));
      }
    }
  }

  return {
    /** Reads what an earlier process saw. @returns since when (ms) messages may be missing; null on the first start ever */
    async load(): Promise<number | null> {
      const text = await store.get(KEY);
      if (text === null) return null;
      const saved = JSON.parse(text) as Saved;
      for (const channel of saved.direct) direct.add(channel);
      return saved.seen;
    },

    /** Begins to remember what is seen. */
    start(): void {
      timer ??= setInterval(() => void save(), SAVE_EVERY_MS).unref();
      void save();
    },

    /** Somebody wrote us directly in this channel. */
    noteDirect(channel: string): void {
      const isNew = !direct.delete(channel);
      direct.add(channel);
      if (direct.size > MOST_REMEMBERED) direct.delete(direct.values().next().value as string);
      if (isNew) void save();
    },

    /**
     * @param since ms since the epoch
     * @param known ids of messages that arrived all the same
     * @returns how many messages were for us and new. Never throws.
     */
    async run(since: number, known: (id: string) => boolean = () => false): Promise<number> {
      const from = Math.max(since - UNNOTICED_MS, Date.now() - OLDEST_MS);
      unfinished = Math.min(unfinished ?? from, from);
      const after = idAt(from);
      const channels = [...[...direct].reverse(), ...directory.changedSince(after)];
      if (channels.length > MOST_CHANNELS)
        log.warn({ channels: channels.length }, `catching up in ${MOST_CHANNELS} channels; the others are left out`);
      let taken = 0;
      for (const channel of channels.slice(0, MOST_CHANNELS)) {
        if (stopped) return taken;
        try {
          taken += await fetchChannel(channel, after, known);
        } catch (error) {
          log.debug({ err: error, channel }, 'this channel could not be caught up with');
        }
      }
      unfinished = null;
      if (taken > 0) log.info({ messages: taken, channels: channels.length }, 'caught up with what was missed');
      return taken;
    },

    /** Notes until when nothing was missed; called when a session is lost, and from time to time. */
    look,

    /** Until when (ms) nothing was missed. */
    seen: (): number => seen,

    async stop(): Promise<void> {
      stopped = true;
      clearInterval(timer);
      if (timer) await save();
    },
  };
}
