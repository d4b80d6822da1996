import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Route } from '../state/route.ts';
import { Filters } from './turns/filters.tsx';
import { Turn } from './turns/turn.tsx';
import { TurnsList } from './turns/turns-list.tsx';

/** The turns that fit the filters in the address, or one of them. The list stays while one of its turns is open. */
export function Turns({ route }: { route: Route }): VNode {
  const { item, filters } = route;
  const shown = useRef(filters);
  if (!item) shown.current = filters;
  const opened = useRef<string | null>(null);
  useEffect(() => {
    if (!item && opened.current) {
      document.querySelector<HTMLElement>(`a[data-entry="${CSS.escape(opened.current)}"]`)?.focus();
    }
    opened.current = item;
  }, [item]);

  return (
    <>
      {item && <Turn key={item} entry={item} filters={shown.current} />}
      <div hidden={item !== null}>
        <Filters filters={shown.current} />
        <TurnsList key={JSON.stringify(shown.current)} filters={shown.current} />
      </div>
    </>
  );
}
