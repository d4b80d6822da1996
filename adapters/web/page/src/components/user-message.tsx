import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { createSending } from '../state/send.ts';
import type { UserItem } from '../state/thread.ts';

/** What the person wrote, as it was written. */
export function UserMessage(props: {
  item: UserItem;
  waiting: boolean;
  sending: ReturnType<typeof createSending>;
}): VNode {
  const { item, waiting } = props;
  return (
    <article class={`user ${item.state}`}>
      <h2 class="off-screen">You</h2>
      <div class="bubble" dir="auto" title={new Date(item.at).toLocaleString()}>
        {item.text}
      </div>
      {waiting && <p class="state">Waiting: will be answered next</p>}
      {item.state === 'sending' && <p class="state late">Sending…</p>}
      {item.state === 'failed' && <NotSent item={item} sending={props.sending} />}
    </article>
  );
}

function NotSent({ item, sending }: { item: UserItem; sending: ReturnType<typeof createSending> }): VNode {
  const seconds = useCountdown(item.retryAt);
  return (
    <div class="state problem" role="alert">
      <p>
        Not sent. {item.problem} {seconds > 0 && `You can send again in ${seconds} s.`}
      </p>
      <button type="button" class="plain" disabled={seconds > 0} onClick={() => sending.resend(item)}>
        Try again
      </button>
      <button type="button" class="plain" onClick={() => sending.discard(item)}>
        Discard
      </button>
    </div>
  );
}

/** Whole seconds until then, counted down while shown. */
function useCountdown(until: number | undefined): number {
  const left = () => (until ? Math.max(0, Math.ceil((until - Date.now()) / 1_000)) : 0);
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    if (!until) return;
    const timer = setInterval(() => {
      setSeconds(left());
      if (left() === 0) clearInterval(timer);
    }, 1_000);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}
