import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { IconButton } from './icon-button.tsx';

const SHOWN_MS = 12_000;

/** What came of the last action. It goes by itself. */
export function Told({ text, onClose }: { text: string | null; onClose(): void }): VNode {
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(onClose, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text, onClose]);
  return (
    <div class="told" role="status" aria-label="What came of it">
      {text && (
        <p>
          {text} <IconButton icon="close" label="Dismiss" onClick={onClose} />
        </p>
      )}
    </div>
  );
}
