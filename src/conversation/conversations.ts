import type { Redis } from 'ioredis';
import type { Condition, InboundMessage } from '../contract/index.ts';
import { createJudgements } from './judgements.ts';
import { conversationKeys, stopChannel } from './keys.ts';
import { type RawTurn, readTurn } from './read.ts';
import { createReader } from './reader.ts';
import type { Amendment, HistoryTurn, InboxEntry, Parked, SavedAnswer, TakenTurn, TurnState } from './records.ts';
import * as scripts from './scripts.ts';
import * as turnScripts from './turn-scripts.ts';

/** Slack retries for 6 minutes, others for days; a day is remembered (DESIGN.md). */
const SEEN_FOR_MS = 86_400_000;
/** Newest turns that a prompt may draw on, and that are kept at all. */
const HISTORY_READ = 40;
const HISTORY_KEPT = 500;
/** So many messages of bots in a row are answered when bots may be answered at all; then a person must speak. */
const BOT_STREAK = 5;

/** Another worker has taken this turn, or its conversation was erased; what the old holder still wants to write is refused. */
export class TurnLostError extends Error {
  constructor(turn: string) {
    super(`turn ${turn} was taken by another worker, or erased`);
    this.name = 'TurnLostError';
  }
}

export type Conversations = ReturnType<typeof createConversations>;

