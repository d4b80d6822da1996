/** What can go wrong on the way to the Graph API, by method, so many times or as long as a condition holds. */
import type { Body } from './types.ts';

export type Fault =
  /** A refusal in Graph's form. */
  | { code: number; status?: number; message?: string; retryAfter?: number; headers?: Record<string, string> }
  /** An HTTP error with a page instead of JSON. */
  | { status: number; retryAfter?: number; headers?: Record<string, string> }
  /** Never answered, not applied. */
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
  when: ((body: Body) => boolean) | undefined;
  hits: number;
}

/** Builds the list of faults; they are used in the order in which they were added. */
export function createFaults() {
  let entries: Entry[] = [];
  return {
    /** Makes `method` (or `*`) fail `times` times (default 1), where `when` holds. */
    add(method: string, fault: Fault, options: { times?: number; when?: (body: Body) => boolean } = {}): FaultHandle {
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
    strike(method: string, body: Body): Fault | undefined {
      entries = entries.filter((entry) => entry.left > 0);
      const entry = entries.find(
        (candidate) => (candidate.method === '*' || candidate.method === method) && (candidate.when?.(body) ?? true),
      );
      if (!entry) return undefined;
      entry.left -= 1;
      entry.hits += 1;
      return entry.fault;
    },
  };
}
