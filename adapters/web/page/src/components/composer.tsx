import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { State } from '../state/state.ts';
import { IconButton } from './icon-button.tsx';

/** From this share of the limit on the count is shown. */
const NEAR_LIMIT = 0.9;

const draftKey = (conversation: string | null) => `chasqui-draft:${conversation ?? 'new'}`;

/** Where one writes. Enter sends, Shift+Enter begins a line; while an answer is written, one can stop it or write on. */
export function Composer(props: {
  input: RefObject<HTMLTextAreaElement | null>;
  state: State;
  running: boolean;
  storage: Storage | null;
  onSend(text: string): void;
  onStop(): void;
}): VNode {
  const { input, state, running, storage, onSend, onStop } = props;
  const { session, thread, stopping } = state;
  const [text, setText] = useState('');
  /** Enter was pressed before the page was ready: it is sent as soon as it is. */
  const [wanted, setWanted] = useState(false);
  const key = draftKey(thread.id);

  useEffect(() => setText(storage?.getItem(key) ?? ''), [key, storage]);

  useLayoutEffect(() => {
    const area = input.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  }, [text, input]);

  function write(value: string): void {
    setText(value);
    setWanted(false);
    if (value) storage?.setItem(key, value);
    else storage?.removeItem(key);
  }

  const limit = session?.limits.messageChars ?? Number.POSITIVE_INFINITY;
  const over = text.length - limit;
  const blocked = !session || thread.status !== 'ready';
  const opening = !session || thread.status === 'loading';
  const sendable = !blocked && over <= 0 && text.trim() !== '';

  function send(): void {
    if (opening) setWanted(text.trim() !== '');
    if (!sendable) return;
    onSend(text);
    write('');
    input.current?.focus();
  }

  useEffect(() => {
    if (wanted && !blocked) send();
  });

  function onKeyDown(event: KeyboardEvent): void {
    // While an input method composes a word, Enter takes the word (keyCode 229 in Safari).
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  }

  const hint = hintOf({
    blocked,
    wanted,
    session: session !== null,
    status: thread.status,
    over,
    length: text.length,
    limit,
  });
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="field">
        <textarea
          id="composer"
          ref={input}
          rows={1}
          dir="auto"
          value={text}
          placeholder={`Message ${session?.assistant.name ?? ''}`}
          aria-label="Message"
          aria-describedby="composer-hint"
          aria-invalid={over > 0}
          enterkeyhint="send"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {running && (
          <IconButton
            class="stop"
            icon="stop"
            label={stopping ? 'Stopping…' : 'Stop'}
            disabled={stopping}
            onClick={onStop}
          />
        )}
        {(!running || text.trim() !== '') && (
          <IconButton class="send" type="submit" icon="send" label="Send" disabled={!sendable} />
        )}
      </div>
      <p id="composer-hint" class={`hint${over > 0 ? ' problem' : ''}`}>
        {hint}
      </p>
    </form>
  );
}

function hintOf(about: {
  blocked: boolean;
  wanted: boolean;
  session: boolean;
  status: string;
  over: number;
  length: number;
  limit: number;
}): string {
  const { blocked, wanted, session, over, length, limit } = about;
  if (wanted) return 'Connecting… Your message is sent as soon as the connection stands.';
  if (!session) return 'Connecting…';
  if (blocked)
    return about.status === 'loading' ? 'Opening the conversation…' : 'Open or begin a conversation to write.';
  if (over > 0) return `${over.toLocaleString()} characters over the limit of ${limit.toLocaleString()}`;
  if (length >= limit * NEAR_LIMIT) return `${(-over).toLocaleString()} characters left`;
  return 'Answers can be wrong. Check what matters.';
}
