import uPlot from 'uplot';

export interface Series {
  label: string;
  values: number[];
}

/** How a chart is drawn. Colours are read from the legend's swatches, so that they are the style sheet's, dark or light. */
export function drawing(options: {
  kind: 'line' | 'bars';
  series: Series[];
  swatches: Element;
  name(index: number): string;
  format(value: number): string;
  onPoint(index: number | null): void;
}): Omit<uPlot.Options, 'width' | 'height'> {
  const { kind, series, swatches, name, format } = options;
  const colour = (index: number) => {
    const swatch = swatches.querySelectorAll('.swatch')[index];
    return swatch ? getComputedStyle(swatch).backgroundColor : '#888';
  };
  const ink = () => getComputedStyle(swatches).color;
  const grid = { stroke: () => getComputedStyle(swatches).borderTopColor, width: 1 };
  const order = series.map((_, index) => index);
  if (kind === 'bars') order.reverse();
  const font = `12px ${getComputedStyle(swatches).fontFamily}`;

  return {
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 6 } },
    scales: {
      x: { time: false, range: (_plot, min, max) => (kind === 'bars' ? [min - 0.6, max + 0.6] : [min, max]) },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        stroke: ink,
        font,
        grid: { show: false },
        ticks: { show: false },
        space: 70,
        size: 28,
        incrs: [1, 2, 5, 7, 10, 14, 15, 30],
        values: (_plot, at) => at.map((index) => (Number.isInteger(index) ? name(index) : '')),
      },
      {
        stroke: ink,
        font,
        grid,
        ticks: { show: false },
        space: 40,
        size: (_plot, values) => 14 + 7 * Math.max(2, ...(values ?? []).map((value) => value.length)),
        values: (_plot, at) => at.map(format),
      },
    ],
    series: [
      {},
      ...order.map((index): uPlot.Series => {
        const stroke = () => colour(index);
        if (kind === 'line') return { stroke, width: 2, points: { show: false }, dash: DASHES[index] ?? [] };
        const paths = uPlot.paths.bars?.({ size: [0.72, 40] });
        return { fill: stroke, stroke, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
      }),
    ],
    hooks: { setCursor: [(plot) => options.onPoint(plot.cursor.idx ?? null)] },
  };
}

/** Lines are told apart without colours, too. */
const DASHES = [[], [7, 3], [2, 3]];
