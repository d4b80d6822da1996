import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { PeopleView } from '../../../../ops-api/index.ts';
import { Card, Stats } from '../components/card.tsx';
import { Chart } from '../components/chart.tsx';
import { DaysTabs, daysOf } from '../components/days-tabs.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Stat } from '../components/stat.tsx';
import { count, counted, day, duration, NONE, percent, tenth } from '../format.ts';
import type { Route } from '../state/route.ts';
import { useData } from '../state/use-data.ts';
import { By } from './people/by.tsx';
import { Reasons } from './people/reasons.tsx';
import { Retention } from './people/retention.tsx';

/** How many write, whether they come back, and whether they like what they get. */
export function People({ route }: { route: Route }): VNode {
  const days = daysOf(route);
  const people = useData<PeopleView>(`people?days=${days}`, 60_000);
  return (
    <>
      <div class="row bar-row">
        <p class="muted grow">Whether people come, and whether they come back.</p>
        <DaysTabs route={route} panel="people" />
      </div>
      <div id="people" class="grid" role="tabpanel" aria-label="People">
        <Loaded of={people}>{(data) => <Shown data={data} days={days} />}</Loaded>
      </div>
    </>
  );
}

function Shown({ data, days }: { data: PeopleView; days: string }): VNode {
  const { active, good, bad } = data;
  const nobody = active.month === 0 && data.days.messages.every((messages) => messages === 0);
  return (
    <>
      <section class="wide numbers" aria-label="People in numbers">
        <Stats>
          <Stat
            label="Today"
            tip="Different people who wrote in the last day, today included."
            value={count(active.day)}
          />
          <Stat label="7 days" tip="Different people who wrote in the last 7 days." value={count(active.week)} />
          <Stat label="30 days" tip="Different people who wrote in the last 30 days." value={count(active.month)} />
          <Stat
            label="Messages a person"
            tip={`How many messages a person wrote on average in the last ${days} days.`}
            value={data.messagesPerPerson === null ? NONE : tenth(data.messagesPerPerson)}
          />
          <Stat
            label="Median wait"
            tip={`Half of the answers of the last ${days} days were there after this long.`}
            value={duration(data.medianWaitMs)}
            href="#now"
          />
          <Stat
            label="Liked"
            tip={`Of the answers that people judged in the last ${days} days, how many they liked.`}
            value={percent(good, good + bad)}
            small={`${count(good)} liked, ${count(bad)} not`}
          />
        </Stats>
      </section>
      {nobody ? (
        <Card title="By day" class="wide">
          <p class="quiet">Nobody wrote in these {days} days.</p>
        </Card>
      ) : (
        <Daily data={data} />
      )}
      <Retention cohorts={data.cohorts} />
      <By by={data.by} days={days} />
      <Reasons reasons={data.reasons} bad={bad} />
      <p class="hint wide">
        People are told apart by hashed ids, which name nobody, and counted once each; above some thousands the numbers
        are estimates. Somebody is remembered for {counted(data.keptDays, 'day')} after the last message. Days are those
        of UTC.
      </p>
    </>
  );
}

function Daily({ data }: { data: PeopleView }): VNode {
  const { days } = data;
  const series = useMemo(
    () => [
      { label: 'Returning', values: days.returning },
      { label: 'New', values: days.fresh },
    ],
    [days],
  );
  return (
    <Card title="People by day" class="wide">
      <Chart label="People by day" kind="bars" unit="Day" names={days.day.map(day)} series={series} format={count} />
    </Card>
  );
}
