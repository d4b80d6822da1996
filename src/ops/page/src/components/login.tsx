import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { SessionView } from '../../../../ops-api/index.ts';
import { explain, post } from '../api/client.ts';
import { Mark } from './icon.tsx';

/** Asks for the password. `needsKey`: none is set, and it says where the key is that takes its place. */
export function Login({ needsKey, onIn }: { needsKey: boolean; onIn(session: SessionView): void }): VNode {
  const field = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      onIn(await post<SessionView>('login', { password }));
    } catch (cause) {
      setError(explain(cause));
      setBusy(false);
      field.current?.select();
    }
  }

  return (
    <main class="login">
      <form class="card" onSubmit={submit}>
        <Mark />
        <h1>Operators</h1>
        <p class="muted">How the assistant does, what waits, what failed and what it costs.</p>
        {needsKey && (
          <p id="key">
            No <code>OPS_PASSWORD</code> is set, so Chasqui made a key. Open the link that it printed when it started,
            or enter the key as the password: it is kept in <code>DATA_DIR/ops-key</code> (<code>.data/ops-key</code> by
            default).
          </p>
        )}
        <label class="field">
          <span>Password</span>
          <input
            ref={field}
            type="password"
            autoComplete="current-password"
            required
            // biome-ignore lint/a11y/noAutofocus: nothing else is on this page.
            autoFocus
            aria-invalid={error !== null}
            aria-describedby={needsKey ? 'key' : undefined}
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {error && (
          <p class="problem" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="main" aria-busy={busy}>
          Log in
        </button>
      </form>
    </main>
  );
}
