import type { ChatEvent, Feedback, Outcome, Snapshot } from '../api/types.ts';
import type { KeptNote } from './notes.ts';

export interface UserItem {
  kind: 'user';
  id: string;
  text: string;
  at: number;
  state: 'sending' | 'sent' | 'failed';
  /** Why it was not sent, for people. */
  problem?: string;
  /** When sending again makes sense, in ms since the epoch. */
  retryAt?: number;
}

export interface AnswerItem {
  kind: 'answer';
  turn: string;
  text: string;
  at: number;
  /** Absent while the answer is being written. */
  outcome?: Outcome;
  model?: string;
  feedback: Feedback;
  /** What stood here before "answer again" was pressed; put back if that fails. */
  before?: AnswerItem;
}

/** What a command said. Only this browser knows it. */
export interface NoteItem {
  kind: 'note';
  id: string;
  command: string;
  markdown: string;
}

export type Item = UserItem | AnswerItem | NoteItem;

export interface Thread {
  /** Null until the first message is sent. */
  id: string | null;
  title: string;
  status: 'loading' | 'ready' | 'missing' | 'error';
  items: readonly Item[];
  /** A sent message has not begun to be answered. */
  pending: boolean;
  /** What is shown may differ from what is stored: ask again when the answer is whole. */
  doubtful: boolean;
  /** The server has older messages than the first one here. */
  more?: boolean;
}

export const EMPTY: Thread = { id: null, title: '', status: 'ready', items: [], pending: false, doubtful: false };

export const itemId = (item: Item): string => (item.kind === 'answer' ? item.turn : item.id);
export const isOpen = (item: Item): item is AnswerItem => item.kind === 'answer' && !item.outcome;
export const isRunning = (thread: Thread): boolean => thread.pending || thread.items.some(isOpen);

const time = (at: number | string): number => new Date(at).getTime() || Date.now();

/** A stored conversation as a thread, with what only this page knows put back: notes, and messages not sent yet. */
export function fromSnapshot(
  snapshot: Snapshot,
  id: string,
  earlier: readonly Item[],
  unsent: readonly Item[],
  notes: readonly KeptNote[] = [],
): Thread {
  const stored = storedItems(snapshot);
  const known = new Set(stored.map(itemId));
  // Pages that were asked for before stay above the newest one.
  const first = earlier.findIndex((item) => known.has(itemId(item)));
  const above = first > 0 ? earlier.slice(0, first) : [];
  const items = withKept([...above, ...withNotes(stored, earlier.slice(above.length))], notes);
  items.push(...unsent.filter((item) => !known.has(itemId(item))));
  const pending = snapshot.running && !items.some(isOpen);
  const more = above.length > 0 ? undefined : snapshot.more;
  return { id, title: snapshot.title, status: 'ready', items, pending, doubtful: false, more };
}

function storedItems(snapshot: Snapshot): Item[] {
  return snapshot.messages.map((message) =>
    message.role === 'user'
      ? { kind: 'user', id: message.id, text: message.text, at: time(message.at), state: 'sent' }
      : {
          kind: 'answer',
          turn: message.id,
          text: message.text,
          at: time(message.at),
          outcome: message.outcome,
          model: message.model,
          feedback: message.feedback ?? 'none',
        },
  );
}

/** The page before the first message, put above it. */
export function withOlder(thread: Thread, snapshot: Snapshot): Thread {
  const known = new Set(thread.items.map(itemId));
  const older = storedItems(snapshot).filter((item) => !known.has(itemId(item)));
  return { ...thread, items: [...older, ...thread.items], more: snapshot.more };
}

/** Each note goes back to its place behind the item that it followed. */
function withNotes(stored: Item[], earlier: readonly Item[]): Item[] {
  const items = [...stored];
  earlier.forEach((item, n) => {
    if (item.kind !== 'note') return;
    const before = earlier[n - 1];
    const place = before ? items.findIndex((other) => itemId(other) === itemId(before)) : -1;
    items.splice(before && place < 0 ? items.length : place + 1, 0, item);
  });
  return items;
}

