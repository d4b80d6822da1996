import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

/** A label that explains itself, in one sentence, to pointer, keyboard, touch and screen reader. */
export function Explained({ tip, children }: { tip: string; children: ComponentChildren }): VNode {
  const id = useId();
  return (
    <button type="button" class="explained" data-tip="" aria-describedby={id}>
      {children}
      <span id={id} hidden>
        {tip}
      </span>
    </button>
  );
}
