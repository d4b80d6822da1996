/**
 * A circuit breaker for each model: one that failed several times in a row is asked last for a while, so that people need
 * not wait for its time-outs when another one of the chain can answer. Then one question tries it again in its place.
 */
import type { Model, ModelErrorKind } from './model.ts';

const OPENS_AFTER = 3;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 120_000;

/** Kinds that say something of the model and not of one question. */
const ITS_OWN: ReadonlySet<ModelErrorKind> = new Set(['busy', 'quota', 'auth', 'unavailable', 'network', 'broken']);

export type Breaker = ReturnType<typeof createBreaker>;

/** One for each process: each finds out by itself, and a worker with a broken network does not speak for the others. */
export function createBreaker(now: () => number = Date.now) {
  const states = new Map<string, { failures: number; until: number; pauseMs: number }>();

  function isOpen(id: string): boolean {
    return (states.get(id)?.until ?? 0) > now();
  }

  return {
    /** Their order for one question: those that are left out come last, for when nobody else could answer. */
    order(models: readonly Model[]): readonly Model[] {
      const open = models.filter(({ id }) => isOpen(id));
      return open.length === 0 ? models : [...models.filter(({ id }) => !isOpen(id)), ...open];
    },
    /** While one question tries a failed model again, the others do not. */
    asked(id: string): void {
      const state = states.get(id);
      if (state && state.failures >= OPENS_AFTER) state.until = now() + state.pauseMs;
    },
    answered(id: string): void {
      states.delete(id);
    },
    failed(id: string, kind: ModelErrorKind): void {
      if (!ITS_OWN.has(kind)) return;
      const state = states.get(id) ?? { failures: 0, until: 0, pauseMs: FIRST_PAUSE_MS / 2 };
      state.failures += 1;
      if (state.failures >= OPENS_AFTER) {
        state.pauseMs = Math.min(state.pauseMs * 2, LONGEST_PAUSE_MS);
        state.until = now() + state.pauseMs;
      }
      states.set(id, state);
    },
    /** Ids of the models that are left out just now. */
    open: (): string[] => [...states.keys()].filter(isOpen),
  };
}
