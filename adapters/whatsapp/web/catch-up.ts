/**
 * What was written while nobody listened: before the library had found its way into the page, during a reload, without a
 * connection. The library raises no event for it; the chats have it. Ids make it harmless to look at a message twice.
 */
import type WAWebJS from 'whatsapp-web.js';
import type { Logger } from '../../../src/log/logger.ts';
import type { Store } from '../../contract.ts';
import type { Inbox } from './inbox.ts';
import type { LinkedMessage } from './message.ts';

export interface CatchUpSettings {
  /** Older messages are left alone. */
  maxAgeMs: number;
  /** After one outage, so many messages are taken at most; the newest chats first. */
  maxMessages: number;
}

/** Ingest remembers ids for a day. */
const MOST_AGE_MS = 20 * 3_600_000;
const MOST_CHATS = 50;
/** The library counts loosely, and gives the oldest of a second's messages first: far more than needed is asked for. */
const MESSAGES_A_CHAT = 100;
/** Messages are dated in whole seconds, by the sender's clock. */
const OVERLAP_MS = 120_000;
/** Before the very first link nothing was written to the assistant. */
const FIRST_OVERLAP_MS = 10_000;
const KEPT_FOR_S = 7 * 86_400;
const WRITE_EVERY_MS = 1_000;

export type CatchUp = ReturnType<typeof createCatchUp>;

export function createCatchUp(deps: { store: Store; settings: CatchUpSettings; log: Logger }) {
  const { store, settings, log } = deps;
  /** Milliseconds since the epoch: all before it has been heard. */
  let mark: number | undefined;
  /** Messages that are not stored yet, by id. */
  const pending = new Map<string, number>();
  let writtenAt = 0;
  let running: Promise<number> | undefined;
  let again = false;

  function write(): void {
    if (mark === undefined || Date.now() - writtenAt < WRITE_EVERY_MS) return;
    writtenAt = Date.now();
    const heard = Math.min(mark, ...pending.values());
    store.set('heard', String(heard), KEPT_FOR_S).catch((error) => log.debug({ err: error }, 'mark not written'));
  }

  /** Where to begin. */
  async function begin(): Promise<number> {
    if (mark !== undefined) return Math.min(mark, ...pending.values()) - OVERLAP_MS;
    const kept = Number(await store.get('heard'));
    mark = kept > 0 ? kept : Date.now();
    write();
    return mark - (kept > 0 ? OVERLAP_MS : FIRST_OVERLAP_MS);
  }

  async function fetch(client: WAWebJS.Client, inbox: Inbox, since: number): Promise<number> {
    const chats = (await client.getChats())
      .filter(({ id, timestamp = 0 }) => isOurs(id._serialized) && timestamp * 1_000 >= since)
      .sort((a, b) => b.timestamp - a.timestamp)
      .slice(0, MOST_CHATS);
    let found = 0;
    for (const chat of chats) {
      if (found >= settings.maxMessages) break;
      const messages = (await chat.fetchMessages({ limit: MESSAGES_A_CHAT })) as LinkedMessage[];
      const missed = messages
        .filter(({ id, timestamp = 0 }) => !id.fromMe && timestamp * 1_000 >= since)
        .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
      for (const message of missed) if (await inbox.take(message)) found += 1;
    }
    return found;
  }

  async function run(client: WAWebJS.Client, inbox: Inbox, from: number | undefined): Promise<number> {
    const since = Math.min(await begin(), from ?? Number.POSITIVE_INFINITY);
    const found = await fetch(client, inbox, Math.max(since, Date.now() - Math.min(settings.maxAgeMs, MOST_AGE_MS)));
    if (found > 0) log.info({ found }, 'messages that were written meanwhile');
    return found;
  }

  return {
    /** Everything up to this time is stored, but for what is pending. */
    stored(id: string, sentAt: number): void {
      pending.delete(id);
      if (mark === undefined || sentAt <= mark) return;
      mark = Math.min(sentAt, Date.now());
      write();
    },
    pending(id: string, sentAt: number): void {
      pending.set(id, sentAt);
      writtenAt = 0;
      write();
    },
    /** One run at a time; a call during a run brings one more after it. @returns how many messages were new */
    async now(client: WAWebJS.Client, inbox: Inbox, from?: number): Promise<number> {
      if (running) {
        again = true;
        return running;
      }
      try {
        running = run(client, inbox, from);
        let found = await running;
        while (again) {
          again = false;
          running = run(client, inbox, from);
          found += await running;
        }
        return found;
      } finally {
        running = undefined;
      }
    },
  };
}

function isOurs(chat: string): boolean {
  return /@(c\.us|lid|g\.us)$/.test(chat);
}
