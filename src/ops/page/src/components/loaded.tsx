import type { ComponentChildren, VNode } from 'preact';
import type { Data } from '../state/use-data.ts';

/** What was fetched; before that a word, and what went wrong. Older data stays, with the error above it. */
export function Loaded<T>({ of, children }: { of: Data<T>; children(data: T): ComponentChildren }): VNode {
  return (
    <>
      {of.error && (
        <p class="problem" role="alert">
          {of.error}{' '}
          <button type="button" class="plain" onClick={of.reload}>
            Try again
          </button>
        </p>
      )}
      {of.data !== null ? children(of.data) : !of.error && <p class="quiet">Loading…</p>}
    </>
  );
}
