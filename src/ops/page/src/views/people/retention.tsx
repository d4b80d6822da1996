import type { VNode } from 'preact';
import type { Came, Cohort } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { count, day, percent } from '../../format.ts';

/** Of fewer people than this, a share would say more than is known. */
const ENOUGH = 10;

/** Who came back: a row for each week's newcomers. */
export function Retention({ cohorts }: { cohorts: Cohort[] }): VNode {
  const weeks = Math.max(0, ...cohorts.map((cohort) => cohort.weeks.length));
  const columns: Column<Cohort>[] = [
    { label: 'First week', head: true, cell: ({ week }) => day(week) },
    {
      label: 'People',
      tip: 'How many people wrote for the first time in the week that began on this Monday.',
      number: true,
      cell: ({ people }) => count(people),
    },
    {
      label: 'D1',
      tip: 'How many of them wrote again on the day after their first, of those for whom that day is over.',
      number: true,
      cell: ({ d1 }) => share(d1),
    },
    {
      label: 'D7',
      tip: 'How many of them wrote again exactly 7 days after their first day, of those for whom that day is over.',
      number: true,
      cell: ({ d7 }) => share(d7),
    },
    {
      label: 'D30',
      tip: 'How many of them wrote again exactly 30 days after their first day, of those for whom that day is over.',
      number: true,
      cell: ({ d30 }) => share(d30),
    },
    ...Array.from(
      { length: weeks },
      (_, week): Column<Cohort> => ({
        label: `W${week}`,
        tip:
          week === 0
            ? 'How many of them wrote in their first week: all of them.'
            : `How many of them wrote in the ${ordinal(week)} week after their first.`,
        number: true,
        cell: (cohort) => <Week cohort={cohort} week={week} />,
      }),
    ),
  ];
  return (
    <Card title="Who came back" class="wide retention">
      {cohorts.length === 0 ? (
        <p class="quiet">Nobody wrote yet. Each week’s newcomers get a row here.</p>
      ) : (
        <Table label="Retention by first week" columns={columns} rows={cohorts} rowKey={({ week }) => week} />
      )}
    </Card>
  );
}

function Week({ cohort, week }: { cohort: Cohort; week: number }): VNode | null {
  const came = cohort.weeks[week] ?? null;
  if (came === null) return null;
  const { people } = cohort;
  const shade = people === 0 ? 0 : Math.min(5, Math.ceil((5 * came) / people));
  return (
    <span class={`shade shade-${shade}`}>
      {count(came)}
      {people >= ENOUGH && <small> {percent(came, people)}</small>}
    </span>
  );
}

function share({ came, of }: Came): string {
  if (of === 0) return '';
  return `${count(came)} of ${count(of)}${of >= ENOUGH ? ` (${percent(came, of)})` : ''}`;
}

function ordinal(value: number): string {
  const tens = value % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}
