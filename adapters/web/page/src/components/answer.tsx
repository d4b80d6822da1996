import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Feedback } from '../api/types.ts';
import { Markdown } from '../markdown/markdown.tsx';
import type { Chat } from '../state/chat.ts';
import type { AnswerItem } from '../state/thread.ts';
import { Thinking } from './conversation.tsx';
import { CopyButton } from './copy-button.tsx';
import { IconButton } from './icon-button.tsx';
import { Why } from './why.tsx';

interface AnswerProps {
  item: AnswerItem;
  name: string;
  /** Of the model that usually answers; another one's is shown with the answer. */
  label: string;
  /** The last one can be asked for again. */
  last: boolean;
  chat: Chat;
  onRetry(): void;
}

/** What the model wrote, growing while it writes; then what can be done with it. */
export function Answer(props: AnswerProps): VNode {
  const { item, name, label, last, chat, onRetry } = props;
  return useMemo(() => {
    const streaming = !item.outcome;
    return (
      <article class={`answer ${item.outcome ?? 'streaming'}`}>
        <h2 class="off-screen">{name}</h2>
        {item.text ? <Markdown text={item.text} streaming={streaming} /> : streaming && <Thinking />}
        {item.outcome === 'stopped' && <p class="state">Stopped.</p>}
        {item.outcome === 'failed' && !item.text && <p class="state problem">There is no answer.</p>}
        {!streaming && <Actions {...props} />}
        {item.feedback === 'bad' && <Why tell={(reason) => void chat.tellWhy(item.turn, reason)} />}
      </article>
    );
  }, [item, name, label, last, chat, onRetry]);
}

function Actions({ item, label, last, chat, onRetry }: AnswerProps): VNode {
  const judge = (value: Feedback) => () => chat.feedback(item.turn, item.feedback === value ? 'none' : value);
  return (
    <div class={`actions${last ? ' last' : ''}`}>
      <CopyButton text={item.text} label="Copy answer" />
      {item.outcome !== 'failed' && (
        <>
          <IconButton icon="good" label="Good answer" aria-pressed={item.feedback === 'good'} onClick={judge('good')} />
          <IconButton icon="bad" label="Bad answer" aria-pressed={item.feedback === 'bad'} onClick={judge('bad')} />
        </>
      )}
      {last && <IconButton icon="retry" label="Answer again" onClick={onRetry} />}
      {item.model && item.model !== label && <span class="model">{item.model}</span>}
    </div>
  );
}
