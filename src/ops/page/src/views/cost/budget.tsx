import type { VNode } from 'preact';
import type { CostView } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Explained } from '../../components/explained.tsx';
import { money, percent } from '../../format.ts';

/** What is left of this month's budget. */
export function Budget({ budget }: { budget: CostView['budget'] }): VNode {
  if (!budget) {
    return (
      <Card title="Budget of the month" class="wide">
        <p class="muted">
          None is set. With <code>ops.monthly_budget</code> in the settings you see here what is left.
        </p>
      </Card>
    );
  }
  const { monthUsd, spentUsd, leftUsd } = budget;
  const share = monthUsd > 0 ? Math.min(1, spentUsd / monthUsd) : 1;
  const tone = share >= 1 ? 'red' : share >= 0.8 ? 'amber' : 'good';
  const text = `${money(spentUsd)} of ${money(monthUsd)} spent (${percent(spentUsd, monthUsd)})`;
  return (
    <Card title="Budget of the month" class="wide">
      <p>
        <Explained tip="What is left of ops.monthly_budget in this calendar month, UTC.">
          <strong>{leftUsd < 0 ? `${money(-leftUsd)} too much` : `${money(leftUsd)} left`}</strong>
        </Explained>{' '}
        <span class="muted">{text}</span>
      </p>
      <meter class="off-screen" aria-label="Budget spent" min={0} max={monthUsd} value={Math.min(spentUsd, monthUsd)}>
        {text}
      </meter>
      <svg class={`meter ${tone}`} viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect width={100 * share} height="1" />
      </svg>
    </Card>
  );
}
