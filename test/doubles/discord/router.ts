/** Finds the route of a request: `METHOD /path/with/:parameters`, literal segments before parameters. */
import type { Route } from './context.ts';

export interface Found {
  name: string;
  route: Route;
  params: Record<string, string>;
}

interface Entry {
  name: string;
  route: Route;
  segments: string[];
}

/** Builds the router. */
export function createRouter(routes: Record<string, Route>) {
  const entries = new Map<string, Entry[]>();
  for (const [name, route] of Object.entries(routes)) {
    const [method, path = ''] = name.split(' ');
    const segments = path.split('/').slice(1);
    const key = `${method} ${segments.length}`;
    const list = entries.get(key) ?? [];
    list.push({ name, route, segments });
    list.sort((a, b) => literals(b) - literals(a));
    entries.set(key, list);
  }

  return (method: string, path: string): Found | undefined => {
    const parts = path.split('/').slice(1);
    for (const { name, route, segments } of entries.get(`${method} ${parts.length}`) ?? []) {
      if (!segments.every((segment, i) => segment.startsWith(':') || segment === parts[i])) continue;
      const params: Record<string, string> = {};
      for (const [i, segment] of segments.entries())
        if (segment.startsWith(':')) params[segment.slice(1)] = decodeURIComponent(parts[i] as string);
      return { name, route, params };
    }
    return undefined;
  };
}

const literals = (entry: Entry) => entry.segments.filter((segment) => !segment.startsWith(':')).length;