/** Notes from before the page was loaded go back behind what they followed; what is not shown leaves them at the end. */
function withKept(items: Item[], notes: readonly KeptNote[]): Item[] {
  for (const { conversation: _, after, ...note } of notes) {
    if (items.some((item) => itemId(item) === note.id)) continue;
    const place = items.findIndex((item) => itemId(item) === after);
    items.splice(after !== null && place < 0 ? items.length : place + 1, 0, note);
  }
  return items;
}

/** The thread after an event. An event told twice changes nothing. */
export function applyEvent(thread: Thread, event: ChatEvent): Thread {
  switch (event.type) {
    case 'user': {
      const sent: UserItem = { kind: 'user', id: event.id, text: event.text, at: time(event.at), state: 'sent' };
      const known = thread.items.some((item) => itemId(item) === event.id);
      if (known) return replace(thread, event.id, (item) => ({ ...item, ...sent, problem: undefined }));
      return { ...thread, pending: true, items: [...thread.items, sent] };
    }
    case 'typing':
      return withAnswer(thread, event.turn);
    case 'delta':
      return answer(withAnswer(thread, event.turn), event.turn, (item) =>
        item.outcome || event.at !== item.text.length ? item : { ...item, text: item.text + event.text },
      );
    case 'text':
      return answer(withAnswer(thread, event.turn), event.turn, (item) =>
        item.outcome ? item : { ...item, text: event.text },
      );
    case 'final': {
      const done = answer(withAnswer(thread, event.turn), event.turn, (item) => ({
        ...item,
        text: event.text,
        outcome: event.outcome,
        model: event.model ?? item.model,
        before: undefined,
      }));
      return { ...done, title: event.title || done.title, pending: lastSpoken(done.items)?.kind === 'user' };
    }
    case 'cleared':
      return { ...thread, items: thread.items.filter((item) => item.kind === 'note'), pending: false };
  }
}

/** Makes sure that this turn has a place. One that is not expected follows at the end, and is looked up when whole. */
function withAnswer(thread: Thread, turn: string): Thread {
  if (thread.items.some((item) => item.kind === 'answer' && item.turn === turn)) return thread;
  const again = thread.items.find((item) => isOpen(item) && item.before);
  if (again) return answer(thread, itemId(again), (item) => ({ ...item, turn }));
  const item: AnswerItem = { kind: 'answer', turn, text: '', at: Date.now(), feedback: 'none' };
  const doubtful = thread.doubtful || lastSpoken(thread.items)?.kind !== 'user';
  return { ...thread, pending: false, doubtful, items: [...thread.items, item] };
}

/** The last answer gives its place to a new one, which "answer again" asked for. */
export function answerAgain(thread: Thread, requestId: string): Thread {
  const last = lastSpoken(thread.items);
  if (last?.kind !== 'answer') return thread;
  return answer(thread, last.turn, (item) => ({
    kind: 'answer',
    turn: requestId,
    text: '',
    at: Date.now(),
    feedback: 'none',
    before: item,
  }));
}

/** That failed: the old answer is back. */
export function undoAgain(thread: Thread, requestId: string): Thread {
  return answer(thread, requestId, (item) => item.before ?? item);
}

export function replace(thread: Thread, id: string, change: (item: Item) => Item): Thread {
  return { ...thread, items: thread.items.map((item) => (itemId(item) === id ? change(item) : item)) };
}

export function answer(thread: Thread, turn: string, change: (item: AnswerItem) => AnswerItem): Thread {
  return replace(thread, turn, (item) => (item.kind === 'answer' ? change(item) : item));
}

/** The last message that was really said: not a note, and not one that is on its way or failed. */
export function lastSpoken(items: readonly Item[]): UserItem | AnswerItem | undefined {
  return items.findLast(
    (item): item is UserItem | AnswerItem =>
      item.kind === 'answer' || (item.kind === 'user' && item.state !== 'failed'),
  );
}

/** Messages that will be answered after the answer that is being written now. */
export function waitingIds(items: readonly Item[]): ReadonlySet<string> {
  const open = items.findLastIndex(isOpen);
  if (open < 0) return new Set();
  return new Set(items.slice(open).flatMap((item) => (item.kind === 'user' && item.state === 'sent' ? [item.id] : [])));
}
