import { type Api, ApiError, bare } from '../api/api.ts';
import { type EventStream, followEvents } from '../api/events.ts';
import type { ChatEvent, Feedback, Reason } from '../api/types.ts';
import { plainText } from '../markdown/plain.ts';
import type { Notes } from './notes.ts';
import type { Outbox } from './outbox.ts';
import { conversationInHash, showInAddress } from './route.ts';
import { explain, type State } from './state.ts';
import type { Store } from './store.ts';
import {
  answer,
  answerAgain,
  applyEvent,
  EMPTY,
  fromSnapshot,
  isRunning,
  itemId,
  type Thread,
  undoAgain,
  withOlder,
} from './thread.ts';
import { newUuid } from './uuid.ts';

export type Chat = ReturnType<typeof createChat>;

/** What a person can do in the page, and what the server's events do to it. */
export function createChat(options: {
  api: Api;
  store: Store<State>;
  outbox: Outbox;
  notes: Notes;
  announceChars?: number;
}) {
  const { api, store, outbox, notes } = options;
  let stream: EventStream | null = null;
  /** Changes with every opened conversation: what comes late for another one is dropped. */
  let visit = 0;

  const setThread = (change: (thread: Thread) => Thread) => store.set({ thread: change(store.get().thread) });

  function follow(conversation: string, cursor: string): void {
    stream?.close();
    const mine = ++visit;
    stream = followEvents({
      api,
      conversation,
      cursor,
      idle: () => !isRunning(store.get().thread),
      onLive: (live) => mine === visit && store.set({ live }),
      onEvent: (event) => mine === visit && receive(event),
      onGone: () => setTimeout(() => mine === visit && resync(), 1_000),
    });
  }

  function receive(event: ChatEvent): void {
    setThread((thread) => applyEvent(thread, event));
    if (event.type === 'user') outbox.remove(event.id);
    if (event.type === 'cleared') refreshList();
    if (event.type !== 'final') return;
    const { thread, session } = store.get();
    const name = session?.assistant.name ?? 'The assistant';
    const said = plainText(event.text);
    store.set({ stopping: false, announcement: event.outcome === 'stopped' ? `Stopped. ${said}` : `${name}: ${said}` });
    if (thread.doubtful) resync();
    refreshList();
  }

  /** Reads the conversation again; used after a gap, and when what is shown may differ from what is stored. */
  async function resync(): Promise<void> {
    const { id } = store.get().thread;
    if (id) await load(id);
  }

  async function load(id: string): Promise<void> {
    const mine = ++visit;
    stream?.close();
    try {
      const snapshot = await api.conversation(id);
      if (mine !== visit) return;
      setThread((thread) => {
        const next = fromSnapshot(snapshot, id, thread.items, outbox.of(id), notes.of(id));
        return { ...next, more: next.more ?? thread.more };
      });
      store.set({ live: true });
      follow(id, snapshot.cursor);
    } catch (error) {
      if (mine !== visit || !(error instanceof ApiError)) return;
      const missing = error.status === 404 || error.status === 400;
      setThread((thread) => ({ ...thread, status: missing ? 'missing' : 'error' }));
      if (!missing) setTimeout(() => mine === visit && load(id), 2_000);
    }
  }

  /** Brings the page of messages before the first one that is shown. */
  async function older(): Promise<void> {
    const { id, items } = store.get().thread;
    const first = items.find((item) => item.kind !== 'note');
    if (!id || !first) return;
    try {
      const snapshot = await api.conversation(id, itemId(first));
      setThread((thread) => (thread.id === id ? withOlder(thread, snapshot) : thread));
    } catch (error) {
      complain('Earlier messages could not be read.', error);
    }
  }

  async function refreshList(): Promise<void> {
    try {
      const conversations = await api.conversations();
      store.set({ conversations: conversations.map((item) => ({ ...item, id: bare(item.id) })) });
    } catch (error) {
      // The list as it was is still useful; the next answer or look at the page asks again.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Shows a conversation, or a new empty one. */
  function open(id: string | null, how: 'push' | 'replace' | 'shown' = 'push'): void {
    if (how !== 'shown') showInAddress(id, how);
    visit += 1;
    stream?.close();
    stream = null;
    const title = store.get().conversations.find((item) => item.id === id)?.title ?? '';
    const thread: Thread = id ? { ...EMPTY, id, title, status: 'loading' } : { ...EMPTY, items: outbox.of(null) };
    store.set({ thread, live: true, stopping: false, notice: null });
    if (id) load(id);
  }

  /** Starts the session and opens what the address names; tries until the server answers. */
  async function start(): Promise<void> {
    for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
      try {
        store.set({ session: await api.session(), unreachable: false });
        break;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        store.set({ unreachable: true });
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    open(conversationInHash(location.hash), 'shown');
    addEventListener('popstate', () => {
      const id = conversationInHash(location.hash);
      if (id !== store.get().thread.id) open(id, 'shown');
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') refreshList();
    });
    await refreshList();
  }

  async function remove(id: string): Promise<void> {
    try {
      await api.remove(id);
      notes.drop(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 404) return complain('It could not be deleted.', error);
    }
    store.set({
      conversations: store.get().conversations.filter((item) => item.id !== id),
      announcement: 'Conversation deleted.',
    });
    if (store.get().thread.id === id) open(null, 'replace');
  }

  async function stop(): Promise<void> {
    const { thread, stopping } = store.get();
    if (!thread.id || !isRunning(thread) || stopping) return;
    store.set({ stopping: true });
    try {
      const { stopped } = await api.stop(thread.id);
      if (!stopped) store.set({ stopping: false });
    } catch (error) {
      store.set({ stopping: false });
      complain('It could not be stopped.', error);
    }
  }

  async function retry(): Promise<void> {
    const { id } = store.get().thread;
    if (!id || isRunning(store.get().thread)) return;
    const requestId = newUuid();
    setThread((thread) => answerAgain(thread, requestId));
    try {
      await api.retry(id, requestId);
    } catch (error) {
      setThread((thread) => undoAgain(thread, requestId));
      complain('It could not be answered again.', error);
    }
  }

  async function feedback(turn: string, value: Feedback): Promise<void> {
    const { thread } = store.get();
    const before = thread.items.find((item) => item.kind === 'answer' && item.turn === turn);
    if (!thread.id || before?.kind !== 'answer') return;
    const show = (shown: Feedback) => setThread((now) => answer(now, turn, (item) => ({ ...item, feedback: shown })));
    show(value);
    try {
      await api.feedback(thread.id, turn, value);
    } catch (error) {
      show(before.feedback);
      complain('Your feedback was not saved.', error);
    }
  }

  /** Why an answer is bad: adds to the judgement, and is not shown again. */
  async function tellWhy(turn: string, reason: Reason): Promise<void> {
    const { id } = store.get().thread;
    if (!id) return;
    try {
      await api.feedback(id, turn, 'bad', reason);
    } catch (error) {
      complain('Your feedback was not saved.', error);
    }
  }

  function complain(what: string, error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    store.set({ notice: { kind: 'error', text: `${what} ${explain(error)}` } });
  }

  return { start, open, older, remove, stop, retry, feedback, tellWhy, follow, setThread, refreshList, complain };
}
