/**
 * One channel after a time without a session: what was written is taken as if it had just come, in its newest text; what
 * was edited or deleted meanwhile counts for what still waits. By "Get Channel Messages" (discord.com/developers).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { InboxFullError, type Ingest, SendError } from '../../../src/contract/index.ts';
import type { DiscordApi } from '../client.ts';
import type { DiscordMessage } from '../receive/normalize.ts';
import { idAt, isLater } from '../route.ts';
import type { Checkpoint } from './checkpoint.ts';

const PAGE = 100;
/** Of a channel with more, the newest are read. */
const MAX_PAGES = 5;
/** Discord tells how long to wait, mostly less than a second; a longer wait must not hold up the channel. */
const LONGEST_WAIT_MS = 3_000;
const MAX_WAITS = 4;
/** A connection may be dead for two heartbeats (of 41 s) before anybody notices. */
export const UNNOTICED_MS = 90_000;
const UNKNOWN_MESSAGE = '10008';

/** How many messages may be taken; shared by all channels that are looked into. */
export interface Budget {
  room: number;
  /** Messages that were left alone, since there was no room for them. */
  left: number;
}

export function createScan(deps: {
  api: DiscordApi;
  checkpoint: Checkpoint;
  ingest: Pick<Ingest, 'amend'>;
  /** Messages older than that (ms) are left alone. */
  maxAgeMs: number;
  /** Whether it can be for us at all. */
  mayBeForUs(message: DiscordMessage): boolean;
  /** Stores a message; true if it was for us and new. @throws while it cannot be stored */
  take(message: DiscordMessage): Promise<boolean>;
  /** Tries a message again later, whose conversation has no room. */
  takeLater(message: DiscordMessage): void;
  /** What a message says now; null: Discord does not tell. */
  textOf(message: DiscordMessage): string | null;
  signal: AbortSignal;
}) {
  const { api, checkpoint, ingest, signal } = deps;

  /** Waits in place for a limit that is short. */
  async function patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits++) {
      try {
        return await call();
      } catch (error) {
        const limited = error instanceof SendError && error.kind === 'rate-limited';
        const ms = limited ? (error.retryAfterMs ?? 0) : Number.POSITIVE_INFINITY;
        if (ms > LONGEST_WAIT_MS || waits === MAX_WAITS) throw error;
        await sleep(ms, undefined, { signal });
      }
    }
  }

  /** What was written after this id, newest first. `from`: nothing that came after it is left out. */
  async function read(channel: string, after: string): Promise<{ found: DiscordMessage[]; from: string }> {
    const found: DiscordMessage[] = [];
    for (let page = 0; page < MAX_PAGES; page++) {
      const before = found.at(-1)?.id;
      const query = { limit: String(PAGE), ...(before ? { before } : {}) };
      const messages = await patiently(() =>
        api.call<DiscordMessage[]>('GET', `/channels/${channel}/messages`, { query }),
      );
      const newestFirst = messages.sort((a, b) => (isLater(a.id, b.id) ? -1 : 1));
      found.push(...newestFirst.filter(({ id }) => isLater(id, after)));
      const last = newestFirst.at(-1);
      if (!last || messages.length < PAGE || !isLater(last.id, after)) return { found, from: after };
    }
    return { found, from: found.at(-1)?.id ?? after };
  }

  /** What was taken before and was changed meanwhile. */
  async function amend(channel: string, found: DiscordMessage[], from: string): Promise<void> {
    const there = new Map(found.map((message) => [message.id, message]));
    for (const { id, conversation } of checkpoint.takenIn(channel)) {
      const message = there.get(id);
      const text = message?.edited_timestamp ? deps.textOf(message) : null;
      if (text !== null) await ingest.amend(conversation, id, text);
      else if (!message && isLater(id, from) && (await isDeleted(channel, id)))
        await ingest.amend(conversation, id, null);
    }
  }

  /** Asked for by itself: without the permission to read the history Discord shows an empty one. */
  async function isDeleted(channel: string, id: string): Promise<boolean> {
    try {
      await patiently(() => api.call('GET', `/channels/${channel}/messages/${id}`));
      return false;
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      if (error.code === UNKNOWN_MESSAGE) return true;
      if (error.kind === 'gone' || error.kind === 'invalid') return false;
      throw error;
    }
  }

  async function takeOne(message: DiscordMessage, budget: Budget): Promise<void> {
    if (budget.room <= 0) {
      budget.left++;
      return;
    }
    // Others take from it meanwhile.
    budget.room--;
    let taken = false;
    try {
      taken = await deps.take(message);
    } catch (error) {
      if (!(error instanceof InboxFullError)) throw error;
      deps.takeLater(message);
    } finally {
      if (!taken) budget.room++;
    }
  }

  /**
   * @param known ids of messages that were heard all the same
   * @param budget of more than it has room for, the newest are taken
   * @throws SendError when Discord does not tell; Redis's errors. What was taken by then stays taken
   */
  return async (
    place: { channel: string; guild: string | null; since: number },
    known: (id: string) => boolean,
    budget: Budget,
  ): Promise<void> => {
    const { channel, guild } = place;
    const oldest = Date.now() - deps.maxAgeMs;
    const after = idAt(Math.max(place.since - UNNOTICED_MS, oldest));
    const waiting = checkpoint.takenIn(channel).map(({ id }) => id);
    const lowest = [after, ...waiting].reduce((a, b) => (isLater(a, b) ? b : a));
    const { found, from } = await read(channel, String(BigInt(lowest) - 1n));
    await amend(channel, found, from);
    const missed = found
      .filter(({ id }) => isLater(id, after) && !known(id))
      .map((message) => (guild ? { ...message, guild_id: guild } : message))
      .filter(deps.mayBeForUs)
      .reverse();
    const first = Math.max(0, missed.length - budget.room);
    budget.left += first;
    for (const message of missed.slice(first)) await takeOne(message, budget);
  };
}
