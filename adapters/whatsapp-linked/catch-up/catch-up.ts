/**
 * What was missed: before the library had found its way into the page, during a reload, without a
 * connection. The library raises no event for it; the chats have it. Ids make it harmless to look at a message twice.
 */
import type WAWebJS from 'whatsapp-web.js';
import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { LinkedEvents } from '../events.ts';
import type { LinkedMessage } from '../message.ts';

export interface CatchUpSettings {
  /** Older messages are left alone. */
  maxAgeMs: number;
  /** After one outage, at most this many messages are taken, from the newest chats first. */
  maxMessages: number;
}

/** Ingest remembers ids for a day. */
const MAX_AGE_MS = 20 * 3_600_000;
const MAX_CHATS = 50;
/** The library counts loosely, and gives the oldest of a second's messages first: far more than needed is asked for. */
const MESSAGES_A_CHAT = 100;
/** Messages are dated in whole seconds, by the sender's clock. */
const OVERLAP_MS = 120_000;
/** Before the very first link nothing was written to the assistant. */
const FIRST_OVERLAP_MS = 10_000;
const KEPT_FOR_S = 7 * 86_400;
const WRITE_EVERY_MS = 1_000;

/** A run that waits for its turn. */
interface Run {
  client: WAWebJS.Client;
  from: number;
  found: Promise<number>;
}

export type CatchUp = ReturnType<typeof createCatchUp>;

export function createCatchUp(deps: { store: Store; settings: CatchUpSettings; log: Logger }) {
  const { store, settings, log } = deps;
  /** Milliseconds since the epoch: all before it has been received. */
  let checkpoint: number | undefined;
  /** When the newest stored message was sent. Becomes the checkpoint once nothing before it can be missing. */
  let newest = 0;
  /** Messages that are not stored yet, by id. */
  const pending = new Map<string, number>();
  /** Times at which something may have been missed, and up to which of them it was fetched. */
  let gaps = 1;
  let closed = 0;
  let linkedAt: number | undefined;
  let writtenAt = 0;
  let last: Promise<unknown> = Promise.resolve();
  let next: Run | undefined;

  function write(): void {
    if (checkpoint === undefined || Date.now() - writtenAt < WRITE_EVERY_MS) return;
    writtenAt = Date.now();
    const received = Math.min(checkpoint, ...pending.values());
    store.set('heard', String(received), KEPT_FOR_S).catch((error) => {
      writtenAt = 0;
      log.debug({ err: error }, 'checkpoint not written');
    });
  }

  /** What came live since a gap says nothing of the gap: until that is closed, the next process has to begin before it. */
  function advance(): void {
    if (checkpoint === undefined || closed < gaps || newest <= checkpoint) return;
    checkpoint = newest;
    write();
  }

  /** Where to begin. */
  async function begin(): Promise<number> {
    if (checkpoint !== undefined) return Math.min(checkpoint, ...pending.values()) - OVERLAP_MS;
    const kept = Number(await store.get('heard'));
    checkpoint = kept > 0 ? kept : (linkedAt ?? Date.now());
    write();
    return checkpoint - (kept > 0 ? OVERLAP_MS : FIRST_OVERLAP_MS);
  }

  /** @throws what went wrong: in a chat, after the others have been looked through; in Redis, at once */
  async function fetch(client: WAWebJS.Client, events: LinkedEvents, since: number): Promise<number> {
    const chats = (await client.getChats())
      .filter(({ id, timestamp = 0 }) => isOurs(id._serialized) && timestamp * 1_000 >= since)
      .sort((a, b) => b.timestamp - a.timestamp)
      .slice(0, MAX_CHATS);
    let found = 0;
    const errors: unknown[] = [];
    for (const chat of chats) {
      if (found >= settings.maxMessages) break;
      // A chat that cannot be read keeps no other waiting; a Redis that is away does.
      const messages = await chat.fetchMessages({ limit: MESSAGES_A_CHAT }).catch((error: unknown) => {
        errors.push(error);
        return [];
      });
      const missed = (messages as LinkedMessage[])
        .filter(({ id, timestamp = 0 }) => !id.fromMe && timestamp * 1_000 >= since)
        .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
      for (const message of missed) if (await events.take(message)) found += 1;
    }
    if (found > 0) log.info({ found }, 'messages that were written meanwhile');
    if (errors.length > 0) throw errors[0];
    return found;
  }

  async function run({ client, from }: Run, events: LinkedEvents): Promise<number> {
    const gap = gaps;
    const since = Math.min(await begin(), from);
    const found = await fetch(client, events, Math.max(since, Date.now() - Math.min(settings.maxAgeMs, MAX_AGE_MS)));
    closed = Math.max(closed, gap);
    advance();
    return found;
  }

  return {
    /** The phone knows this device: from now on people may write to the assistant. */
    linked(): void {
      linkedAt ??= Date.now();
      // Noted for the next process, should this one end before its first look. `now` tries again.
      begin().catch((error) => log.debug({ err: error }, 'checkpoint not read'));
    },
    /** Something may be missed from now on, until a run that begins later has succeeded. */
    gap(): void {
      gaps += 1;
    },
    stored(id: string, sentAt: number): void {
      pending.delete(id);
      newest = Math.max(newest, Math.min(sentAt, Date.now()));
      advance();
    },
    /** Not stored yet: until it is, a run begins with it. */
    pending(id: string, sentAt: number): void {
      pending.set(id, sentAt);
      writtenAt = 0;
      write();
    },
    /**
     * One run at a time; calls during a run share the next one, each client its own.
     * @returns how many messages were new
     * @throws what went wrong: the next run begins no later than this one did
     */
    now(client: WAWebJS.Client, events: LinkedEvents, from = Number.POSITIVE_INFINITY): Promise<number> {
      if (next?.client === client) {
        next.from = Math.min(next.from, from);
        return next.found;
      }
      const mine: Run = { client, from, found: Promise.resolve(0) };
      mine.found = last.then(() => {
        if (next === mine) next = undefined;
        return run(mine, events);
      });
      next = mine;
      // Its caller hears of a failure.
      last = mine.found.catch(() => {});
      return mine.found;
    },
  };
}

function isOurs(chat: string): boolean {
  return /@(c\.us|lid|g\.us)$/.test(chat);
}
