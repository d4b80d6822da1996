import type { VNode } from 'preact';
import type { DiscardedRow, DoneView } from '../../../../../ops-api/index.ts';
import { post } from '../../api/client.ts';
import { Action } from '../../components/action.tsx';
import { Table } from '../../components/table.tsx';
import { Time } from '../../components/time.tsx';
import { counted, title } from '../../format.ts';
import { useDesk } from '../../state/desk.ts';

export function Discarded({ rows, onDone }: { rows: DiscardedRow[]; onDone(): void }): VNode {
  const { operator } = useDesk();
  if (rows.length === 0) return <p class="quiet">Nothing was discarded that could be brought back.</p>;
  return (
    <Table
      label="Discarded turns"
      cards
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          label: 'When',
          head: true,
          cell: ({ id, at }) => (
            <span id={`discarded-${id}`}>
              <Time at={at} />
            </span>
          ),
        },
        { label: 'Platform', cell: ({ platform }) => title(platform) },
        { label: 'By', cell: ({ by }) => by },
        { label: 'Reason', cell: ({ why }) => <span class="words">{why}</span> },
        ...(operator
          ? [
              {
                label: 'Act',
                cell: ({ id }: DiscardedRow) => (
                  <Action
                    action="Bring back"
                    on={`discarded-${id}`}
                    question="Bring back one discarded turn?"
                    detail="It is among the failures again, where it can be retried."
                    run={async () => {
                      const { done } = await post<DoneView>('failures/restore', { ids: [id] });
                      onDone();
                      return done === 0 ? 'It was no longer there.' : `${counted(done, 'turn')} brought back.`;
                    }}
                  />
                ),
              },
            ]
          : []),
      ]}
    />
  );
}
