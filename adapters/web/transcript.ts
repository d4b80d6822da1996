import type { ConversationPage, ConversationView } from '../../src/conversation/decode.ts';
import type { HistoryTurn, InboxEntry } from '../../src/conversation/records.ts';
import type { Model } from '../../src/models/model.ts';
import type { StreamState } from './events.ts';

/** One message as the page shows it. The id of an answer is its turn's. */
interface ShownMessage {
  id: string;
  role: 'user' | 'assistant';
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Absent while the answer is being written. */
  outcome?: 'answered' | 'stopped' | 'failed';
  /** The model's label. */
  model?: string;
  feedback?: string;
}

/** A page's messages, and their characters; one message may be larger alone. */
const PAGE_MESSAGES = 50;
const PAGE_CHARS = 100_000;

/** A failed turn's own words are not kept. */
const NOT_ANSWERED = 'This was not answered.';

/**
 * A conversation as its owner would see it now: finished turns, and behind the newest of them the one that is being
 * answered, and what waits.
 * @param live how the event stream stood just before
 */
export function transcript(
  view: ConversationPage,
  live: StreamState,
  extras: { models: readonly Model[]; feedback: Record<string, string> },
): { messages: ShownMessage[]; running: boolean } {
  const history = view.history.map((turn) => finished(turn, extras));
  const { turn, later } = view;
  // The commit follows the final by a moment; whoever reads in between gets no other final.
  const over = turn !== null && live.finished.includes(turn.id);
  const running = (turn !== null && !over) || later.some((entry) => !entry.deleted);
  if (view.newer) return { messages: history.flat(), running };
  const asked = turn?.entries.filter(isShown) ?? [];
  // A turn of nothing but `retry` answers the last one anew.
  if (turn && asked.length === 0 && turn.entries.some((entry) => entry.message.kind === 'retry')) {
    const last = history.pop();
    if (last) history.push(last.filter((message) => message.role === 'user'));
  }
  const answer = turn ? newestAnswer(turn, live, over, extras.models) : [];
  const messages = [...history.flat(), ...asked.map(said), ...answer, ...later.filter(isShown).map(said)];
  return { messages, running };
}

/**
 * The newest messages, or those before one of them, as many as fit on a page; the rest is asked for by its first id.
 * A `before` that is not there (it was too old to be kept) has nothing before it.
 * @param older there are turns before `all`
 */
export function pageOf(
  all: readonly ShownMessage[],
  older: boolean,
  before?: string,
): { messages: ShownMessage[]; more: boolean } {
  const end = before === undefined ? all.length : Math.max(0, all.map(({ id }) => id).lastIndexOf(before));
  let start = end;
  let chars = 0;
  while (start > 0 && end - start < PAGE_MESSAGES) {
    chars += all[start - 1]?.text.length ?? 0;
    if (chars > PAGE_CHARS && start < end) break;
    start -= 1;
  }
  return { messages: all.slice(start, end), more: start > 0 || (older && end > 0) };
}

function finished(
  turn: HistoryTurn,
  { models, feedback }: { models: readonly Model[]; feedback: Record<string, string> },
): ShownMessage[] {
  const judged = feedback[turn.id];
  return [
    ...turn.user.map(({ id, text }): ShownMessage => ({ id, role: 'user', text, at: turn.at })),
    {
      id: turn.id,
      role: 'assistant',
      text: turn.reply ?? (turn.outcome === 'failed' ? NOT_ANSWERED : ''),
      at: turn.at,
      outcome: turn.outcome,
      ...(turn.model ? { model: labelOf(turn.model, models) } : {}),
      ...(judged ? { feedback: judged } : {}),
    },
  ];
}

function newestAnswer(
  turn: NonNullable<ConversationView['turn']>,
  live: StreamState,
  over: boolean,
  models: readonly Model[],
): ShownMessage[] {
  const message: ShownMessage = { id: turn.id, role: 'assistant', text: '', at: Date.now() };
  if (over && turn.answer) {
    const { markdown, outcome, model } = turn.answer;
    return [{ ...message, text: markdown, outcome, ...(model ? { model: labelOf(model, models) } : {}) }];
  }
  return live.turn === turn.id ? [{ ...message, text: live.text }] : [];
}

function isShown(entry: InboxEntry): boolean {
  return !entry.deleted && entry.message.kind !== 'retry';
}

function said({ message }: InboxEntry): ShownMessage {
  return { id: message.id, role: 'user', text: message.text, at: message.sentAt };
}

function labelOf(id: string, models: readonly Model[]): string {
  return models.find((model) => model.id === id)?.label ?? id;
}
