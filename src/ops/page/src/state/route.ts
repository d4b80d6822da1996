import { useEffect, useState } from 'preact/hooks';
import type { ViewName } from '../../../../ops-api/index.ts';

export const VIEWS = ['now', 'turns', 'failures', 'queue', 'people', 'cost', 'settings'] as const satisfies ViewName[];

/** `#<view>/<item>?<filters>`: all that an address says. */
export interface Route {
  view: ViewName;
  item: string | null;
  filters: Record<string, string>;
}

export function parseRoute(hash: string): Route {
  const [, name = '', item, search = ''] = /^#?\/?([a-z]*)(?:\/([^?]+))?(?:\?(.*))?$/.exec(hash) ?? [];
  const view = VIEWS.find((known) => known === name) ?? 'now';
  return { view, item: item ? decode(item) : null, filters: Object.fromEntries(new URLSearchParams(search)) };
}

export function hashOf(
  view: ViewName,
  filters: Record<string, string | null> = {},
  item: string | null = null,
): string {
  const set = Object.entries(filters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
  return `#${view}${item ? `/${encodeURIComponent(item)}` : ''}${search}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const change = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return route;
}

/** `replace` leaves no step for the back button: for filters that are being typed. */
export function go(hash: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') {
    location.hash = hash;
    return;
  }
  history.replaceState(null, '', hash);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
