import type { VNode } from 'preact';
import type { TurnView } from '../../../../../ops-api/index.ts';
import { post } from '../../api/client.ts';
import { Action, ViewerHint } from '../../components/action.tsx';

/** Stops answering one conversation, or goes on with it. */
export function ConversationPause({ turn, onChange }: { turn: TurnView; onChange(): void }): VNode {
  const { conversation, entry, paused } = turn;
  const choice = { scope: 'conversation', entry };
  return (
    <>
      <ViewerHint what="pause it or go on" />
      {paused ? (
        <Action
          action="Go on"
          question={`Go on with the conversation ${conversation}?`}
          detail="What waits in this one conversation is answered, from the oldest on."
          run={async () => {
            await post('queue/resume', choice);
            onChange();
            return `The conversation ${conversation} goes on.`;
          }}
        />
      ) : (
        <Action
          action="Pause this conversation"
          question={`Pause the conversation ${conversation}?`}
          detail="This one conversation is affected. What people write there is kept and answered when you go on."
          run={async () => {
            await post('queue/pause', choice);
            onChange();
            return `The conversation ${conversation} is paused.`;
          }}
        />
      )}
    </>
  );
}
