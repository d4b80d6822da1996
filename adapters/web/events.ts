import type { Redis } from 'ioredis';
import { conversationKeys } from '../../src/conversation/keys.ts';
import { webKeys } from './keys.ts';
import * as scripts from './scripts.ts';

/** Longer than any platform or client repeats a request; the inbox remembers its ids for a day as well. */
const SENT_KNOWN_FOR_MS = 86_400_000;
/** A reader that is more events behind gets the running answer's text in one piece. */
const MOST_PIECES = 64;
/** A turn is committed right after its final, so only the newest can be both finished and open; some more for equal times. */
const NEWEST_FINISHED = 4;
/** Before every event of a stream. */
export const FIRST_CURSOR = '0-0';

/** One event as a browser is told it. */
export interface WebEvent {
  /** Redis stream id, `<ms>-<n>`: grows within a conversation. */
  id: string;
  kind: 'user' | 'typing' | 'delta' | 'text' | 'final' | 'cleared';
  /** JSON. */
  data: string;
}

export interface StreamState {
  /** Id of the newest event. */
  cursor: string;
  /** The turn that is being written, and its text so far. */
  turn: string | null;
  text: string;
  /** The turns whose finals came last. */
  finished: string[];
}

/** The conversation was deleted by its owner. */
export class DeletedError extends Error {
  constructor(conversation: string) {
    super(`${conversation} was deleted`);
    this.name = 'DeletedError';
  }
}

/** Events after the reader's cursor are gone. */
export class StaleError extends Error {
  constructor(conversation: string) {
    super(`events of ${conversation} are gone that the reader has not seen`);
    this.name = 'StaleError';
  }
}

type RawState = [cursor: string, turn: string | null, text: string | null, finished: string[]];

export type Events = ReturnType<typeof createEvents>;

