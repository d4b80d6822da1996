import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { explain, get } from '../api/client.ts';

export interface Data<T> {
  data: T | null;
  error: string | null;
  reload(): void;
}

/** What was seen last of each address, so that a view that is opened again is there at once. */
const seen = new Map<string, unknown>();
export const forgetSeen = (): void => seen.clear();

/** Fetches an address, again when it changes, and every `everyMs` while the page is looked at. */
export function useData<T>(path: string, everyMs?: number): Data<T> {
  const [, redraw] = useState(0);
  const [error, setError] = useState<string | null>(null);
  const abort = useRef<AbortController | null>(null);

  const reload = useCallback(() => {
    abort.current?.abort();
    abort.current = new AbortController();
    const { signal } = abort.current;
    get<T>(path, signal).then(
      (data) => {
        if (signal.aborted) return;
        seen.set(path, data);
        setError(null);
        redraw((count) => count + 1);
      },
      (cause: unknown) => {
        if (!signal.aborted) setError(explain(cause));
      },
    );
  }, [path]);

  useEffect(() => {
    setError(null);
    reload();
    const timer = everyMs && setInterval(() => document.visibilityState === 'visible' && reload(), everyMs);
    return () => {
      abort.current?.abort();
      if (timer) clearInterval(timer);
    };
  }, [reload, everyMs]);

  return { data: (seen.get(path) as T | undefined) ?? null, error, reload };
}
