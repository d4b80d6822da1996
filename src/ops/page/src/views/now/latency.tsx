import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { LatencyView, NowView, Range } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Explained } from '../../components/explained.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { count, duration } from '../../format.ts';

const RANGES: { value: Range; label: string }[] = [
  { value: '1h', label: '1 h' },
  { value: '24h', label: '24 h' },
  { value: '7d', label: '7 d' },
];

const KINDS: { key: keyof LatencyView; label: string; tip: string }[] = [
  {
    key: 'firstToken',
    label: 'First token',
    tip: 'From the call of the model to the first text that came back.',
  },
  {
    key: 'whole',
    label: 'Whole answer',
    tip: 'From the arrival of the oldest message to the delivered reply: what people feel.',
  },
  {
    key: 'waiting',
    label: 'Waiting',
    tip: 'From the arrival of the oldest message until a worker began the turn.',
  },
];

export function Latency({ latency }: { latency: NowView['latency'] }): VNode {
  const [range, setRange] = useState<Range>('1h');
  const shown = latency[range];
  const columns: Column<(typeof KINDS)[number]>[] = [
    { label: 'Of', head: true, cell: ({ label, tip }) => <Explained tip={tip}>{label}</Explained> },
    {
      label: 'p50',
      tip: 'Half of the turns took at most this long.',
      number: true,
      cell: ({ key }) => duration(shown[key].p50),
    },
    {
      label: 'p95',
      tip: '95 of 100 turns took at most this long.',
      number: true,
      cell: ({ key }) => duration(shown[key].p95),
    },
    {
      label: 'p99',
      tip: '99 of 100 turns took at most this long.',
      number: true,
      cell: ({ key }) => duration(shown[key].p99),
    },
    {
      label: 'Turns',
      tip: 'How many turns these times were measured on.',
      number: true,
      cell: ({ key }) => count(shown[key].count),
    },
  ];
  return (
    <Card
      title="Latency"
      aside={<Tabs label="Latency of the last" panel="latency" options={RANGES} value={range} onChange={setRange} />}
    >
      <div id="latency" role="tabpanel" aria-label="Latency">
        <Table label="Latency by percentile" columns={columns} rows={KINDS} rowKey={({ key }) => key} />
      </div>
    </Card>
  );
}
