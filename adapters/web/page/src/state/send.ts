import { type Api, ApiError, bare } from '../api/api.ts';
import type { Chat } from './chat.ts';
import type { Notes } from './notes.ts';
import type { Outbox } from './outbox.ts';
import { showInAddress } from './route.ts';
import { explain, type State } from './state.ts';
import type { Store } from './store.ts';
import { itemId, replace, type UserItem } from './thread.ts';
import { newUuid } from './uuid.ts';

const COMMAND = /^\/(help|about|model|persona|usage|feedback|reset)(?:\s+([^\n]*))?$/i;

/** Sends messages, one after another, and runs the commands that begin with a slash. */
export function createSending(options: { api: Api; store: Store<State>; outbox: Outbox; notes: Notes; chat: Chat }) {
  const { api, store, outbox, notes, chat } = options;
  /** One at a time: the second message of a new conversation needs the id that the first one is given. */
  let line: Promise<void> = Promise.resolve();

  function submit(text: string): void {
    const [, name, argument = ''] = COMMAND.exec(text.trim()) ?? [];
    if (name) {
      command(name.toLowerCase(), argument.trim());
      return;
    }
    const item: UserItem = { kind: 'user', id: newUuid(), text, at: Date.now(), state: 'sending' };
    outbox.add({ id: item.id, text, conversation: store.get().thread.id });
    chat.setThread((thread) => ({ ...thread, items: [...thread.items, item] }));
    enqueue(item);
  }

  /** A message that was not sent is sent with the same id, so that it cannot come twice. */
  function resend(item: UserItem): void {
    change(item.id, { state: 'sending', problem: undefined, retryAt: undefined });
    enqueue(item);
  }

  function discard(item: UserItem): void {
    outbox.remove(item.id);
    chat.setThread((thread) => ({ ...thread, items: thread.items.filter((other) => itemId(other) !== item.id) }));
  }

  function enqueue({ id, text }: UserItem): void {
    line = line.then(() => post(id, text));
  }

  async function post(id: string, text: string): Promise<void> {
    const here = () => store.get().thread.items.some((item) => itemId(item) === id);
    if (!here()) return; // The person went elsewhere first; it waits in the outbox.
    const conversation = store.get().thread.id;
    try {
      const accepted = await api.send({ conversation, id, text });
      outbox.remove(id);
      if (here()) arrived(id, bare(accepted.conversation), accepted.cursor);
      chat.refreshList();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const retryAt = error.retryAfterSeconds ? Date.now() + error.retryAfterSeconds * 1_000 : undefined;
      change(id, { state: 'failed', problem: explain(error), retryAt });
    }
  }

  function arrived(id: string, conversation: string, cursor: string): void {
    const fresh = store.get().thread.id === null;
    change(id, { state: 'sent' });
    chat.setThread((thread) => ({
      ...thread,
      id: conversation,
      pending: thread.pending || !isAnswered(thread.items, id),
    }));
    if (!fresh) return;
    for (const item of store.get().thread.items) {
      if (item.kind === 'user' && item.state !== 'sent') outbox.add({ id: item.id, text: item.text, conversation });
    }
    showInAddress(conversation, 'replace');
    chat.follow(conversation, cursor);
  }

  async function command(name: string, argument: string): Promise<void> {
    const { id } = store.get().thread;
    try {
      const { markdown } = await api.command(id, name, argument);
      if (store.get().thread.id !== id) return;
      const note = { kind: 'note', id: newUuid(), command: `/${name} ${argument}`.trim(), markdown } as const;
      const last = store.get().thread.items.at(-1);
      chat.setThread((thread) => ({ ...thread, items: [...thread.items, note] }));
      if (id && name === 'reset') notes.drop(id);
      if (id) notes.add({ ...note, conversation: id, after: last ? itemId(last) : null });
      store.set({ announcement: markdown });
    } catch (error) {
      chat.complain(`/${name} did not work.`, error);
    }
  }

  function change(id: string, patch: Partial<UserItem>): void {
    chat.setThread((thread) => replace(thread, id, (item) => (item.kind === 'user' ? { ...item, ...patch } : item)));
  }

  return { submit, resend, discard };
}

/** An answer follows this message already: its events were faster than the answer to the POST. */
function isAnswered(items: State['thread']['items'], id: string): boolean {
  const place = items.findIndex((item) => itemId(item) === id);
  return items.slice(place + 1).some((item) => item.kind === 'answer');
}
