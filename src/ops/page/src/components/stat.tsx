import type { ComponentChildren, VNode } from 'preact';
import { Explained } from './explained.tsx';

/** One number: what it is, a sentence about it, and where one sees what is behind it. */
export function Stat(props: {
  label: string;
  tip: string;
  value: string;
  href?: string;
  tone?: 'good' | 'amber' | 'red' | undefined;
  small?: ComponentChildren;
}): VNode {
  const { label, tip, value, href, tone = '', small } = props;
  return (
    <div class={`stat ${tone}`}>
      <dt>
        <Explained tip={tip}>{label}</Explained>
      </dt>
      <dd>
        {href ? (
          <a href={href} aria-label={`${label}: ${value}`}>
            {value}
          </a>
        ) : (
          value
        )}
        {small !== undefined && <small>{small}</small>}
      </dd>
    </div>
  );
}
