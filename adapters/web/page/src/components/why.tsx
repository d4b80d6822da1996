import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Reason } from '../api/types.ts';

const REASONS: [Reason, string][] = [
  ['wrong', 'It is wrong'],
  ['not helpful', 'It does not help'],
  ['too long', 'It is too long'],
  ['other', 'Something else'],
];

/** After a thumb down: what was wrong with it, at a click. */
export function Why({ tell }: { tell(reason: Reason): void }): VNode {
  const [told, setTold] = useState(false);
  if (told) return <p class="why">Thank you.</p>;
  return (
    <fieldset class="why">
      <legend>What is wrong with it?</legend>
      {REASONS.map(([reason, label]) => (
        <button
          key={reason}
          type="button"
          onClick={() => {
            setTold(true);
            tell(reason);
          }}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
