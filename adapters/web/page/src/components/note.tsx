import type { VNode } from 'preact';
import { Markdown } from '../markdown/markdown.tsx';
import type { NoteItem } from '../state/thread.ts';

/** What a command such as `/about` said. Not part of the conversation that the model sees. */
export function Note({ item }: { item: NoteItem }): VNode {
  return (
    <aside class="note" aria-label={item.command}>
      <p class="command">{item.command}</p>
      <Markdown text={item.markdown} streaming={false} />
    </aside>
  );
}
