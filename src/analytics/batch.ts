/** Adds up what happened in half a second, so that Redis is told sums and not each thing by itself. */
import { bucketOf } from './histogram.ts';
import { dateOf, dayOf, hourOf, minuteOf } from './keys.ts';
import { daily, field, NANO } from './names.ts';
import type { TurnRecord } from './turn-record.ts';

export type Event =
  /** A receiver took a message in. */
  | { type: 'message'; at: number; platform: string }
  /** A model was asked. `failure`: in words, when it failed. */
  | { type: 'call'; at: number; model: string; failure?: string }
  /** A call of a model that failed or was cancelled was paid for. */
  | {
      type: 'wasted';
      model: string;
      platform: string;
      inputTokens: number;
      outputTokens: number;
      usd?: number | undefined;
    }
  /** `authors`: the platform's ids of those whose messages were answered. */
  | { type: 'turn'; turn: TurnRecord; authors: readonly string[] }
  /** `taken`: a judgement is taken back, since the person has changed it. */
  | { type: 'feedback'; at: number; platform: string; model?: string; good: boolean; taken?: boolean }
  /** Why an answer was judged bad. */
  | { type: 'reason'; reason: string };

type Counts = Map<string, number>;

export interface Batch {
  turns: TurnRecord[];
  minutes: Map<number, Counts>;
  hours: Map<number, Counts>;
  day: Counts;
  /** By part of the whole: the people, unreadable. */
  people: Map<string, Set<string>>;
  /** By month and unreadable person: what their questions took. */
  usage: Map<string, Counts>;
  health: Map<string, string | number>;
}

function emptyBatch(): Batch {
  return {
    turns: [],
    minutes: new Map(),
    hours: new Map(),
    day: new Map(),
    people: new Map(),
    usage: new Map(),
    health: new Map(),
  };
}

/** @param how.partsOf what a turn counts for: `all`, its platform, its model, its channel, its workspace */
export function tally(
  events: readonly Event[],
  how: { partsOf(turn: TurnRecord): string[]; personOf(platform: string, author: string): string },
): Batch {
  const batch = emptyBatch();
  for (const event of events) {
    if (event.type === 'message') count(batch.minutes, minuteOf(event.at), field.in(event.platform));
    else if (event.type === 'call') addCall(batch, event);
    else if (event.type === 'feedback') addFeedback(batch, event);
    else if (event.type === 'wasted') addWasted(batch, event);
    else if (event.type === 'reason') add(batch.day, daily.reason(event.reason), 1);
    else addTurn(batch, event.turn, event.authors, how);
  }
  return batch;
}

function addCall(batch: Batch, { at, model, failure }: Extract<Event, { type: 'call' }>): void {
  count(batch.minutes, minuteOf(at), field.calls(model));
  if (failure === undefined) {
    batch.health.set(`ok|${model}`, at);
    return;
  }
  count(batch.minutes, minuteOf(at), field.callsFailed(model));
  batch.health.set(`bad|${model}`, at);
  batch.health.set(`why|${model}`, failure);
}

/** Whoever asked last is who the answer is counted for. */
function addPerson({ usage }: Batch, person: string | undefined, turn: TurnRecord): void {
  const tokens = (turn.inputTokens ?? 0) + (turn.outputTokens ?? 0);
  const { feesUsd = 0 } = turn;
  if (person === undefined || (tokens === 0 && feesUsd === 0)) return;
  const name = `${dateOf(dayOf(turn.at)).slice(0, 7)} ${person}`;
  const counts = usage.get(name) ?? new Map<string, number>();
  usage.set(name, counts);
  for (const span of ['month', dateOf(dayOf(turn.at))]) {
    if (feesUsd > 0) add(counts, `${span} feesNanoUsd`, Math.round(feesUsd * NANO));
    if (tokens === 0) continue;
    add(counts, `${span} answers`, 1);
    add(counts, `${span} tokens`, tokens);
    if (turn.usd !== undefined) add(counts, `${span} nanoUsd`, Math.round(turn.usd * NANO));
    else add(counts, `${span} unpriced`, 1);
  }
}

function addWasted(batch: Batch, { model, platform, ...used }: Extract<Event, { type: 'wasted' }>): void {
  for (const part of ['all', `p:${platform}`, `m:${model}`]) addUsage(batch.day, part, used);
}

function addUsage(
  day: Counts,
  part: string,
  used: { inputTokens?: number; outputTokens?: number; usd?: number | undefined },
): void {
  if (used.inputTokens) add(day, daily.inputTokens(part), used.inputTokens);
  if (used.outputTokens) add(day, daily.outputTokens(part), used.outputTokens);
  if (used.usd) add(day, daily.nanoUsd(part), Math.round(used.usd * NANO));
}

function addFeedback(batch: Batch, { platform, model, good, taken }: Extract<Event, { type: 'feedback' }>): void {
  const parts = ['all', `p:${platform}`, ...(model ? [`m:${model}`] : [])];
  for (const part of parts) add(batch.day, good ? daily.good(part) : daily.bad(part), taken ? -1 : 1);
}

function addTurn(
  batch: Batch,
  turn: TurnRecord,
  authors: readonly string[],
  how: { partsOf(turn: TurnRecord): string[]; personOf(platform: string, author: string): string },
): void {
  const { platform, at, waitingMs, firstTokenMs, totalMs } = turn;
  batch.turns.push(turn);
  const minute = minuteOf(at);
  const hour = hourOf(at);
  const good = turn.outcome === 'answered' || turn.outcome === 'stopped';
  count(batch.minutes, minute, good ? field.answered(platform) : field.failed(platform));
  const times = [field.waiting(bucketOf(waitingMs)), field.whole(bucketOf(totalMs))];
  if (firstTokenMs !== undefined) times.push(field.firstToken(bucketOf(firstTokenMs)));
  for (const time of times) {
    count(batch.minutes, minute, time);
    count(batch.hours, hour, time);
  }
  const people = authors.map((author) => how.personOf(platform, author));
  addPerson(batch, people.at(-1), turn);
  for (const part of how.partsOf(turn)) {
    const { day } = batch;
    add(day, daily.messages(part), turn.messages);
    add(day, good ? daily.answered(part) : daily.failed(part), 1);
    addUsage(day, part, turn);
    if (turn.feesUsd && !part.startsWith('m:')) {
      add(day, daily.feesNanoUsd(part), Math.round(turn.feesUsd * NANO));
      add(day, daily.nanoUsd(part), Math.round(turn.feesUsd * NANO));
    }
    if (!turn.usd && turn.model && turn.usd === undefined) add(day, daily.unpriced(part), 1);
    // Who writes in a workspace, and how long they wait, is not asked for.
    if (part.startsWith('w:')) continue;
    add(day, daily.waiting(part, bucketOf(waitingMs)), 1);
    const known = batch.people.get(part) ?? new Set();
    for (const person of people) known.add(person);
    batch.people.set(part, known);
  }
}

function count(into: Map<number, Counts>, at: number, name: string): void {
  const counts = into.get(at) ?? new Map();
  add(counts, name, 1);
  into.set(at, counts);
}

function add(counts: Counts, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
