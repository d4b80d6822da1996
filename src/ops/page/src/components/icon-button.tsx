import type { ButtonHTMLAttributes, VNode } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** A button that shows only an icon; its label is read aloud and shown on hover and focus. */
export function IconButton(props: ButtonHTMLAttributes<HTMLButtonElement> & { icon: IconName; label: string }): VNode {
  const { icon, label, ...rest } = props;
  return (
    <button type="button" {...rest} class="icon-button" aria-label={label} data-tip={label}>
      <Icon name={icon} />
    </button>
  );
}
