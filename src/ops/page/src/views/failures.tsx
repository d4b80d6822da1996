import type { VNode } from 'preact';
import type { FailuresView } from '../../../../ops-api/index.ts';
import { ViewerHint } from '../components/action.tsx';
import { Card } from '../components/card.tsx';
import { Loaded } from '../components/loaded.tsx';
import { counted } from '../format.ts';
import { useData } from '../state/use-data.ts';
import { Discarded } from './failures/discarded.tsx';
import { Group } from './failures/group.tsx';
import { RetryAction } from './failures/retry.tsx';

/** What ended without an answer, by cause, and what can be done about it. */
export function Failures(): VNode {
  const failures = useData<FailuresView>('failures', 10_000);
  return (
    <Loaded of={failures}>
      {({ total, groups, discarded }) => (
        <div class="grid">
          <section class="wide row lead" aria-label="All failures">
            {total === 0 ? (
              <p>
                Nothing failed. A turn that ends without an answer is kept here, with its reason, until you retry it.
              </p>
            ) : (
              <p>
                <strong>{counted(total, 'turn')}</strong> ended without an answer, for{' '}
                {counted(groups.length, 'reason')}.
              </p>
            )}
            {total > 0 && (
              <RetryAction action="Retry all" choice={{ all: true }} turns={total} onDone={failures.reload} />
            )}
          </section>
          <div class="wide">
            <ViewerHint what="retry or discard" />
          </div>
          {groups.map((group) => (
            <Group key={group.key} group={group} onDone={failures.reload} />
          ))}
          <Card title="Discarded" class="wide">
            <Discarded rows={discarded} onDone={failures.reload} />
          </Card>
        </div>
      )}
    </Loaded>
  );
}
