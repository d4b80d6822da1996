/** Looks turns up, the newest first, a bounded number at a time, so that a rare one holds up nobody. */
import type { Redis } from 'ioredis';
import type { TurnRow, TurnsView } from '../ops-api/index.ts';
import { analyticsKeys } from './keys.ts';
import { hashed, type TurnRecord } from './turn-record.ts';

const AT_ONCE = 1_000;
/** A search looks at so many before it asks whether to go on: some 200 ms. */
const MOST_LOOKED = 20_000;

export interface TurnFilter {
  platform?: string;
  /** The conversation's hash. */
  conversation?: string;
  outcome?: string;
  model?: string;
  /** Kind of error. */
  error?: string;
  /** Turns that took at least so long, in ms. */
  slower?: number;
  /** The turn's id. */
  turn?: string;
}

type Found = { entry: string; turn: TurnRecord };

export function createTurnLog(options: { redis: Redis; prefix: string }) {
  const { redis } = options;
  const { turns: stream } = analyticsKeys(options.prefix);

  return {
    /** @param before the entry from which on older ones are looked at; `null`: from the newest */
    async search(filter: TurnFilter, before: string | null, limit: number): Promise<TurnsView> {
      const fits = matcher(filter);
      const turns: TurnRow[] = [];
      let looked = 0;
      let last = before;
      while (looked < MOST_LOOKED) {
        // Without a filter what is asked for is all that has to be read.
        const count = Object.keys(filter).length === 0 ? limit + 1 : AT_ONCE;
        const entries = await redis.xrevrange(stream, last === null ? '+' : `(${last}`, '-', 'COUNT', count);
        for (const [entry, fields] of entries) {
          if (turns.length === limit) return { turns, next: last, looked, since: timeOf(last) };
          looked += 1;
          last = entry;
          const turn = JSON.parse(fields[1] as string) as TurnRecord;
          if (fits(turn)) turns.push(rowOf({ entry, turn }));
        }
        if (entries.length < count) return { turns, next: null, looked, since: timeOf(last) };
      }
      return { turns, next: last, looked, since: timeOf(last) };
    },

    async get(entry: string): Promise<Found | null> {
      const [found] = await redis.xrange(stream, entry, entry);
      return found ? { entry, turn: JSON.parse(found[1][1] as string) as TurnRecord } : null;
    },

    /** The id of a conversation by its hash, if it had a turn of late. */
    async conversationOf(hash: string): Promise<string | null> {
      let last = '+';
      for (let looked = 0; looked < MOST_LOOKED; looked += AT_ONCE) {
        const entries = await redis.xrevrange(stream, last, '-', 'COUNT', AT_ONCE);
        for (const [, fields] of entries) {
          const { conversation } = JSON.parse(fields[1] as string) as TurnRecord;
          if (hashed(conversation) === hash) return conversation;
        }
        const oldest = entries.at(-1)?.[0];
        if (oldest === undefined || entries.length < AT_ONCE) return null;
        last = `(${oldest}`;
      }
      return null;
    },
  };
}

const timeOf = (entry: string | null): number | null => (entry === null ? null : Number(entry.split('-')[0]));

function matcher(filter: TurnFilter): (turn: TurnRecord) => boolean {
  const { platform, conversation, outcome, model, error, slower, turn: id } = filter;
  return (turn) =>
    (platform === undefined || turn.platform === platform) &&
    (outcome === undefined || turn.outcome === outcome) &&
    (model === undefined || turn.model === model) &&
    (error === undefined || turn.failure?.kind === error) &&
    (slower === undefined || turn.totalMs >= slower) &&
    (id === undefined || turn.id === id) &&
    // The dearest comes last.
    (conversation === undefined || hashed(turn.conversation) === conversation);
}

export function rowOf({ entry, turn }: Found): TurnRow {
  return {
    entry,
    id: turn.id,
    at: turn.at,
    platform: turn.platform,
    conversation: hashed(turn.conversation),
    workspace: turn.workspace ?? null,
    outcome: turn.outcome,
    model: turn.model ?? null,
    attempts: turn.attempts,
    messages: turn.messages,
    waitingMs: turn.waitingMs,
    firstTokenMs: turn.firstTokenMs ?? null,
    totalMs: turn.totalMs,
    inputTokens: turn.inputTokens ?? 0,
    outputTokens: turn.outputTokens ?? 0,
    usd: turn.usd ?? null,
    error: turn.failure?.kind ?? null,
  };
}
