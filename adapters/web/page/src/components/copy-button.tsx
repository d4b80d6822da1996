import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { IconButton } from './icon-button.tsx';

const SHOWN_MS = 2_000;

/** Copies the text and says so for two seconds. */
export function CopyButton({ text, label }: { text: string; label: string }): VNode {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  async function copy(): Promise<void> {
    if (!(await copyText(text))) return;
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), SHOWN_MS);
  }
  return (
    <IconButton
      class={copied ? 'done' : ''}
      icon={copied ? 'check' : 'copy'}
      label={copied ? 'Copied' : label}
      onClick={copy}
    />
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission (a frame without it) or no https: the old way needs neither.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'off-screen';
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}
