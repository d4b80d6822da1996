import type { VNode } from 'preact';
import type { DoneView, FailureChoice } from '../../../../../ops-api/index.ts';
import { post } from '../../api/client.ts';
import { Action } from '../../components/action.tsx';
import { counted } from '../../format.ts';

interface Choosing {
  choice: FailureChoice;
  /** How many turns are affected. */
  turns: number;
  /** The id of what names them. */
  on?: string;
  onDone(): void;
}

export function RetryAction({ action, choice, turns, on, onDone }: Choosing & { action: string }): VNode {
  const them = turns === 1 ? 'this turn' : `these ${counted(turns, 'turn')}`;
  return (
    <Action
      action={action}
      on={on}
      question={turns === 1 ? 'Retry one failed turn?' : `Retry ${counted(turns, 'failed turn')}?`}
      detail={`The messages of ${them} are put in the queue once more, and the model is asked again. The people get ${
        turns === 1 ? 'an answer' : 'answers'
      }.`}
      run={async () => {
        const { done } = await post<DoneView>('failures/retry', choice);
        onDone();
        return done === 0 ? 'Nothing was left to retry.' : `${counted(done, 'turn')} put in the queue again.`;
      }}
    />
  );
}

export function DiscardAction({ choice, turns, on, onDone }: Choosing): VNode {
  return (
    <Action
      action="Discard"
      danger
      on={on}
      question={turns === 1 ? 'Discard one failed turn?' : `Discard ${counted(turns, 'failed turn')}?`}
      detail={`The people get no answer any more. ${
        turns === 1 ? 'It is' : 'They are'
      } listed below for a while and can be brought back.`}
      field={{ label: 'Reason', hint: 'Why nobody needs an answer; it is written to the audit log' }}
      run={async (why) => {
        const { done } = await post<DoneView>('failures/discard', { ...choice, why });
        onDone();
        return done === 0 ? 'Nothing was left to discard.' : `${counted(done, 'turn')} discarded.`;
      }}
    />
  );
}
