import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { FailureGroup } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Explained } from '../../components/explained.tsx';
import { Ago } from '../../components/time.tsx';
import { count, title } from '../../format.ts';
import { hashOf } from '../../state/route.ts';
import { Letters } from './letters.tsx';
import { DiscardAction, RetryAction } from './retry.tsx';

/** Turns that failed for the same reason. */
export function Group({ group, onDone }: { group: FailureGroup; onDone(): void }): VNode {
  const { key, where, kind, code, letters } = group;
  const id = useId();
  const choice = { group: key };
  return (
    <Card
      class="wide group"
      title={`${title(where)}: ${kind}${code ? ` (${code})` : ''}`}
      aside={
        <span class="row">
          <RetryAction action="Retry group" on={id} choice={choice} turns={group.count} onDone={onDone} />
          <DiscardAction on={id} choice={choice} turns={group.count} onDone={onDone} />
        </span>
      }
    >
      <p id={id}>
        <Explained tip="How many turns failed for this reason and wait to be retried or discarded.">
          <strong>{count(group.count)}</strong> {group.count === 1 ? 'turn' : 'turns'}
        </Explained>
        , the newest <Ago at={group.newestAt} />
        {group.count > 1 && (
          <>
            , the oldest <Ago at={group.oldestAt} />
          </>
        )}
        . <a href={hashOf('turns', { error: kind })}>All turns with this kind of error</a>
      </p>
      <p class="muted small">The newest said:</p>
      <p class="said">{group.message}</p>
      <details open={letters.length <= 3}>
        <summary>
          {letters.length < group.count
            ? `The newest ${count(letters.length)} of ${count(group.count)}`
            : letters.length === 1
              ? 'The turn'
              : `Each of the ${count(letters.length)}`}
        </summary>
        <Letters letters={letters} reason={kind} onDone={onDone} />
      </details>
    </Card>
  );
}
