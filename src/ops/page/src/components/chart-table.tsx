import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Series } from './chart-options.ts';
import { Table } from './table.tsx';

interface Point {
  name: string;
  index: number;
}

/** The chart's numbers as a table, drawn when it is opened. */
export function ChartTable(props: {
  label: string;
  names: string[];
  series: Series[];
  unit: string;
  format(value: number): string;
}): VNode {
  const { label, names, series, unit, format } = props;
  const [open, setOpen] = useState(false);
  const rows = names.map((name, index): Point => ({ name, index })).reverse();
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {open && (
        <div class="low">
          <Table
            label={`${label}, as a table`}
            rows={rows}
            rowKey={({ index }) => String(index)}
            columns={[
              { label: unit, head: true, cell: ({ name }) => name },
              ...series.map((one) => ({
                label: one.label,
                number: true,
                cell: ({ index }: Point) => format(one.values[index] ?? 0),
              })),
            ]}
          />
        </div>
      )}
    </details>
  );
}
