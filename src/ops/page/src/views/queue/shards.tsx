import type { VNode } from 'preact';
import type { DoneView, QueueView } from '../../../../../ops-api/index.ts';
import { post } from '../../api/client.ts';
import { Action } from '../../components/action.tsx';
import { Card } from '../../components/card.tsx';
import { Table } from '../../components/table.tsx';
import { Badge } from '../../components/words.tsx';
import { count, counted } from '../../format.ts';

export function Shards({ shards, onDone }: { shards: QueueView['shards']; onDone(): void }): VNode {
  const delayed = shards.reduce((sum, shard) => sum + shard.delayed, 0);
  return (
    <Card
      title="Shards"
      class="wide"
      aside={
        <span class="row">
          {delayed > 0 && (
            <Action
              action="Try waiting retries now"
              question={`Try ${counted(delayed, 'waiting retry', 'waiting retries')} now?`}
              detail="Turns whose last attempt failed do not wait for the time of their next one. If the reason still stands, they fail again, and an attempt is used up."
              run={async () => {
                const { done } = await post<DoneView>('queue/hasten');
                onDone();
                return done === 0 ? 'No retry was waiting any more.' : `${counted(done, 'turn')} tried now.`;
              }}
            />
          )}
          <a href="queues/">Bull Board</a>
        </span>
      }
    >
      <Table
        label="Shards of the queue"
        rows={shards}
        rowKey={({ name }) => name}
        columns={[
          {
            label: 'Shard',
            head: true,
            cell: ({ name, paused }) => (
              <>
                {name} {paused && <Badge tone="amber">paused</Badge>}
              </>
            ),
          },
          {
            label: 'Waiting',
            tip: 'Turns in this part of the queue that no worker has begun.',
            number: true,
            cell: ({ waiting }) => count(waiting),
          },
          {
            label: 'Running',
            tip: 'Turns of this part that workers answer now.',
            number: true,
            cell: ({ running }) => count(running),
          },
          {
            label: 'To be tried again',
            tip: 'Turns of this part whose last attempt failed and that wait for the next one.',
            number: true,
            cell: (shard) => count(shard.delayed),
          },
        ]}
      />
    </Card>
  );
}
