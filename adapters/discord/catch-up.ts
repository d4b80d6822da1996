/**
 * What was missed while no session lived. Discord replays events only within a session that can be resumed; each new
 * session is therefore followed by a look into every channel in which something was written meanwhile. A look goes through
 * the channel's own queue, so that what comes live stays behind it; other channels never wait for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SendError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { KeyedQueue } from '../kit/keyed-queue.ts';
import type { Directory } from './directory.ts';
import type { Mark } from './mark.ts';
import { idAt } from './place.ts';
import { type Budget, type createSweep, UNNOTICED_MS } from './sweep.ts';

export interface CatchUpSettings {
  /** Older messages are left alone. 0: nothing is caught up. */
  maxAgeMs: number;
  /** After one outage, so many messages are taken at most; of a channel with more, the newest. 0: nothing is caught up. */
  maxMessages: number;
  /** While Discord does not tell what was missed in a channel, what comes live there waits so long (ms) for it. */
  holdMs: number;
}

/** Nobody wants an answer to what was written earlier than that. */
export const CATCH_UP: CatchUpSettings = { maxAgeMs: 12 * 3_600_000, maxMessages: 300, holdMs: 60_000 };
/** Ingest knows ids for a day. */
export const LONGEST_AGE_MS = 20 * 3_600_000;
/** Direct ones, and as many in guilds. */
const MOST_CHANNELS = 100;
const AT_ONCE = 5;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

interface Place {
  channel: string;
  guild: string | null;
}

interface Gap extends Place {
  /** Since when (ms) something may be missing. */
  since: number;
  backoff: number;
  /** Until when (ms) the channel's queue waits for it; null before the first look. */
  heldUntil: number | null;
}

