import type { VNode } from 'preact';
import type { FailureRow } from '../../../../../ops-api/index.ts';
import { Table } from '../../components/table.tsx';
import { Time } from '../../components/time.tsx';
import { Hash } from '../../components/words.tsx';
import { count, title } from '../../format.ts';
import { useDesk } from '../../state/desk.ts';
import { hashOf } from '../../state/route.ts';
import { DiscardAction, RetryAction } from './retry.tsx';

/** The single turns of a group. */
export function Letters(props: { letters: FailureRow[]; reason: string; onDone(): void }): VNode {
  const { letters, reason, onDone } = props;
  const { operator } = useDesk();
  return (
    <Table
      label={`Turns that failed: ${reason}`}
      cards
      rows={letters}
      rowKey={({ id }) => id}
      columns={[
        {
          label: 'When',
          head: true,
          cell: ({ id, at }) => (
            <a id={`letter-${id}`} href={hashOf('turns', { turn: id })}>
              <Time at={at} />
            </a>
          ),
        },
        { label: 'Platform', cell: ({ platform }) => title(platform) },
        {
          label: 'Conversation',
          cell: ({ conversation }) => <Hash text={conversation} href={hashOf('turns', { conversation })} />,
        },
        {
          label: 'Attempts',
          tip: 'How often the turn was tried before it was given up.',
          number: true,
          cell: ({ attempts }) => count(attempts),
        },
        {
          label: 'Messages',
          tip: 'How many messages wait for this answer.',
          number: true,
          cell: ({ messages }) => count(messages),
        },
        { label: 'Error', cell: ({ message }) => <span class="words">{message}</span> },
        {
          label: 'People were told',
          cell: ({ told }) => <span class="words">{told ?? <em>Nothing: even that could not be posted.</em>}</span>,
        },
        ...(operator
          ? [
              {
                label: 'Act',
                cell: ({ id }: FailureRow) => (
                  <span class="row">
                    <RetryAction action="Retry" on={`letter-${id}`} choice={{ ids: [id] }} turns={1} onDone={onDone} />
                    <DiscardAction on={`letter-${id}`} choice={{ ids: [id] }} turns={1} onDone={onDone} />
                  </span>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}
