import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { NowView } from '../../../../../ops-api/index.ts';
import { Chart } from '../../components/chart.tsx';
import { minute, tenth } from '../../format.ts';

export function Traffic({ traffic }: { traffic: NowView['traffic'] }): VNode {
  const series = useMemo(
    () => [
      { label: 'Messages in', values: traffic.in },
      { label: 'Answered', values: traffic.answered },
      { label: 'Failed', values: traffic.failed },
    ],
    [traffic],
  );
  const names = useMemo(() => traffic.at.map(minute), [traffic]);
  if (![...traffic.in, ...traffic.answered, ...traffic.failed].some(Boolean)) {
    return <p class="quiet">Nobody wrote in the last hour.</p>;
  }
  return <Chart label="Traffic a minute" kind="line" unit="Minute" names={names} series={series} format={tenth} />;
}
