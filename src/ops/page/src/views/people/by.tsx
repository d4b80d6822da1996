import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { PeopleRow, PeopleView } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Table } from '../../components/table.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { Hash } from '../../components/words.tsx';
import { count, duration, percent, title } from '../../format.ts';
import { hashOf } from '../../state/route.ts';

type Kind = keyof PeopleView['by'];
const KINDS: { value: Kind; label: string }[] = [
  { value: 'platform', label: 'Platform' },
  { value: 'channel', label: 'Channel' },
  { value: 'model', label: 'Model' },
];

/** The same people, by where they write and who answers. */
export function By({ by, days }: { by: PeopleView['by']; days: string }): VNode {
  const [kind, setKind] = useState<Kind>('platform');
  const rows = by[kind];
  return (
    <Card
      title={`By ${kind}`}
      class="wide"
      aside={<Tabs label="People by" panel="people-by" options={KINDS} value={kind} onChange={setKind} />}
    >
      <div id="people-by" role="tabpanel" aria-label={`By ${kind}`}>
        {rows.length === 0 ? (
          <p class="quiet">Nobody wrote in these {days} days.</p>
        ) : (
          <Table
            label={`People by ${kind}`}
            rows={rows}
            rowKey={({ name }) => name}
            columns={[
              { label: title(kind), head: true, cell: ({ name }) => <Name kind={kind} name={name} /> },
              {
                label: 'People',
                tip: `Different people who wrote there in the last ${days} days.`,
                number: true,
                cell: ({ people }) => count(people),
              },
              {
                label: 'Messages',
                tip: 'Messages that they wrote.',
                number: true,
                cell: ({ messages }) => count(messages),
              },
              {
                label: 'Median wait',
                tip: 'Half of their answers were there after this long.',
                number: true,
                cell: ({ medianWaitMs }) => duration(medianWaitMs),
              },
              { label: 'Liked', tip: 'Answers that people liked.', number: true, cell: ({ good }) => count(good) },
              {
                label: 'Disliked',
                tip: 'Answers that people did not like.',
                number: true,
                cell: ({ bad }) => count(bad),
              },
              {
                label: 'Share liked',
                tip: 'The liked ones among the answers that were judged.',
                number: true,
                cell: ({ good, bad }: PeopleRow) => percent(good, good + bad),
              },
            ]}
          />
        )}
      </div>
    </Card>
  );
}

function Name({ kind, name }: { kind: Kind; name: string }): VNode {
  if (kind === 'platform') return <a href={hashOf('turns', { platform: name })}>{title(name)}</a>;
  if (kind === 'model') return <a href={hashOf('turns', { model: name })}>{name}</a>;
  return <Hash text={name} />;
}
