import type { Ref, VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Session } from '../api/types.ts';
import { chooseTheme, currentTheme } from '../state/theme.ts';
import type { Thread } from '../state/thread.ts';
import { About } from './about.tsx';
import { Mark } from './icon.tsx';
import { IconButton } from './icon-button.tsx';

/** Who answers, and where to read more about that. */
export function Header(props: {
  session: Session | null;
  thread: Thread;
  embedded: boolean;
  storage: Storage | null;
  opener: Ref<HTMLButtonElement>;
  drawer: boolean;
  onMenu(): void;
  onNew(): void;
  onClose(): void;
}): VNode {
  const { session, thread, embedded, storage } = props;
  const [theme, setTheme] = useState(() => currentTheme(storage));
  const other = theme === 'dark' ? 'light' : 'dark';
  const answered = thread.items.findLast((item) => item.kind === 'answer' && item.model);
  const model = session?.assistant.model;
  const label = (answered?.kind === 'answer' && answered.model) || model?.label || '';

  function switchTheme(): void {
    chooseTheme(storage, other);
    setTheme(other);
  }

  return (
    <header class="header">
      {!embedded && (
        <IconButton
          class="menu"
          icon="menu"
          label="Conversations"
          ref={props.opener}
          aria-expanded={props.drawer}
          aria-controls="sidebar"
          onClick={props.onMenu}
        />
      )}
      {embedded && <Mark />}
      <div class="who">
        <h1>{session?.assistant.name ?? '…'}</h1>
        {model && <p>{model.offline ? 'No model connected' : `${label} · ${model.host}`}</p>}
      </div>
      <IconButton icon="info" label="About this assistant" popoverTarget="about" disabled={!session} />
      <IconButton icon={other === 'dark' ? 'moon' : 'sun'} label={`Use ${other} colours`} onClick={switchTheme} />
      <IconButton class={embedded ? '' : 'narrow-only'} icon="plus" label="New conversation" onClick={props.onNew} />
      {embedded && <IconButton icon="close" label="Close chat" onClick={props.onClose} />}
      {session && <About session={session} label={label} />}
    </header>
  );
}
