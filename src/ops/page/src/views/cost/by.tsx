import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { CostRow, CostView } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Table } from '../../components/table.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { Hash } from '../../components/words.tsx';
import { compact, count, money, percent, title } from '../../format.ts';
import { hashOf } from '../../state/route.ts';

type Kind = keyof CostView['by'];
const KINDS: { value: Kind; label: string }[] = [
  { value: 'model', label: 'Model' },
  { value: 'platform', label: 'Platform' },
  { value: 'workspace', label: 'Workspace' },
];

/** The same money, by what it was spent on. */
export function CostBy(props: { by: CostView['by']; total: CostRow; unpriced: string[] }): VNode {
  const { by, total, unpriced } = props;
  const [kind, setKind] = useState<Kind>('model');
  const rows = by[kind];
  return (
    <Card
      title={`By ${kind}`}
      class="wide"
      aside={<Tabs label="Cost by" panel="cost-by" options={KINDS} value={kind} onChange={setKind} />}
    >
      <div id="cost-by" role="tabpanel" aria-label={`By ${kind}`}>
        {rows.length === 0 ? (
          <p class="quiet">Nothing was answered in these days.</p>
        ) : (
          <Table
            label={`Cost by ${kind}`}
            rows={rows}
            rowKey={({ name }) => name}
            columns={[
              { label: title(kind), head: true, cell: ({ name }) => <Name kind={kind} name={name} /> },
              {
                label: 'Cost',
                tip: 'What it cost, as far as prices are known.',
                number: true,
                cell: ({ name, usd }) => (kind === 'model' && unpriced.includes(name) ? 'not known' : money(usd)),
              },
              {
                label: 'Share',
                tip: 'Its part of the whole cost.',
                number: true,
                cell: ({ usd }) => percent(usd, total.usd),
              },
              {
                label: 'Answered',
                tip: 'Turns that were answered.',
                number: true,
                cell: ({ answered }) => count(answered),
              },
              {
                label: 'Tokens read',
                tip: 'Tokens of the prompts.',
                number: true,
                cell: ({ inputTokens }) => compact(inputTokens),
              },
              {
                label: 'Tokens written',
                tip: 'Tokens of the answers.',
                number: true,
                cell: ({ outputTokens }) => compact(outputTokens),
              },
            ]}
          />
        )}
      </div>
    </Card>
  );
}

function Name({ kind, name }: { kind: Kind; name: string }): VNode {
  if (kind === 'workspace') return <Hash text={name} />;
  return <a href={hashOf('turns', { [kind]: name })}>{kind === 'platform' ? title(name) : name}</a>;
}
