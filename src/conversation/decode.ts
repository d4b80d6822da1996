/** Redis's answers as the records that they hold. */
import { createHash } from 'node:crypto';
import type { InboundMessage } from '../contract/index.ts';
import type { Amendment, HistoryTurn, InboxEntry, Parked, SavedAnswer, TakenTurn, TurnState } from './records.ts';

/** The newest `v` that this release reads. */
const RECORD_VERSION = 1;

/** A newer release wrote this; the job is tried again until a worker of that release takes it. */
export class NewerRecordError extends Error {
  constructor(version: unknown) {
    super(`a record of version ${version} was written by a newer release; this worker reads up to ${RECORD_VERSION}`);
    this.name = 'NewerRecordError';
  }
}

export type RawTurn = [
  record: string[],
  entries: [string, string[]][],
  history: string[],
  model: string | null,
  edits: string[],
  forgot: string | null,
  seconds: string,
  persona: string | null,
];

export function readTurn(
  conversation: string,
  [recordList, entries, history, model, editList, forgot, seconds, persona]: RawTurn,
): TakenTurn {
  const record = pairs(recordList);
  known(record.v);
  const edits = pairs(editList);
  const turns = history.map((line) => JSON.parse(line) as HistoryTurn);
  return {
    conversation,
    id: turnId(conversation, record.first as string),
    attempt: Number(record.attempt),
    taken: takenBy(record.taken ?? ''),
    fence: `${record.first} ${record.attempt}`,
    state: record.state as TurnState,
    parks: Number(record.parks ?? 0),
    parked: record.until ? { until: Number(record.until), waitsFor: record.for as Parked['waitsFor'] } : null,
    stopped: (record.stop as TakenTurn['stopped']) ?? null,
    draft: record.draft ? JSON.parse(record.draft) : null,
    answer: record.answer ? JSON.parse(record.answer) : null,
    entries: [...adoptedEntries(record), ...entries.map(([entry, fields]) => readEntry(entry, fields, edits))],
    history: turns,
    persona: persona ?? turns.at(-1)?.persona ?? null,
    forgot: forgot !== null,
    model,
    takenAt: { redis: Number(seconds) * 1_000, here: Date.now() },
  };
}

/** A line each: `<ms> <worker>`. */
function takenBy(text: string): TakenTurn['taken'] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ at: Number.parseInt(line, 10), worker: line.slice(line.indexOf(' ') + 1) }));
}

/** One JSON a line; they share the place of the turn's first entry. */
function adoptedEntries({ adopted = '', first = '' }: Record<string, string>): InboxEntry[] {
  return adopted
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ entry: first, message: JSON.parse(line) as InboundMessage, deleted: false }));
}

function readEntry(entry: string, fields: string[], edits: Record<string, string>): InboxEntry {
  const message = JSON.parse(fields[3] as string) as InboundMessage;
  known(message.v);
  const edit = edits[message.id];
  if (edit === undefined) return { entry, message, deleted: false };
  const { text = message.text, deleted = false, limited } = JSON.parse(edit) as Amendment;
  return { entry, message: { ...message, text }, deleted, ...(limited ? { limited } : {}) };
}

/** While releases change, an older worker leaves what it does not understand to a newer one. @throws NewerRecordError */
function known(version: unknown): void {
  if (Number(version) > RECORD_VERSION) throw new NewerRecordError(version);
}

type Read<T> = [Error | null, T];
export type RawView = [
  Read<string[]>,
  Read<[string, string[]][]>,
  Read<Record<string, string>>,
  Read<Record<string, string>>,
];

/** A conversation as it stands: finished turns, the open one with the messages that it answers, and what waits behind it. */
export interface ConversationView {
  history: HistoryTurn[];
  turn: { id: string; answer: SavedAnswer | null; entries: InboxEntry[] } | null;
  later: InboxEntry[];
}

/** A part of the finished turns, and whether there are `older` or `newer` ones; the rest as in the whole. */
export interface ConversationPage extends ConversationView {
  older: boolean;
  newer: boolean;
}

export type RawPage = [
  lines: string[],
  older: number,
  newer: number,
  stored: [string, string[]][],
  record: string[],
  edits: string[],
];

export function readPage(
  conversation: string,
  [lines, older, newer, stored, record, edits]: RawPage,
): ConversationPage {
  const view = viewOf(conversation, lines, stored, pairs(record), pairs(edits));
  return { ...view, older: older === 1, newer: newer === 1 };
}

export function readView(conversation: string, raw: RawView): ConversationView {
  const failed = raw.find(([error]) => error)?.[0];
  if (failed) throw failed;
  const [[, lines], [, stored], [, record], [, edits]] = raw;
  return viewOf(conversation, lines, stored, record, edits);
}

function viewOf(
  conversation: string,
  lines: string[],
  stored: [string, string[]][],
  record: Record<string, string>,
  edits: Record<string, string>,
): ConversationView {
  const history = lines.map((line) => JSON.parse(line) as HistoryTurn);
  const entries = stored.map(([entry, fields]) => readEntry(entry, fields, edits));
  const { first, last } = record;
  if (!first || !last) return { history, turn: null, later: entries };
  return {
    history,
    turn: {
      id: turnId(conversation, first),
      answer: record.answer ? JSON.parse(record.answer) : null,
      entries: [...adoptedEntries(record), ...entries.filter(({ entry }) => !isAfter(entry, last))],
    },
    later: entries.filter(({ entry }) => isAfter(entry, last)),
  };
}

/** Stream ids `<ms>-<n>` compare as pairs of numbers. */
function isAfter(a: string, b: string): boolean {
  const [aMs = 0, aN = 0] = a.split('-').map(Number);
  const [bMs = 0, bN = 0] = b.split('-').map(Number);
  return aMs > bMs || (aMs === bMs && aN > bN);
}

function turnId(conversation: string, firstEntry: string): string {
  return createHash('sha256').update(`${conversation} ${firstEntry}`).digest('base64url').slice(0, 20);
}

function pairs(list: string[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (let i = 0; i < list.length; i += 2) out[list[i] as string] = list[i + 1] as string;
  return out;
}
