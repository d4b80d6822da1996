import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { title } from '../format.ts';
import { VIEWS } from '../state/route.ts';

/** The keys, and a switch for those whose other tools send keys. */
export function Help(props: { keys: boolean; onKeys(on: boolean): void; onClose(): void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="ask" aria-labelledby="help-title" onClose={props.onClose}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {VIEWS.map((view, index) => (
          <div key={view}>
            <dt>
              <kbd>{index + 1}</kbd> or <kbd>g</kbd> <kbd>{view[0]}</kbd>
            </dt>
            <dd>{title(view)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>These keys</dd>
        </div>
      </dl>
      <label class="check">
        <input type="checkbox" checked={props.keys} onChange={(event) => props.onKeys(event.currentTarget.checked)} />
        Switch views by these keys
      </label>
      <div class="choices">
        <button type="button" class="main" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
