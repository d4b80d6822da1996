/**
 * Catches up with what was missed while no process was listening. Slack delivers an event four times within six minutes ("The Events API"), and not
 * all that falls into a gap without a socket; history has it. Ids make it harmless to find a message that was heard.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { retry } from '../../kit/retry.ts';
import type { SlackClient } from '../client.ts';
import type { SlackEvents } from '../events.ts';
import type { WhoAmI } from '../identity.ts';
import type { Classifier } from '../receive/classify.ts';
import type { SlackRoute } from '../route.ts';
import type { Checkpoint } from './checkpoint.ts';
import { createHistory } from './history.ts';
import { createScan } from './scan.ts';

export interface CatchUpSettings {
  /** Older messages are left alone. 0: nothing is caught up. */
  maxAgeMs: number;
  /** The most new messages to take; of one channel, the newest. 0: no catch-up. */
  maxMessages: number;
}

/** Nobody expects an answer to what was written earlier than that. */
export const CATCH_UP: CatchUpSettings = { maxAgeMs: 6 * 3_600_000, maxMessages: 200 };
/** Ingest remembers ids for a day. */
const LONGEST_AGE_MS = 20 * 3_600_000;
/** An event that Slack was still about to deliver again is older than the newest that was heard, by six minutes at most. */
const OVERLAP_MS = 7 * 60_000;
/** Slack delivers again at once what was not acknowledged; only what then is still missing is looked for. */
const SETTLE_MS = 5_000;
/** The longest that a message waits for older ones of its conversation. */
const LATEST_MS = 10_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 300_000;

export function createCatchUp(deps: {
  client: SlackClient;
  limits: Limits;
  checkpoint: Checkpoint;
  events: SlackEvents;
  classifier: Classifier;
  whoAmI: WhoAmI;
  settings: CatchUpSettings;
  log: Logger;
}) {
  const { checkpoint, limits, log } = deps;
  const settings = { ...deps.settings, maxAgeMs: Math.min(deps.settings.maxAgeMs, LONGEST_AGE_MS) };
  const off = settings.maxAgeMs <= 0 || settings.maxMessages <= 0;
  const stopping = new AbortController();
  const { signal } = stopping;
  const history = createHistory({ ...deps, signal });
  const { scan, before } = createScan({ ...deps, history, threads: checkpoint.threads, settings, signal });
  /** The workspace whose mark is still to be read. */
  let unopened: { team: string; startedAt: number } | null = null;
  /** Since when (ms) something may be missing that nobody looks for yet. */
  let next: number | null = null;
  let working: Promise<void> | undefined;
  /** Open from the start, and while something may be missing; `read`: conversations whose part of it is there. */
  let gap: { since: number; read: Map<string, Promise<void>> } | null = null;
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  let settling: NodeJS.Timeout | undefined;

  function follow(since: number): void {
    if (signal.aborted) return;
    next = Math.min(next ?? since, since);
    gap = { since: Math.min(gap?.since ?? since, since), read: new Map() };
    checkpoint.hold(next);
    start();
  }

  function start(): void {
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  /** Runs until no gap is left; Slack or Redis may be away for long. */
  async function work(): Promise<void> {
    while ((unopened !== null || next !== null) && !signal.aborted)
      await retry(step, {
        signal,
        log,
        what: 'catching up failed',
        firstMs: FIRST_BACKOFF_MS,
        maxMs: MAX_BACKOFF_MS,
      });
    if (!signal.aborted) gap = null;
  }

  async function step(): Promise<void> {
    if (unopened !== null) {
      const since = await checkpoint.open(unopened.team, unopened.startedAt);
      unopened = null;
      if (since !== null) {
        next = Math.min(next ?? since, since);
        gap = { since: next, read: new Map() };
      }
      isOpen = true;
      opened.resolve();
    }
    if (next === null) return;
    const since = next;
    next = null;
    try {
      await round(since);
    } catch (error) {
      next = Math.min(next ?? since, since);
      throw error;
    }
  }

  async function round(since: number): Promise<void> {
    const missing = checkpoint.missing();
    const startedAt = Date.now();
    // What only this process failed to store no other looks for.
    const elsewhere = off || missing.length > 0 ? null : await reachedElsewhere();
    if (!off && elsewhere === null)
      await scan({ from: Math.max(since - OVERLAP_MS, checkpoint.begun()), heard: since });
    await checkpoint.reached(elsewhere ?? startedAt, missing, next);
  }

  /** Of the processes that come back from the same gap one asks. The others look after a minute whether it has. */
  async function reachedElsewhere(): Promise<number | null> {
    const known = await checkpoint.reload();
    const wait = await limits.take(`catch-up:${known}`, 1, 1);
    if (wait === 0) return null;
    await sleep(wait, undefined, { signal });
    const reached = await checkpoint.reload();
    return reached > known ? reached : null;
  }

  /** Reads a conversation's part of the gap; what fails here is looked for by the sweep. Never rejects. */
  async function readBefore(route: SlackRoute): Promise<void> {
    const from = Math.max((gap?.since ?? 0) - OVERLAP_MS, checkpoint.begun(), Date.now() - settings.maxAgeMs);
    await before(route, from).catch((error) => {
      if (!signal.aborted) log.warn({ err: error }, 'what was missed in this conversation could not be read yet');
    });
  }

  return {
    /**
     * Waits until what may be missing in the conversation before this message is stored, but not for long: people wait.
     * A message that begins its conversation waits for nothing. @throws when this process stops: Slack delivers it again
     */
    async before(route: SlackRoute): Promise<void> {
      if (off || route.thread === route.asked || (isOpen && !gap)) return;
      const late = sleep(LATEST_MS, undefined, { ref: false });
      await Promise.race([opened.promise, late]);
      if (gap) {
        const key = `${route.channel}:${route.thread}`;
        const reading = gap.read.get(key) ?? readBefore(route);
        gap.read.set(key, reading);
        await Promise.race([reading, late]);
      }
      signal.throwIfAborted();
    },

    /** Finds the mark of this workspace, and looks in the background for what was missed since. */
    begin(team: string, startedAt: number): void {
      unopened = { team, startedAt };
      start();
    },

    /** Looks in the background for what came after this time (ms) and was not heard. */
    follow,

    /** An event could not be stored. Unless Slack redelivers it in a moment, a scan looks for it. */
    followMissed(): void {
      settling ??= setTimeout(() => {
        settling = undefined;
        if (checkpoint.missing().length > 0) follow(checkpoint.until());
      }, SETTLE_MS).unref();
    },

    async stop(): Promise<void> {
      stopping.abort();
      opened.resolve();
      clearTimeout(settling);
      await working;
    },
  };
}
