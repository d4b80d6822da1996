import type { VNode } from 'preact';
import { type Question, useDesk } from '../state/desk.ts';

/**
 * A button that acts, after asking. Viewers do not see it. `on`: the id of what says what it acts on, where several
 * buttons have the same name.
 */
export function Action({ on, ...question }: Question & { on?: string }): VNode | null {
  const desk = useDesk();
  if (!desk.operator) return null;
  return (
    <button
      type="button"
      class={question.danger ? 'plain danger' : 'plain'}
      aria-describedby={on}
      onClick={() => desk.ask(question)}
    >
      {question.action}
    </button>
  );
}

/** Says to viewers why they find no buttons here. */
export function ViewerHint({ what }: { what: string }): VNode | null {
  const { operator } = useDesk();
  return operator ? null : <p class="hint">It takes an operator to {what}; you look on as a viewer.</p>;
}
