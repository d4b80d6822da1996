import { useEffect, useState } from 'preact/hooks';

export interface Store<T> {
  get(): T;
  /** Merges the patch and tells the subscribers, at most once a frame. */
  set(patch: Partial<T>): void;
  subscribe(listener: () => void): () => void;
}

/** One value that the components watch. Changes within a frame are shown together, however fast the tokens come. */
export function createStore<T extends object>(initial: T): Store<T> {
  let state = initial;
  let scheduled = false;
  const listeners = new Set<() => void>();

  function tell(): void {
    scheduled = false;
    for (const listener of listeners) listener();
  }

  return {
    get: () => state,
    set(patch) {
      state = { ...state, ...patch };
      if (scheduled) return;
      scheduled = true;
      // A hidden page has no frames.
      if (document.visibilityState === 'visible') requestAnimationFrame(tell);
      else setTimeout(tell, 100);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T extends object>(store: Store<T>): T {
  const [, redraw] = useState(0);
  useEffect(() => store.subscribe(() => redraw((count) => count + 1)), [store]);
  return store.get();
}
