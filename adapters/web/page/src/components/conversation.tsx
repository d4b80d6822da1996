import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { State } from '../state/state.ts';
import { isOpen, itemId, lastSpoken, waitingIds } from '../state/thread.ts';
import { Answer } from './answer.tsx';
import type { Controls } from './app.tsx';
import { Empty } from './empty.tsx';
import { Icon } from './icon.tsx';
import { Note } from './note.tsx';
import { UserMessage } from './user-message.tsx';

/** So near to the end counts as at the end, in CSS pixels. */
const NEAR_END = 80;
const CALM = matchMedia('(prefers-reduced-motion: reduce)');

/** The talk itself. It follows the newest words only while the reader is at the end. */
export function Conversation(props: { state: State; controls: Controls; running: boolean; onRetry(): void }): VNode {
  const { state, controls, running } = props;
  const { thread, session } = state;
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const [away, setAway] = useState(false);

  function toEnd(behavior: ScrollBehavior = 'instant'): void {
    sticks.current = true;
    setAway(false);
    // The greeting begins at its top, also where it does not fit.
    if (box.current?.querySelector('.empty')) return;
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior });
  }
  function onScroll(): void {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    sticks.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
    setAway(!sticks.current);
  }
  useEffect(() => {
    const observer = new ResizeObserver(() => sticks.current && toEnd());
    if (box.current) observer.observe(box.current);
    if (inner.current) observer.observe(inner.current);
    return () => observer.disconnect();
  }, []);

  const newest = thread.items.at(-1);
  const sentNow = newest?.kind === 'user' && newest.state === 'sending' ? newest.id : '';
  useLayoutEffect(() => toEnd(), [thread.id, thread.status, sentNow]);

  const waiting = waitingIds(thread.items);
  const last = lastSpoken(thread.items);
  const thinking = thread.pending && !thread.items.some(isOpen);
  return (
    <div class="conversation">
      <div
        class="scroll"
        ref={box}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Conversation"
        aria-busy={running}
      >
        <div class="column" ref={inner}>
          {thread.status === 'loading' && <p class="quiet">Opening the conversation…</p>}
          {thread.status === 'error' && <p class="quiet">The conversation could not be opened. Trying again…</p>}
          {thread.status === 'missing' && (
            <div class="quiet">
              <p>This conversation is not here: it was deleted, has expired, or belongs to another browser.</p>
              <button type="button" class="plain" onClick={() => controls.chat.open(null, 'replace')}>
                Begin a new one
              </button>
            </div>
          )}
          {thread.status === 'ready' && thread.items.length === 0 && session && (
            <Empty session={session} onPick={controls.sending.submit} />
          )}
          {thread.status === 'ready' && thread.more && (
            <button type="button" class="plain" onClick={controls.chat.older}>
              Show earlier messages
            </button>
          )}
          {thread.items.map((item) => {
            const key = itemId(item);
            if (item.kind === 'user')
              return <UserMessage key={key} item={item} waiting={waiting.has(key)} sending={controls.sending} />;
            if (item.kind === 'note') return <Note key={key} item={item} />;
            return (
              <Answer
                key={key}
                item={item}
                name={session?.assistant.name ?? ''}
                label={session?.assistant.model.label ?? ''}
                last={item === last && !running}
                chat={controls.chat}
                onRetry={props.onRetry}
              />
            );
          })}
          {thinking && <Thinking />}
        </div>
      </div>
      {away && thread.items.length > 0 && (
        <button type="button" class="to-end" onClick={() => toEnd(CALM.matches ? 'instant' : 'smooth')}>
          <Icon name="down" /> {running ? 'Jump to the newest' : 'Jump to the end'}
        </button>
      )}
    </div>
  );
}

export function Thinking(): VNode {
  return (
    <div class="thinking">
      <span class="off-screen">Thinking…</span>
      <i />
      <i />
      <i />
    </div>
  );
}
