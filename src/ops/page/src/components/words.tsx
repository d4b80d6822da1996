import type { ComponentChildren, VNode } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'amber' | 'red' | 'calm';

/** A state in a word; the colour only helps. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }): VNode {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export const LIGHTS: Record<'green' | 'amber' | 'red', { text: string; icon: IconName }> = {
  green: { text: 'All is well', icon: 'well' },
  amber: { text: 'Look at this', icon: 'look' },
  red: { text: 'Something is broken', icon: 'broken' },
};

/** The traffic light, told by a word and an icon as well. */
export function Light({ light }: { light: 'green' | 'amber' | 'red' }): VNode {
  const { text, icon } = LIGHTS[light];
  return (
    <span class={`light ${light}`}>
      <Icon name={icon} />
      {text}
    </span>
  );
}

/** A hash that names a conversation, a workspace or a person; short enough for a table. */
export function Hash({ text, href }: { text: string; href?: string }): VNode {
  return href ? (
    <a class="hash" href={href}>
      {text}
    </a>
  ) : (
    <span class="hash">{text}</span>
  );
}
