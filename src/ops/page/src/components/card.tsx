import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

/** A part of a view, with its name and what one can do there. */
export function Card(props: {
  title: string;
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}): VNode {
  const id = useId();
  return (
    <section class={`card ${props.class ?? ''}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** Numbers side by side. */
export function Stats({ children }: { children: ComponentChildren }): VNode {
  return <dl class="stats">{children}</dl>;
}
