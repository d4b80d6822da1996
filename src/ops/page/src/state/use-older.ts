import { useEffect, useState } from 'preact/hooks';
import { explain, get } from '../api/client.ts';
import { type Data, useData } from './use-data.ts';

export interface Older<T> {
  first: Data<T>;
  /** The newest first. */
  pages: T[];
  more: boolean;
  busy: boolean;
  error: string | null;
  go(): void;
  /** Back to the newest, fetched anew. */
  restart(): void;
}

/** A list that goes on with older pages by `next`. */
export function useOlder<T extends { next: string | null }>(path: (before: string | null) => string): Older<T> {
  const first = useData<T>(path(null));
  const [older, setOlder] = useState<{ after: T; pages: T[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const newest = first.data;
  const from = older?.after ?? newest;
  const pages = from ? [from, ...(older?.pages ?? [])] : [];
  const next = pages.at(-1)?.next ?? null;

  // Another list begins at its newest.
  useEffect(() => setOlder(null), [path(null)]);

  async function go(): Promise<void> {
    if (!next || !from || busy) return;
    setBusy(true);
    setError(null);
    try {
      const page = await get<T>(path(next));
      setOlder({ after: from, pages: [...(older?.pages ?? []), page] });
    } catch (cause) {
      setError(explain(cause));
    }
    setBusy(false);
  }

  function restart(): void {
    setOlder(null);
    setError(null);
    first.reload();
  }

  return { first, pages, more: next !== null, busy, error, go, restart };
}
