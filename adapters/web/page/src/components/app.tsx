import type { VNode } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Chat } from '../state/chat.ts';
import type { createSending } from '../state/send.ts';
import type { State } from '../state/state.ts';
import { type Store, useStore } from '../state/store.ts';
import { isRunning } from '../state/thread.ts';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { Header } from './header.tsx';
import { Notices } from './notices.tsx';
import { Sidebar } from './sidebar.tsx';

export interface Controls {
  chat: Chat;
  sending: ReturnType<typeof createSending>;
  /** localStorage and sessionStorage, null where forbidden. */
  lasting: Storage | null;
  passing: Storage | null;
  /** Framed in another site's page: compact, without the list of conversations. */
  embedded: boolean;
  /** Asks the page around the frame to close it. */
  close(): void;
}

const NARROW = matchMedia('(max-width: 760px)');

export function App({ store, controls }: { store: Store<State>; controls: Controls }): VNode {
  const state = useStore(store);
  const { chat, embedded } = controls;
  const { thread, session } = state;
  const [drawer, setDrawer] = useState(false);
  const [narrow, setNarrow] = useState(NARROW.matches);
  const composer = useRef<HTMLTextAreaElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const running = isRunning(thread);

  useEffect(() => {
    const change = () => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', change);
    return () => NARROW.removeEventListener('change', change);
  }, []);

  /** Where a mouse is, typing can go on at once; on a phone that would raise the keyboard. */
  const focusComposer = useCallback(() => {
    if (matchMedia('(pointer: fine)').matches) requestAnimationFrame(() => composer.current?.focus());
  }, []);
  const stop = useCallback(() => {
    chat.stop();
    focusComposer();
  }, [chat, focusComposer]);
  const retry = useCallback(() => {
    chat.retry();
    focusComposer();
  }, [chat, focusComposer]);

  const closeDrawer = useCallback(() => setDrawer(false), []);
  // Only once the page behind the drawer is alive again can it take the focus.
  useEffect(() => {
    if (drawer) return () => opener.current?.focus();
  }, [drawer]);

  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      if (document.querySelector('dialog[open], :popover-open')) return;
      if (drawer) closeDrawer();
      else if (isRunning(store.get().thread)) chat.stop();
      else if (embedded) controls.close();
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [drawer, store, chat, embedded, controls, closeDrawer]);

  useEffect(() => {
    const name = session?.assistant.name ?? 'Chat';
    document.title = thread.title ? `${thread.title} – ${name}` : name;
  }, [thread.title, session]);

  useEffect(focusComposer, [thread.id, session]);

  function openConversation(id: string | null): void {
    setDrawer(false);
    if (id !== thread.id || id === null) chat.open(id);
    focusComposer();
  }

  return (
    <div class={`app${embedded ? ' embedded' : ''}${drawer ? ' drawer-open' : ''}`}>
      <button type="button" class="skip" onClick={() => composer.current?.focus()}>
        Skip to the message field
      </button>
      {!embedded && (
        <Sidebar
          conversations={state.conversations}
          current={thread.id}
          drawer={narrow}
          open={drawer}
          onOpen={openConversation}
          onRemove={chat.remove}
          onClose={closeDrawer}
        />
      )}
      <div class="body" inert={narrow && drawer}>
        <Header
          session={session}
          thread={thread}
          embedded={embedded}
          storage={controls.lasting}
          opener={opener}
          drawer={drawer}
          onMenu={() => setDrawer(true)}
          onNew={() => openConversation(null)}
          onClose={controls.close}
        />
        <main class="talk">
          <Conversation state={state} controls={controls} running={running} onRetry={retry} />
          <Notices state={state} onDismiss={() => store.set({ notice: null })} />
          <Composer
            input={composer}
            state={state}
            running={running}
            storage={controls.passing}
            onSend={controls.sending.submit}
            onStop={stop}
          />
        </main>
      </div>
      <div class="off-screen" aria-live="polite" data-testid="announcer">
        {state.announcement || null}
      </div>
    </div>
  );
}
