import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Asks before something that cannot be undone. Escape and "Cancel" leave everything as it is. */
export function Confirm(props: {
  question: string;
  detail: string;
  action: string;
  onYes(): void;
  onClose(): void;
}): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-question" onClose={props.onClose}>
      <h2 id="confirm-question" dir="auto">
        {props.question}
      </h2>
      <p>{props.detail}</p>
      <div class="choices">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            props.onYes();
            dialog.current?.close();
          }}
        >
          {props.action}
        </button>
      </div>
    </dialog>
  );
}
