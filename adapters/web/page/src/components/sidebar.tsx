import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Summary } from '../api/types.ts';
import { Confirm } from './confirm.tsx';
import { Icon, Mark } from './icon.tsx';
import { IconButton } from './icon-button.tsx';

const DAY_MS = 86_400_000;

/** One's own conversations. Beside the talk on a wide screen, a drawer over it on a phone. */
export function Sidebar(props: {
  conversations: Summary[];
  current: string | null;
  drawer: boolean;
  open: boolean;
  onOpen(id: string | null): void;
  onRemove(id: string): void;
  onClose(): void;
}): VNode {
  const { conversations, current, drawer, open } = props;
  const [doomed, setDoomed] = useState<Summary | null>(null);
  const first = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (drawer && open) first.current?.focus();
  }, [drawer, open]);

  const groups = grouped(conversations);
  return (
    <>
      {drawer && open && (
        <button type="button" class="scrim" tabIndex={-1} aria-label="Close the list" onClick={props.onClose} />
      )}
      <nav id="sidebar" class="sidebar" aria-label="Conversations" inert={drawer && !open}>
        <div class="sidebar-top">
          <Mark />
          <span class="sidebar-title">Conversations</span>
          {drawer && <IconButton icon="close" label="Close the list" onClick={props.onClose} />}
        </div>
        <button ref={first} type="button" class="new" onClick={() => props.onOpen(null)}>
          <Icon name="plus" /> New conversation
        </button>
        <div class="list">
          {groups.length === 0 && <p class="none">Your conversations will be listed here.</p>}
          {groups.map(([label, items]) => (
            <section key={label}>
              <h2>{label}</h2>
              <ul>
                {items.map((item) => (
                  <li key={item.id} class={item.id === current ? 'current' : ''}>
                    <a
                      href={`#c=${item.id}`}
                      aria-current={item.id === current ? 'page' : undefined}
                      dir="auto"
                      onClick={(event) => {
                        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                        event.preventDefault();
                        props.onOpen(item.id);
                      }}
                    >
                      {titleOf(item)}
                    </a>
                    <IconButton icon="bin" label={`Delete “${titleOf(item)}”`} onClick={() => setDoomed(item)} />
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      </nav>
      {doomed && (
        <Confirm
          question={`Delete “${titleOf(doomed)}”?`}
          detail="The whole conversation is deleted from the server. This cannot be undone."
          action="Delete"
          onYes={() => props.onRemove(doomed.id)}
          onClose={() => {
            setDoomed(null);
            if (!document.activeElement?.closest('nav')) first.current?.focus();
          }}
        />
      )}
    </>
  );
}

function titleOf(item: Summary): string {
  return item.title || 'New conversation';
}

function grouped(conversations: Summary[]): [string, Summary[]][] {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const groups = new Map<string, Summary[]>();
  for (const item of conversations) {
    const at = new Date(item.updatedAt).getTime();
    const label = at >= midnight ? 'Today' : at >= midnight - 6 * DAY_MS ? 'Last seven days' : 'Earlier';
    groups.set(label, [...(groups.get(label) ?? []), item]);
  }
  return [...groups];
}
