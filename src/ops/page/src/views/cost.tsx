import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { CostView } from '../../../../ops-api/index.ts';
import { Card, Stats } from '../components/card.tsx';
import { Chart } from '../components/chart.tsx';
import { DaysTabs, daysOf } from '../components/days-tabs.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Stat } from '../components/stat.tsx';
import { compact, count, day, money } from '../format.ts';
import type { Route } from '../state/route.ts';
import { useData } from '../state/use-data.ts';
import { Budget } from './cost/budget.tsx';
import { CostBy } from './cost/by.tsx';

/** What the models' hosts and the platforms take, and for what. */
export function Cost({ route }: { route: Route }): VNode {
  const days = daysOf(route);
  const cost = useData<CostView>(`cost?days=${days}`, 60_000);
  return (
    <>
      <div class="row bar-row">
        <p class="muted grow">
          What models and messages cost, by the tokens and prices that are known. Days are those of UTC.
        </p>
        <DaysTabs route={route} panel="cost" />
      </div>
      <div id="cost" class="grid" role="tabpanel" aria-label="Cost">
        <Loaded of={cost}>{(data) => <Shown data={data} days={days} />}</Loaded>
      </div>
    </>
  );
}

function Shown({ data, days }: { data: CostView; days: string }): VNode {
  const { total, unpriced } = data;
  return (
    <>
      <section class="wide numbers" aria-label="Cost in numbers">
        <Stats>
          <Stat
            label="Cost"
            tip={`What the last ${days} days cost, as far as prices are known.`}
            value={money(total.usd)}
          />
          <Stat
            label="Answered"
            tip={`Turns that were answered in the last ${days} days.`}
            value={count(total.answered)}
            href="#turns?outcome=answered"
          />
          <Stat label="An answer" tip="The cost divided by the answered turns." value={money(data.usdPerAnswer)} />
          <Stat
            label="A liked answer"
            tip="The cost divided by the answers that people liked."
            value={money(data.usdPerGood)}
            href="#people"
          />
          {data.feesUsd > 0 && (
            <Stat
              label="Message fees"
              tip="What platforms take for messages, at the price that you set. Part of the cost, and of no model's."
              value={money(data.feesUsd)}
            />
          )}
          <Stat label="Tokens read" tip="Tokens of all prompts." value={compact(total.inputTokens)} />
          <Stat label="Tokens written" tip="Tokens of all answers." value={compact(total.outputTokens)} />
        </Stats>
      </section>
      {unpriced.length > 0 && (
        <p class="problem wide">
          The price of {unpriced.join(', ')} is not known: {unpriced.length === 1 ? 'its' : 'their'} tokens are counted,{' '}
          {unpriced.length === 1 ? 'its' : 'their'} money is not. <a href="#settings">Models and prices</a>
        </p>
      )}
      <Budget budget={data.budget} />
      <Daily days={data.days} />
      <CostBy by={data.by} total={total} unpriced={unpriced} />
    </>
  );
}

function Daily({ days }: { days: CostView['days'] }): VNode {
  const series = useMemo(() => [{ label: 'Cost', values: days.usd }], [days]);
  return (
    <Card title="Cost by day" class="wide">
      {days.usd.every((usd) => usd === 0) ? (
        <p class="quiet">Nothing was spent in these days.</p>
      ) : (
        <Chart label="Cost by day" kind="bars" unit="Day" names={days.day.map(day)} series={series} format={money} />
      )}
    </Card>
  );
}
