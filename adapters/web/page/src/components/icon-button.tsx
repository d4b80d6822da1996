import type { ButtonHTMLAttributes, VNode } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** A button that shows only an icon; its label is read aloud and shown on hover. */
export function IconButton(props: ButtonHTMLAttributes<HTMLButtonElement> & { icon: IconName; label: string }): VNode {
  const { icon, label, class: extra = '', ...rest } = props;
  return (
    <button type="button" {...rest} class={`icon-button ${extra}`} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}