export function createCatchUp(deps: {
  directory: Directory;
  queue: KeyedQueue;
  mark: Mark;
  sweep: ReturnType<typeof createSweep>;
  settings: CatchUpSettings;
  /** Whether a message was taken, or waits for it, all the same. */
  isKnown(id: string): boolean;
  connected(): boolean;
  signal: AbortSignal;
  log: Logger;
}) {
  const { directory, queue, mark, settings, signal, log } = deps;
  const off = settings.maxAgeMs <= 0 || settings.maxMessages <= 0;
  /** Guilds that have not told of their channels in this session, since when something may be missing there. */
  const guilds = new Map<string, number>();
  const gaps = new Map<string, Gap>();
  const visits = new Set<Promise<unknown>>();
  let seen: number | null = null;
  let budget: Budget = { room: settings.maxMessages, left: 0 };

  /** Until when (ms) nothing was missed. Without a session nothing is seen; what waits or is looked for is not there yet. */
  function look(): number | null {
    if (seen === null || !deps.connected()) return seen;
    const missing = [...guilds.values(), ...[...gaps.values()].map((gap) => gap.since)];
    seen = Math.min(Date.now(), queue.oldest() ?? Number.POSITIVE_INFINITY, ...missing);
    return seen;
  }

  function open(places: Place[], since: number): void {
    if (places.length > MOST_CHANNELS)
      log.warn({ channels: places.length }, `catching up in ${MOST_CHANNELS} channels; the others are left out`);
    for (const place of places.slice(0, MOST_CHANNELS)) enter(gapOf(place, since));
  }

  function gapOf(place: Place, since: number): Gap {
    const known = gaps.get(place.channel)?.since ?? since;
    const gap: Gap = { ...place, since: Math.min(since, known), backoff: FIRST_BACKOFF_MS, heldUntil: null };
    gaps.set(place.channel, gap);
    return gap;
  }

  function enter(gap: Gap): void {
    if (!queue.add(gap.channel, () => visit(gap))) later(gap);
  }

  /** Aside, without holding up what comes live. */
  function later(gap: Gap, waitMs = nextWait(gap)): void {
    sleep(waitMs, undefined, { signal, ref: false }).then(
      () => isOpen(gap) && enter(gap),
      () => {}, // Stopped: the next start looks.
    );
  }

  function nextWait(gap: Gap): number {
    const wait = gap.backoff;
    gap.backoff = Math.min(gap.backoff * 2, MAX_BACKOFF_MS);
    return wait;
  }

  /** Not if somebody found more to look for in this channel: its own look follows. */
  function isOpen(gap: Gap): boolean {
    return gaps.get(gap.channel) === gap;
  }

  /**
   * Looks until Discord tells, so that what comes live stays behind what was missed; after a while, or when Discord wants
   * to be left alone for longer than that, the look is put aside and the queue moves on.
   * @throws when stopped meanwhile, so that nothing overtakes
   */
  async function visit(gap: Gap): Promise<void> {
    while (isOpen(gap)) {
      // Unless somebody waits behind it.
      while (visits.size >= AT_ONCE && queue.length(gap.channel) < 2) await Promise.race(visits);
      if (!isOpen(gap)) return;
      signal.throwIfAborted();
      const visiting = inspect(gap).finally(() => visits.delete(visiting));
      visits.add(visiting);
      const askedToWait = await visiting;
      if (askedToWait === null) return;
      const waitMs = Math.max(askedToWait, nextWait(gap));
      gap.heldUntil ??= Date.now() + settings.holdMs;
      if (Date.now() + waitMs > gap.heldUntil) return later(gap, waitMs);
      await sleep(waitMs, undefined, { signal, ref: false });
    }
  }

  /** Null when it is through; else the least time (ms) to wait before the next try. */
  async function inspect(gap: Gap): Promise<number | null> {
    try {
      await deps.sweep(gap, deps.isKnown, budget);
    } catch (error) {
      const failure = error instanceof SendError ? error : null;
      log.debug({ err: error, channel: gap.channel }, 'this channel could not be caught up with');
      if (!failure || !['gone', 'invalid', 'auth'].includes(failure.kind)) return failure?.retryAfterMs ?? 0;
    }
    if (isOpen(gap)) gaps.delete(gap.channel);
    if (gaps.size === 0) report();
    return null;
  }

  function report(): void {
    const taken = settings.maxMessages - budget.room;
    if (taken > 0) log.info({ messages: taken }, 'caught up with what was missed');
    if (budget.left > 0)
      log.warn({ messages: budget.left }, `more than ${settings.maxMessages} messages were missed; these are left out`);
    budget = { room: settings.maxMessages, left: 0 };
  }

  function onReady({ guilds: told = [], shard = [0, 1] }: { guilds?: { id: string }[]; shard?: number[] }): void {
    const since = seen;
    // The first start ever: what was written earlier was not written to us.
    if (since === null) seen = Date.now();
    if (since === null || off) return;
    for (const { id } of told) guilds.set(id, Math.min(since, guilds.get(id) ?? since));
    // Direct messages come by the first shard.
    if (shard[0] === 0)
      open(
        mark.directChannels().map((channel) => ({ channel, guild: null })),
        since,
      );
  }

  function onGuild(guild: string): void {
    const since = guilds.get(guild);
    if (since === undefined) return;
    const changed = directory.changedSince(idAt(since - UNNOTICED_MS), guild);
    const channels = new Set([...changed, ...mark.channelsOf(guild, directory.guildOf)]);
    open(
      [...channels].map((channel) => ({ channel, guild })),
      since,
    );
    guilds.delete(guild);
  }

  return {
    /** Begins to listen, with what others told: until when (ms) nothing was missed; null if nobody ever listened. */
    begin(since: number | null): void {
      guilds.clear();
      seen = since;
    },

    /** Takes an event of the gateway, after the directory. */
    hear(event: string, data: unknown): void {
      if (event === 'READY') onReady(data as Parameters<typeof onReady>[0]);
      else if (event === 'GUILD_CREATE') onGuild((data as { id: string }).id);
      else if (event === 'GUILD_DELETE') {
        const { id, unavailable } = data as { id: string; unavailable?: boolean };
        const since = look();
        if (!unavailable) guilds.delete(id);
        else if (since !== null && !off) guilds.set(id, guilds.get(id) ?? since);
      }
    },

    /** An event of this channel found no room; it is fetched when there is some. */
    missed(channel: string, since: number): void {
      if (off || gaps.has(channel)) return;
      log.warn({ channel }, 'too many events wait to be stored; the others are fetched later');
      later(gapOf({ channel, guild: directory.guildOf(channel) }, since));
    },

    look,

    /** Whether something may be missing in this channel. */
    hasGap: (channel: string): boolean => gaps.has(channel),
  };
}
