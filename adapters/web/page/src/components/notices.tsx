import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { State } from '../state/state.ts';
import { IconButton } from './icon-button.tsx';

/** A break shorter than this is not worth a word. */
const QUIET_MS = 1_000;

/** What the person should know about the connection, the model and what just failed. */
export function Notices({ state, onDismiss }: { state: State; onDismiss(): void }): VNode {
  const { session, unreachable, live, notice, thread } = state;
  const lost = useLasting(!live && thread.id !== null);
  return (
    <div class="notices" role="status">
      {unreachable && <p>The server cannot be reached. Trying again…</p>}
      {lost && !unreachable && (
        <p>{navigator.onLine ? 'Reconnecting…' : 'You are offline. Reconnecting when you are back…'}</p>
      )}
      {session?.assistant.model.offline && <p>No model is connected: a built-in stand-in answers.</p>}
      {notice && (
        <p class={notice.kind}>
          <span>{notice.text}</span>
          <IconButton icon="close" label="Dismiss" onClick={onDismiss} />
        </p>
      )}
    </div>
  );
}

function useLasting(value: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!value) return setLasting(false);
    const timer = setTimeout(() => setLasting(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return lasting;
}
