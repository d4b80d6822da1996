/**
 * What was missed while no session lived. Discord replays events only within a session that can be resumed; each new
 * session is therefore followed by a scan of every channel in which something was written meanwhile.
 */
import type { Logger } from '../../../src/log/logger.ts';
import { createCatchUpLoop, type Gap } from '../../kit/catch-up.ts';
import type { KeyedQueue } from '../../kit/keyed-queue.ts';
import type { Directory } from '../receive/directory.ts';
import { idAt } from '../route.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Budget, type createScan, UNNOTICED_MS } from './scan.ts';

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
const MAX_CHANNELS = 100;
const AT_ONCE = 5;

interface Place {
  channel: string;
  guild: string | null;
}

export function createCatchUp(deps: {
  directory: Directory;
  queue: KeyedQueue;
  checkpoint: Checkpoint;
  scan: ReturnType<typeof createScan>;
  settings: CatchUpSettings;
  /** Whether a message was taken, or waits for it, all the same. */
  isKnown(id: string): boolean;
  connected(): boolean;
  signal: AbortSignal;
  log: Logger;
}) {
  const { directory, queue, checkpoint, settings, signal, log } = deps;
  const off = settings.maxAgeMs <= 0 || settings.maxMessages <= 0;
  /** Guilds that have not told of their channels in this session, since when something may be missing there. */
  const guilds = new Map<string, number>();
  let seen: number | null = null;
  let budget: Budget = { room: settings.maxMessages, left: 0 };
  const loop = createCatchUpLoop<Place & Gap>({
    queue,
    scan: (gap) => deps.scan(gap, deps.isKnown, budget),
    holdMs: settings.holdMs,
    maxAtOnce: AT_ONCE,
    onClosed: report,
    signal,
    log,
  });

  /** Until when (ms) nothing was missed. Without a session nothing is seen; what waits or is looked for is not there yet. */
  function look(): number | null {
    if (seen === null || !deps.connected()) return seen;
    seen = Math.min(Date.now(), queue.oldest() ?? Number.POSITIVE_INFINITY, loop.oldest(), ...guilds.values());
    return seen;
  }

  function open(places: Place[], since: number): void {
    if (places.length > MAX_CHANNELS)
      log.warn({ channels: places.length }, `catching up in ${MAX_CHANNELS} channels; the others are left out`);
    for (const place of places.slice(0, MAX_CHANNELS)) loop.open({ ...place, key: place.channel, since });
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
        checkpoint.directChannels().map((channel) => ({ channel, guild: null })),
        since,
      );
  }

  function onGuild(guild: string): void {
    const since = guilds.get(guild);
    if (since === undefined) return;
    const changed = directory.changedSince(idAt(since - UNNOTICED_MS), guild);
    const channels = new Set([...changed, ...checkpoint.channelsOf(guild, directory.guildOf)]);
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
    onEvent(event: string, data: unknown): void {
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
      if (off || loop.has(channel)) return;
      log.warn({ channel }, 'too many events wait to be stored; the others are fetched later');
      loop.openLater({ key: channel, channel, guild: directory.guildOf(channel), since });
    },

    look,

    /** Whether something may be missing in this channel. */
    hasGap: loop.has,
  };
}
