import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { QueueView } from '../../../../ops-api/index.ts';
import { ViewerHint } from '../components/action.tsx';
import { Card } from '../components/card.tsx';
import { Loaded } from '../components/loaded.tsx';
import { useData } from '../state/use-data.ts';
import { Audit } from './queue/audit.tsx';
import { Drain } from './queue/drain.tsx';
import { Pauses } from './queue/pauses.tsx';
import { Shards } from './queue/shards.tsx';

/** What waits, what is held back, and who did what. */
export function Queue(): VNode {
  const queue = useData<QueueView>('queue', 2_000);
  const [acts, setActs] = useState(0);

  function onDone(): void {
    queue.reload();
    setActs((count) => count + 1);
  }

  return (
    <div class="grid">
      <div class="wide">
        <ViewerHint what="pause, go on or hasten" />
      </div>
      <Loaded of={queue}>
        {(data) => (
          <>
            <Pauses queue={data} onDone={onDone} />
            <Drain />
            <Shards shards={data.shards} onDone={onDone} />
          </>
        )}
      </Loaded>
      <Card title="Audit log" class="wide">
        <Audit acts={acts} />
      </Card>
    </div>
  );
}
