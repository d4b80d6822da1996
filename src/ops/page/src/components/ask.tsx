import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { explain } from '../api/client.ts';
import type { Question } from '../state/desk.ts';

/** Asks before an action, does it, and stays with the reason when it fails. Escape and "Cancel" leave all as it is. */
export function Ask({ asked, onDone }: { asked: Question; onDone(said: string | null): void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const { action, field } = asked;

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.isConnected && before.focus();
  }, []);

  async function act(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    if (field && text.trim() === '') {
      setError('Give a reason first.');
      return;
    }
    setBusy(true);
    setError(null);
    try {
      onDone(await asked.run(text.trim()));
    } catch (cause) {
      setError(explain(cause));
      setBusy(false);
    }
  }

  return (
    <dialog
      ref={dialog}
      class="ask"
      aria-labelledby="ask-question"
      aria-describedby="ask-detail"
      onClose={() => onDone(null)}
    >
      <form onSubmit={act} noValidate>
        <h2 id="ask-question">{asked.question}</h2>
        <p id="ask-detail">{asked.detail}</p>
        {field && (
          <label class="field">
            <span>{field.label}</span>
            <textarea
              rows={2}
              required
              maxLength={500}
              placeholder={field.hint}
              value={text}
              onInput={(event) => {
                setText(event.currentTarget.value);
                setError(null);
              }}
            />
          </label>
        )}
        {error && (
          <p class="problem" role="alert">
            {error}
          </p>
        )}
        <div class="choices">
          <button type="button" class="plain" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class={asked.danger ? 'main danger' : 'main'} aria-busy={busy}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
