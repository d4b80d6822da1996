/** What can go wrong on the way to Slack, by method, so many times or as long as a condition holds. */
import type { Args } from './types.ts';

export type Fault =
  /** HTTP 429 with this Retry-After, seconds. */
  | { ratelimited: number }
  /** An HTTP error with a page instead of JSON, as Slack's front gives when it is down. */
  | { status: number; retryAfter?: number }
  /** `{ ok: false, error }`. */
  | { error: string; extra?: Record<string, unknown> }
  /** Applied, and answered so much later. */
  | { delayMs: number }
  /** Never answered, not applied. The connection stays open until the double is closed. */
  | { hang: true }
  /** Applied, then the connection is cut without an answer. */
  | { applyThenCut: true }
  /** Cut without applying. */
  | { cut: true }
  /** Applied, then this HTTP status comes instead of the answer. */
  | { applyThenStatus: number };

export interface FaultHandle {
  /** How often it struck. */
  readonly hits: number;
  remove(): void;
}

interface Entry {
  method: string;
  fault: Fault;
  left: number;
  when: ((args: Args, method: string) => boolean) | undefined;
  hits: number;
}

/** Builds the list of faults. */
export function createFaults() {
  const entries: Entry[] = [];
  return {
    /**
     * Makes `method` (or `*`) fail `times` times (default 1; Infinity until removed), where `when` holds.
     * Faults are used in the order in which they were added.
     */
    add(
      method: string,
      fault: Fault,
      options: { times?: number; when?: (args: Args, method: string) => boolean } = {},
    ): FaultHandle {
      const entry: Entry = { method, fault, left: options.times ?? 1, when: options.when, hits: 0 };
      entries.push(entry);
      return {
        get hits() {
          return entry.hits;
        },
        remove() {
          entry.left = 0;
        },
      };
    },
    /** The fault that strikes this call, if one does. */
    strike(method: string, args: Args): Fault | undefined {
      if (entries.length === 0) return undefined;
      for (const [i, entry] of entries.entries()) {
        if (entry.left <= 0) {
          entries.splice(i, 1);
          return this.strike(method, args);
        }
        if (entry.method !== '*' && entry.method !== method) continue;
        if (entry.when && !entry.when(args, method)) continue;
        entry.left -= 1;
        entry.hits += 1;
        return entry.fault;
      }
      return undefined;
    },
    clear(): void {
      entries.length = 0;
    },
  };
}
