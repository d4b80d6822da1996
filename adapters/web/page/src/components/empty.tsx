import type { VNode } from 'preact';
import type { Session } from '../api/types.ts';
import { Mark } from './icon.tsx';

/** Before the first message: what this is, who answers, and something to begin with. */
export function Empty({ session, onPick }: { session: Session; onPick(text: string): void }): VNode {
  const { name, model, suggestions } = session.assistant;
  return (
    <div class="empty">
      <Mark />
      <h2>What can I help with?</h2>
      <p>
        {name} is an assistant.{' '}
        {model.offline ? (
          'No model is connected to it yet.'
        ) : (
          <>
            <strong>{model.label}</strong> answers here, hosted by {model.host}.
          </>
        )}{' '}
        Only you see your conversations.
      </p>
      {suggestions.length > 0 && (
        <ul class="suggestions" aria-label="Suggestions">
          {suggestions.map((text) => (
            <li key={text}>
              <button type="button" dir="auto" onClick={() => onPick(text)}>
                {text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
