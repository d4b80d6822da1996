import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { useTheme } from '../state/theme.ts';
import { drawing, type Series } from './chart-options.ts';
import { ChartTable } from './chart-table.tsx';

/**
 * A chart with its legend, whose numbers follow the pointer, and the same as a table for those who do not see it.
 * `names` are the points along x in words. Bars stand on each other in the order of `series`.
 */
export function Chart(props: {
  label: string;
  names: string[];
  series: Series[];
  kind: 'line' | 'bars';
  format(value: number): string;
  /** What the points along x are, for the table. */
  unit: string;
}): VNode {
  const { label, names, series, kind, format } = props;
  const holder = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ names, format });
  latest.current = { names, format };
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme()[0];
  const shape = `${kind} ${series.map(({ label: name }) => name).join()}`;
  const drawn = useMemo(() => dataOf(series, kind), [series, kind]);

  // A new plot only for a new shape; new data is set below.
  useEffect(() => {
    const box = holder.current;
    if (!box || !legend.current) return;
    const size = () => ({ width: Math.max(120, box.clientWidth), height: 200 });
    const options = drawing({
      kind,
      series,
      swatches: legend.current,
      name: (index) => latest.current.names[index] ?? '',
      format: (value) => latest.current.format(value),
      onPoint: setAt,
    });
    const chart = new uPlot({ ...options, ...size() }, drawn, box);
    plot.current = chart;
    const watcher = new ResizeObserver(() => {
      if (Math.abs(size().width - chart.width) > 1) chart.setSize(size());
    });
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    if (plot.current && plot.current.data !== drawn) plot.current.setData(drawn);
  }, [drawn]);
  // Colours come from the theme.
  useEffect(() => plot.current?.redraw(false, true), [theme]);

  const point = at !== null && at < names.length ? at : null;
  return (
    <figure class="chart">
      <ul ref={legend} class="legend" aria-hidden="true">
        {series.map(({ label: name, values }, index) => (
          <li key={name}>
            <i class={`swatch series-${index + 1}`} />
            {name} {point !== null && <b>{format(values[point] ?? 0)}</b>}
          </li>
        ))}
        <li class="when">{point !== null && names[point]}</li>
      </ul>
      <div ref={holder} role="img" aria-label={`${label}. ${summary(series, format)}`} />
      <ChartTable label={label} names={names} series={series} format={format} unit={props.unit} />
    </figure>
  );
}

/** Bars are drawn the highest first, so that each later one covers its part of it. */
function dataOf(series: Series[], kind: 'line' | 'bars'): uPlot.AlignedData {
  const length = series[0]?.values.length ?? 0;
  const xs = Array.from({ length }, (_, index) => index);
  if (kind === 'line') return [xs, ...series.map(({ values }) => values)];
  const sums: number[][] = [];
  for (const { values } of series) {
    const below = sums.at(-1);
    sums.push(values.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return [xs, ...sums.reverse()];
}

function summary(series: Series[], format: (value: number) => string): string {
  return series
    .map(
      ({ label, values }) => `${label}: at most ${format(Math.max(0, ...values))}, last ${format(values.at(-1) ?? 0)}`,
    )
    .join('. ');
}