/** The event streams of the web's conversations: what the sender writes and the browsers read, in whatever process each is. */
export function createEvents(options: { redis: Redis; prefix: string; keepMs: number }) {
  const { redis, prefix, keepMs } = options;
  const keysOf = (conversation: string) => webKeys(prefix, conversation);
  const typing = (turn: string): string => JSON.stringify({ turn });

  function turnKeys(conversation: string): string[] {
    const k = keysOf(conversation);
    return [k.events, k.live, k.text, k.finished, k.deleted, k.owner];
  }

  function refuseDeleted(result: unknown, conversation: string): void {
    if (result === -1) throw new DeletedError(conversation);
  }

  return {
    /** Announces a turn; once, however often it is called. */
    async begin(conversation: string, turn: string): Promise<void> {
      await scripts.begin(redis, turnKeys(conversation), [turn, typing(turn), keepMs]);
    },

    /**
     * Shows more of a turn's text.
     * @param before what was shown so far, where that is known; the rest is then sent as a `delta`
     * @throws DeletedError
     */
    async write(conversation: string, turn: string, text: string, before: string | undefined): Promise<void> {
      const call = async (kind: 'delta' | 'text', piece: string, at: number): Promise<unknown> => {
        const event = JSON.stringify(kind === 'delta' ? { turn, at, text: piece } : { turn, text: piece });
        const args = [turn, typing(turn), keepMs, kind, event, piece, at, text.length];
        return scripts.write(redis, turnKeys(conversation), args);
      };
      const grows = before !== undefined && text.startsWith(before);
      let result = grows ? await call('delta', text.slice(before.length), before.length) : 0;
      if (result === 0) result = await call('text', text, 0);
      refuseDeleted(result, conversation);
    },

    /** A turn's final, once, however often it is called. @throws DeletedError */
    async finish(
      conversation: string,
      turn: string,
      reply: { text: string; outcome: string; model?: string; title?: string },
    ): Promise<void> {
      const event = JSON.stringify({ turn, ...reply });
      const args = [turn, event, keepMs, Date.now(), reply.title ?? ''];
      const result = await scripts.finish(redis, turnKeys(conversation), args);
      refuseDeleted(result, conversation);
    },

    /** What came after `cursor`, oldest first. @throws DeletedError, StaleError */
    async read(conversation: string, cursor: string): Promise<WebEvent[]> {
      const k = keysOf(conversation);
      const [trouble, entries] = (await scripts.read(
        redis,
        [k.events, k.live, k.text, k.deleted, k.owner],
        [cursor, MOST_PIECES],
      )) as [number, [id: string, kind: string, data: string, turn: string][]];
      if (trouble === 1) throw new DeletedError(conversation);
      if (trouble === 2) throw new StaleError(conversation);
      return entries.map(([id, kind, data, turn]) =>
        kind === 'joined'
          ? { id, kind: 'text', data: JSON.stringify({ turn, text: data }) }
          : { id, kind: kind as WebEvent['kind'], data },
      );
    },

    /** How things stand in the stream, read in one step. */
    async now(conversation: string): Promise<StreamState> {
      const k = keysOf(conversation);
      const keys = [k.events, k.live, k.text, k.finished, k.owner];
      const found = (await scripts.state(redis, keys, [NEWEST_FINISHED])) as RawState;
      const [cursor, turn, text, finished] = found;
      return { cursor, turn, text: text ?? '', finished };
    },

    /** Whether events after `cursor` are gone: whoever stopped there has to read the conversation again. */
    async isStale(conversation: string, cursor: string): Promise<boolean> {
      const k = keysOf(conversation);
      return (await scripts.isStale(redis, [k.events, k.owner], [cursor])) === 1;
    },

    /**
     * Before a message is ingested: checks whose conversation it is (and makes it, with `create`).
     * @param lifetimeMs how long what is kept of the conversation goes after this message
     * @returns the id of an event before all that the message causes, the same for a repeated one; null: not this session's
     */
    async receive(
      message: { conversation: string; id: string; session: string },
      create: { title: string } | null,
      lifetimeMs: number,
    ): Promise<string | null> {
      const k = keysOf(message.conversation);
      const args = [message.session, create ? 1 : 0, Date.now(), lifetimeMs, SENT_KNOWN_FOR_MS, create?.title ?? ''];
      return (await scripts.receive(redis, [k.owner, k.events, k.deleted, k.sent(message.id)], args)) as string | null;
    },

    /**
     * After a message was ingested: tells all readers, once.
     * @param forget the message is a `reset`: what the stream holds goes first
     */
    async announce(
      conversation: string,
      message: { id: string; text: string; at: number },
      forget: boolean,
    ): Promise<void> {
      const k = keysOf(conversation);
      const args = [JSON.stringify(message), SENT_KNOWN_FOR_MS, forget ? 1 : 0];
      await scripts.announce(redis, [k.events, k.live, k.feedback, k.deleted, k.sent(message.id), k.owner], args);
    },

    /** Forgets what the stream holds and tells the readers so. */
    async clear(conversation: string): Promise<void> {
      const k = keysOf(conversation);
      await scripts.clear(redis, [k.events, k.live, k.feedback, k.owner], []);
    },

    /** What was to be kept for a short time is kept as is configured. */
    async prolong(conversation: string): Promise<void> {
      const k = keysOf(conversation);
      await redis.multi().pexpire(k.owner, keepMs).pexpire(k.finished, keepMs).pexpire(k.feedback, keepMs).exec();
    },

    /** Deletes all that is kept of a conversation, in the stream and elsewhere. */
    async remove(conversation: string): Promise<void> {
      const k = keysOf(conversation);
      const kept = Object.values(conversationKeys(prefix, conversation));
      const keys = [k.deleted, k.events, k.owner, k.live, k.text, k.finished, k.feedback, ...kept];
      await scripts.remove(redis, keys, [SENT_KNOWN_FOR_MS]);
    },
  };
}
