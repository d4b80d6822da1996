import type { VNode } from 'preact';
import type { TurnRow } from '../../../../../ops-api/index.ts';
import { Table } from '../../components/table.tsx';
import { Time } from '../../components/time.tsx';
import { Badge, Hash } from '../../components/words.tsx';
import { compact, count, duration, money, NONE, title } from '../../format.ts';
import { go, hashOf } from '../../state/route.ts';
import type { TurnFilters } from './filters.tsx';
import { outcomeTone } from './outcome.ts';

export function TurnsTable({ rows, filters }: { rows: TurnRow[]; filters: TurnFilters }): VNode {
  return (
    <Table
      label="Turns"
      cards
      rows={rows}
      rowKey={({ entry }) => entry}
      rowClass={() => 'opens'}
      onRow={({ entry }) => go(hashOf('turns', filters, entry))}
      columns={[
        {
          label: 'Committed',
          head: true,
          cell: ({ entry, at }) => (
            <a class="opener" href={hashOf('turns', filters, entry)} data-entry={entry}>
              <Time at={at} />
            </a>
          ),
        },
        { label: 'Platform', cell: ({ platform }) => <span class="name">{title(platform)}</span> },
        {
          label: 'Outcome',
          cell: ({ outcome, error }) => (
            <>
              <Badge tone={outcomeTone(outcome)}>{outcome}</Badge> {error && <small>{error}</small>}
            </>
          ),
        },
        {
          label: 'Conversation',
          cell: ({ conversation }) => <Hash text={conversation} href={hashOf('turns', { conversation })} />,
        },
        { label: 'Model', cell: ({ model }) => <Model id={model} /> },
        {
          label: 'Waited',
          tip: 'From the arrival of the oldest message until a worker began the turn.',
          number: true,
          cell: ({ waitingMs }) => duration(waitingMs),
        },
        {
          label: 'First token',
          tip: 'From the call of the model to its first text; a dash where there was none.',
          number: true,
          cell: ({ firstTokenMs }) => duration(firstTokenMs),
        },
        {
          label: 'Whole',
          tip: 'From the arrival of the oldest message until the turn was over.',
          number: true,
          cell: ({ totalMs }) => duration(totalMs),
        },
        {
          label: 'Attempts',
          tip: 'How many workers took the turn; more than one means that the one before died or let go.',
          number: true,
          cell: ({ attempts }) => (attempts > 1 ? <b>{count(attempts)}</b> : count(attempts)),
        },
        {
          label: 'Tokens',
          tip: 'Tokens that the model read and wrote.',
          number: true,
          cell: ({ inputTokens, outputTokens }) => `${compact(inputTokens)} + ${compact(outputTokens)}`,
        },
        {
          label: 'Cost',
          tip: 'What the model’s host takes for these tokens; a dash where the price is not known.',
          number: true,
          cell: ({ usd }) => money(usd),
        },
      ]}
    />
  );
}

/** The name without whose it is; all of it on hover. */
function Model({ id }: { id: string | null }): VNode {
  return (
    <span class="model" data-tip={id ?? undefined}>
      {id?.split('/').at(-1) ?? NONE}
    </span>
  );
}
