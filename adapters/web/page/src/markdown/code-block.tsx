import type { ComponentChildren, VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { CopyButton } from '../components/copy-button.tsx';
import { type Piece, useHighlight } from './highlight.ts';

/** A block of code with its language, a button that copies it, and colours once the highlighter has come. */
export function CodeBlock({ code, lang }: { code: string; lang: string }): VNode {
  const highlight = useHighlight();
  const name = (/^[\w+#.-]+/.exec(lang)?.[0] ?? '').toLowerCase();
  const content = useMemo(() => paint((highlight && name && highlight(code, name)) || [code]), [code, name, highlight]);
  return (
    <figure class="code">
      <figcaption>
        <span>{name || 'text'}</span>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        dir="ltr"
      >
        <code>{content}</code>
      </pre>
    </figure>
  );
}

function paint(pieces: Piece[]): ComponentChildren {
  return pieces.map((piece, key) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      <span key={key} class={`hl-${piece.scope.split('.')[0]}`}>
        {paint(piece.pieces)}
      </span>
    ),
  );
}
