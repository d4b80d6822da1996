/** One pass over Slack's history: which channels and threads to read, and what in them is new, edited or deleted. */

import { SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { isPassing } from '../../kit/retry.ts';
import type { SlackEvents } from '../events.ts';
import type { WhoAmI } from '../identity.ts';
import type { Classifier, Wanted } from '../receive/classify.ts';
import { type SlackRoute, toAddress } from '../route.ts';
import { type History, type HistoryMessage, type Listing, type Reading, toTs } from './history.ts';
import { lastOf, type RecentThread, type RecentThreads } from './recent-threads.ts';

const MOST_CHANNELS = 100;
const MOST_THREADS = 50;
/** Only what is missing in history for longer counts as deleted: Slack may show a message a little late. */
const SHOWN_WITHIN_MS = 60_000;

/** Times in ms. */
export interface Stretch {
  /** What is older was heard, or is nobody's concern any more. */
  from: number;
  /** What is older was surely heard: if history does not show it, it was deleted. */
  heard: number;
}

interface Job {
  reading: Reading;
  /** Both `ts`. */
  from: string;
  heard: string;
  /** How many messages may still be taken. */
  left: number;
}

export function createScan(deps: {
  history: History;
  events: SlackEvents;
  classifier: Classifier;
  threads: RecentThreads;
  whoAmI: WhoAmI;
  settings: { maxAgeMs: number; maxMessages: number };
  signal: AbortSignal;
  log: Logger;
}) {
  const { events, threads, signal, log } = deps;
  const { maxAgeMs, maxMessages } = deps.settings;

  /** Those where the assistant is talked to come first, the last used of them at the head. */
  async function channelsToAsk(reading: Reading): Promise<string[]> {
    const known = threads.list().map(({ channel }) => channel);
    try {
      return [...new Set([...known, ...(await reading.places())])];
    } catch (error) {
      if (!isRefused(error) || isPassing(error)) throw error;
      log.warn(`${error.message}: what was missed is looked for only where I was talked to before`);
      return [...new Set(known)];
    }
  }

  async function readChannel(job: Job, channel: string): Promise<void> {
    const listing = await job.reading.channel(channel);
    const here = threads.list().filter((recent) => recent.channel === channel);
    // Replies that are shown in the channel too are taken in their thread's order.
    await take(job, channel, { ...listing, messages: listing.messages.filter((message) => !isReply(message)) });
    await dropDeleted(job, listing, here, (recent, ts) => recent.thread === null || recent.thread === ts);
    for (const thread of threadsToAsk(job, listing, here)) {
      if (job.left <= 0 || job.reading.exhausted()) {
        log.warn({ channel }, 'there is too much to catch up with; threads of this channel are left out');
        return;
      }
      const replies = await job.reading.thread(channel, thread);
      await take(job, channel, replies);
      await dropDeleted(job, replies, here, (recent, ts) => recent.thread === thread && ts !== thread);
    }
  }

  /** Threads with something new; of those whose root is too old to be listed, the ones that were in use of late. */
  function threadsToAsk(job: Job, listing: Listing, here: RecentThread[]): string[] {
    const active = listing.messages.filter((message) => (message.latest_reply ?? '') > job.from).map(({ ts }) => ts);
    const shown = listing.messages.filter((message) => isReply(message) && message.ts > job.from);
    const lately = toTs(Number(job.from) * 1_000 - maxAgeMs);
    const older = here
      .filter((recent) => recent.thread !== null && recent.thread <= listing.since && lastOf(recent) > lately)
      .map((recent) => recent.thread as string);
    const replied = shown.map((message) => message.thread_ts as string);
    return [...new Set([...active.reverse(), ...replied, ...older])].slice(0, MOST_THREADS);
  }

  async function take(job: Job, channel: string, listing: Listing): Promise<void> {
    const found: Wanted[] = [];
    for (const message of listing.messages) {
      if (message.ts <= job.from) continue;
      const wanted = await deps.classifier.found(channel, message);
      // What stood in a thread before the assistant was called into it was decided when its event came.
      const recent = threads.find(channel, message.thread_ts ?? message.ts);
      if (wanted && (wanted.condition === 'always' || !recent || message.ts >= recent.first)) found.push(wanted);
    }
    const newest = found.slice(-job.left);
    const older = found.length - newest.length;
    if (older > 0) log.warn({ channel, messages: older }, 'too many messages were missed; the oldest are left out');
    for (const wanted of newest) if (await events.onFound(wanted)) job.left--;
  }

  /** @param belongs whether a message of a recent thread would be in this listing */
  async function dropDeleted(
    job: Job,
    listing: Listing,
    here: RecentThread[],
    belongs: (recent: RecentThread, ts: string) => boolean,
  ): Promise<void> {
    const shown = new Set(listing.messages.filter(({ subtype }) => subtype !== 'tombstone').map(({ ts }) => ts));
    const { teamId: team } = await deps.whoAmI();
    for (const recent of here)
      for (const ts of recent.taken) {
        const covered = ts > job.from && ts > listing.since && ts <= listing.until && ts <= job.heard;
        if (!covered || !belongs(recent, ts) || shown.has(ts)) continue;
        const { conversation } = toAddress({
          team,
          channel: recent.channel,
          thread: recent.thread,
          user: '',
          asked: ts,
        });
        await events.onDelete(conversation, ts);
      }
  }

  /** Finds what is missing in one conversation before a message (`ts`). @param from ms @throws as the sweep */
  async function before({ channel, thread, asked }: SlackRoute, from: number): Promise<void> {
    const range = { oldest: toTs(from), from: toTs(from) };
    const reading = deps.history.open(range);
    const listing = await (thread ? reading.thread(channel, thread, true) : reading.channel(channel));
    const messages = listing.messages.filter((message) => message.ts < asked && (thread !== null || !isReply(message)));
    await take({ reading, from: range.from, heard: range.from, left: maxMessages }, channel, { ...listing, messages });
  }

  /** @returns how many messages were for us and new @throws while Slack or Redis is away, or when it is to stop */
  async function scan({ from, heard }: Stretch): Promise<number> {
    const now = Date.now();
    const range = { oldest: toTs(now - maxAgeMs), from: toTs(Math.max(from, now - maxAgeMs)) };
    const reading = deps.history.open(range);
    const job: Job = {
      reading,
      from: range.from,
      heard: toTs(Math.min(heard, now - SHOWN_WITHIN_MS)),
      left: maxMessages,
    };
    const channels = await channelsToAsk(reading);
    let unanswered = 0;
    for (const [n, channel] of channels.entries()) {
      signal.throwIfAborted();
      if (job.left <= 0 || n >= MOST_CHANNELS || reading.exhausted()) {
        log.warn({ channels: channels.length - n }, 'there is too much to catch up with; these channels are left out');
        break;
      }
      try {
        await readChannel(job, channel);
        unanswered = 0;
      } catch (error) {
        if (!isRefused(error)) throw error;
        // Once may be this channel's trouble; twice in a row is Slack's.
        if (isPassing(error) && ++unanswered > 1) throw error;
        log.debug({ err: error, channel }, 'this channel could not be caught up with');
      }
    }
    const taken = maxMessages - job.left;
    if (taken > 0) log.info({ messages: taken, channels: channels.length }, 'caught up with what was missed');
    return taken;
  }

  return { scan, before };
}

function isReply({ ts, thread_ts: thread }: HistoryMessage): boolean {
  return thread !== undefined && thread !== ts;
}

/** Slack refuses this call, or does not answer it; the next may be well. Not so with a bad token. */
function isRefused(error: unknown): error is SendError {
  return error instanceof SendError && (error.kind !== 'auth' || error.code === 'missing_scope');
}
