import type { VNode } from 'preact';
import { go, hashOf, type Route } from '../state/route.ts';
import { Tabs } from './tabs.tsx';

export type Days = '7' | '30' | '90';

const OPTIONS: { value: Days; label: string }[] = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
];

export function daysOf({ filters }: Route): Days {
  return OPTIONS.find(({ value }) => value === filters.days)?.value ?? '30';
}

/** For how long one looks back; kept in the address. */
export function DaysTabs({ route, panel }: { route: Route; panel: string }): VNode {
  const choose = (days: Days) => go(hashOf(route.view, { days }), 'replace');
  return <Tabs label="Days" panel={panel} options={OPTIONS} value={daysOf(route)} onChange={choose} />;
}
