import type { VNode } from 'preact';
import type { Session } from '../api/types.ts';

/** Which model answers, under which licence, and where the words go. */
export function About({ session, label }: { session: Session; label: string }): VNode {
  const { name, model } = session.assistant;
  return (
    <div id="about" class="about" popover="auto" role="dialog" aria-labelledby="about-title">
      <h2 id="about-title">About {name}</h2>
      {model.offline ? (
        <p>No model is connected. A built-in stand-in answers; it does not understand what you write.</p>
      ) : (
        <dl>
          <dt>Model</dt>
          <dd>{label}</dd>
          <dt>Hosted by</dt>
          <dd>{model.host}</dd>
          <dt>Licence</dt>
          <dd>{model.licence}</dd>
        </dl>
      )}
      <p>
        What you write is kept on the server that runs {name}
        {model.offline ? '.' : `, and sent to ${model.host} to be answered.`} Write <code>/about</code> to see for how
        long. Deleting a conversation deletes it at once.
      </p>
      <p>Answers are written by a model and can be wrong. Check what matters.</p>
    </div>
  );
}