/** All that Chasqui keeps of its conversations, as one Redis call for each step of a message's path. */
export function createConversations(options: {
  redis: Redis;
  prefix: string;
  keepMs: number;
  maxWaiting: number;
  /** Erases what other rooms keep of a conversation's words. */
  eraseAlso?(conversation: string): Promise<void>;
}) {
  const { redis, prefix, keepMs, eraseAlso = async () => {} } = options;
  const keysOf = (conversation: string) => conversationKeys(prefix, conversation);

  return {
    ...createReader({ redis, keysOf }),
    ...createJudgements({ redis, keysOf, keepMs }),

    /** Stores a message once. `waiting` counts what the inbox holds now. `full`: nothing was stored. */
    async append(message: InboundMessage, condition: Condition): Promise<Appended> {
      const k = keysOf(message.to.conversation);
      const [result, waiting, open] = (await scripts.append(
        redis,
        [k.inbox, k.seen, k.meta, k.people, k.turn],
        [
          message.id,
          JSON.stringify(message),
          condition,
          message.author.id,
          message.author.bot ? 1 : 0,
          options.maxWaiting,
          BOT_STREAK,
          Date.now(),
          SEEN_FOR_MS,
          Math.min(message.keepMs ?? keepMs, keepMs),
          message.keepMs === undefined ? 0 : 1,
        ],
      )) as [Appended['result'], number, number | undefined];
      return { result, waiting, open: open === 1 };
    },

    /** Changes a message that no turn has taken yet; false if it is too late. */
    async amend(conversation: string, messageId: string, change: Amendment): Promise<boolean> {
      const k = keysOf(conversation);
      return (await scripts.amend(redis, [k.inbox, k.turn, k.edits], [messageId, JSON.stringify(change)])) === 1;
    },

    /** Marks the running turn as stopped and tells the workers; false if nothing was running or waiting. */
    async stop(conversation: string): Promise<boolean> {
      const k = keysOf(conversation);
      return (await scripts.stop(redis, [k.inbox, k.turn], [stopChannel(prefix), conversation])) === 1;
    },

    /** Ends the answer that is being written where it is, since someone wrote on; false if none is being written. */
    async interrupt(conversation: string): Promise<boolean> {
      const { turn } = keysOf(conversation);
      return (await scripts.interrupt(redis, [turn], [stopChannel(prefix), conversation])) === 1;
    },

    /** What waits: how many messages, since when (ms; null: none), and whether a turn is open. */
    async look(conversation: string): Promise<{ waiting: number; since: number | null; open: boolean }> {
      const k = keysOf(conversation);
      const [waiting, oldest, open] = (await scripts.look(redis, [k.inbox, k.turn], [])) as RawLook;
      return { waiting, since: oldest ? Number(oldest.split('-')[0]) : null, open: open === 1 };
    },

    /** Whom to tell that they wait, once for what waits now; null when they were told, or a worker is at it. */
    async notice(conversation: string): Promise<{ oldest: string; newest: InboundMessage } | null> {
      const k = keysOf(conversation);
      const found = (await scripts.notice(redis, [k.inbox, k.turn, k.meta], [keepMs])) as [string, string] | null;
      return found && { oldest: found[0], newest: JSON.parse(found[1]) as InboundMessage };
    },

    /**
     * Opens the next turn or goes on with an unfinished one; null when nothing waits.
     * @param worker who takes it: noted, so that operators see who went on where another stopped
     */
    async take(conversation: string, worker = ''): Promise<TakenTurn | null> {
      const k = keysOf(conversation);
      const raw = (await turnScripts.take(
        redis,
        [k.inbox, k.turn, k.history, k.meta, k.edits],
        [HISTORY_READ, worker, Date.now()],
      )) as RawTurn | null;
      return raw && readTurn(conversation, raw);
    },

    /** Writes into the turn's record. @throws TurnLostError */
    async save(turn: TakenTurn, changes: { state?: TurnState; draft?: object; answer?: SavedAnswer }): Promise<void> {
      const fields = Object.entries(changes).flatMap(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      const kept = await turnScripts.save(redis, [keysOf(turn.conversation).turn], [turn.fence, ...fields]);
      if (kept !== 1) throw new TurnLostError(turn.id);
    },

    /**
     * Takes messages into the turn, before its own, that the platform's place shows and no event has brought.
     * @returns those that were new; the others are answered already @throws TurnLostError
     */
    async adopt(turn: TakenTurn, missed: readonly InboundMessage[]): Promise<InboundMessage[]> {
      const k = keysOf(turn.conversation);
      const adopted = (await turnScripts.adopt(
        redis,
        [k.inbox, k.turn, k.seen, k.people],
        [
          ...[turn.fence, Date.now(), SEEN_FOR_MS],
          ...missed.flatMap((message) => [message.id, JSON.stringify(message), message.author.id]),
        ],
      )) as string[] | number;
      if (!Array.isArray(adopted)) throw new TurnLostError(turn.id);
      return missed.filter(({ id }) => adopted.includes(id));
    },

    /** Notes until when the turn is put off, and for whom. @throws TurnLostError */
    async park(turn: TakenTurn, { until, waitsFor }: Parked): Promise<void> {
      const kept = await turnScripts.park(redis, [keysOf(turn.conversation).turn], [turn.fence, until, waitsFor]);
      if (kept !== 1) throw new TurnLostError(turn.id);
    },

    /** Nobody else has taken the turn since. @throws TurnLostError */
    async confirm(turn: TakenTurn): Promise<void> {
      const kept = await turnScripts.confirm(redis, [keysOf(turn.conversation).turn], [turn.fence]);
      if (kept !== 1) throw new TurnLostError(turn.id);
    },

    /**
     * Ends the turn: `done` leave the inbox, `history` joins the history (`replaceLast`: in place of its last turn;
     * `forget`: after everything older was deleted; `met`: people who have written in the same place before, by their
     * ids). Returns how many messages wait. @throws TurnLostError
     */
    async commit(
      turn: TakenTurn,
      result: {
        done: InboxEntry[];
        history: HistoryTurn | null;
        replaceLast?: boolean;
        forget?: boolean;
        met?: readonly string[];
      },
    ): Promise<number> {
      const k = keysOf(turn.conversation);
      const waiting = (await turnScripts.commit(
        redis,
        [k.inbox, k.turn, k.history, k.meta, k.edits, k.people],
        [
          turn.fence,
          after(result.done.at(-1)?.entry ?? '0-0'),
          result.history ? JSON.stringify(result.history) : '',
          result.replaceLast ? 1 : 0,
          result.forget ? 1 : 0,
          HISTORY_KEPT,
          keepMs,
          result.met?.length ?? 0,
          ...(result.met ?? []),
          ...result.done.map((entry) => entry.message.id),
        ],
      )) as number;
      if (waiting < 0) throw new TurnLostError(turn.id);
      return waiting;
    },

    /** Forgets what was said, failed turns too. The ids of messages stay known for a day, so that none is answered again. */
    async forget(conversation: string): Promise<void> {
      await eraseAlso(conversation);
      const { history, meta, turn } = keysOf(conversation);
      await scripts.forget(redis, [history, meta, turn], [keepMs]);
    },

    /** What was said to be kept for a short time only (`InboundMessage.keepMs`) is kept as long as anything else. */
    async prolong(conversation: string): Promise<void> {
      const { meta, history, people, judged } = keysOf(conversation);
      await scripts.prolong(redis, [meta, history, people, judged], [keepMs]);
    },

    /** Deletes all that is kept of a conversation, failed turns too. A running turn finds its record gone and ends. */
    async erase(conversation: string): Promise<void> {
      await eraseAlso(conversation);
      await redis.del(...Object.values(keysOf(conversation)));
    },

    async chosenModel(conversation: string): Promise<string | null> {
      return redis.hget(keysOf(conversation).meta, 'model');
    },

    async chosenPersona(conversation: string): Promise<string | null> {
      return redis.hget(keysOf(conversation).meta, 'persona');
    },

    /** The persona that answers here from now on. */
    async choosePersona(conversation: string, persona: string): Promise<void> {
      const { meta } = keysOf(conversation);
      await redis.multi().hset(meta, 'v', 1, 'persona', persona).pexpire(meta, keepMs).exec();
    },

    /** The model that this conversation wants first; null: the configured order. */
    async chooseModel(conversation: string, model: string | null): Promise<void> {
      const { meta } = keysOf(conversation);
      if (model === null) await redis.hdel(meta, 'model');
      else await scripts.choose(redis, [meta], [model, keepMs]);
    },
  };
}

interface Appended {
  result: 'accepted' | 'duplicate' | 'ignored' | 'full';
  waiting: number;
  /** A turn is being answered; what was appended is for the next one. */
  open: boolean;
}

type RawLook = [waiting: number, oldest: string | null, open: number];

/** The stream id that follows. */
function after(entry: string): string {
  const [ms, n] = entry.split('-');
  return `${ms}-${Number(n) + 1}`;
}
