/** What goes wrong: which kinds there are, how often each strikes, and how often it has. */
import type { Chance } from './prng.ts';

/** Probabilities for each call or event. */
const CALL_FAULTS = {
  /** The platform asks to slow down. */
  busy: 0.03,
  /** The platform asks for a wait that no worker sits out. */
  'long-busy': 0.005,
  /** Answers with a server error, and has done nothing. */
  'error-500': 0.02,
  'error-503': 0.02,
  /** Never answers, and has done nothing. */
  hang: 0.002,
  /** Cuts the connection, and has done nothing. */
  cut: 0.02,
  /** Does what was asked and cuts the connection. */
  'lost-answer': 0.04,
  /** Does what was asked and says that it failed. */
  'false-error': 0.02,
} as const;

/** Probability for each call that reads what a place holds, as catch-up does. */
const READ_FAULTS = { 'lost-catch-up': 0.15 } as const;

/** A worker dies just when it has called a platform or the model. */
const KILL_FAULTS = { 'kill-at-call': 0.01 } as const;

const MODEL_FAULTS = {
  'model-busy': 0.05,
  'model-500': 0.05,
  'model-hang': 0.01,
  'model-cut': 0.05,
} as const;

const EVENT_FAULTS = {
  /** An event, or a person's request, comes again after it was taken. */
  redeliver: 0.08,
  /** An event comes late, and so after later ones. */
  delay: 0.08,
  /** A conversation's first message is delivered after those that follow it. */
  'late-first': 0.2,
  /** An acknowledgement is lost on its way. */
  'lost-ack': 0.06,
} as const;

/** How often a minute. */
export const TIMED_FAULTS = {
  'kill-worker': 10,
  'kill-receiver': 8,
  /** A worker stands still for longer than its lock, and goes on. Off unless a rate is given. */
  'freeze-worker': 0,
  'kill-redis': 2,
  rolling: 1,
  'drop-sockets': 12,
} as const;

export const ALL_FAULTS = {
  ...CALL_FAULTS,
  ...READ_FAULTS,
  ...MODEL_FAULTS,
  ...EVENT_FAULTS,
  ...KILL_FAULTS,
  ...TIMED_FAULTS,
};
export type FaultKind = keyof typeof ALL_FAULTS;
export type CallFault = keyof typeof CALL_FAULTS;
export type TimedFault = keyof typeof TIMED_FAULTS;

export const callFaults = Object.keys(CALL_FAULTS) as CallFault[];

export type Weather = ReturnType<typeof createWeather>;

/** @param rates of every kind; 0 switches one off */
export function createWeather(rates: Record<FaultKind, number>, chance: Chance) {
  const dice = new Map<string, Chance>();
  const counts = new Map<FaultKind, Map<string, number>>();
  let stormy = false;

  function count(kind: FaultKind, where: string): void {
    const places = counts.get(kind) ?? new Map<string, number>();
    counts.set(kind, places.set(where, (places.get(where) ?? 0) + 1));
  }

  return {
    rates,
    count,
    /** Whether it strikes here and now; each kind and place has dice of its own. Counted when it does. */
    strikes(kind: FaultKind, where: string): boolean {
      if (!stormy || rates[kind] === 0) return false;
      const name = `${kind} ${where}`;
      const own = dice.get(name) ?? chance.fork(name);
      dice.set(name, own);
      if (!own.happens(rates[kind])) return false;
      count(kind, where);
      return true;
    },
    get stormy(): boolean {
      return stormy;
    },
    begin(): void {
      stormy = true;
    },
    /** From now on nothing goes wrong any more. */
    calm(): void {
      stormy = false;
    },
    /** How often a kind struck, in one place or in all. */
    countOf(kind: FaultKind, where?: string): number {
      const places = counts.get(kind);
      if (!places) return 0;
      return where === undefined ? [...places.values()].reduce((sum, n) => sum + n, 0) : (places.get(where) ?? 0);
    },
    counts,
  };
}
