/** What can go wrong on the way to Discord, by route, so many times or as long as a condition holds. */
import type { Request } from './context.ts';

export type Fault =
  /**
   * HTTP 429 with this `retry_after`, seconds; `global` for the limit of the whole app; `code` for one of the channel's own
   * (20016, 20028), whose time stands in the body only.
   */
  | { ratelimited: number; global?: boolean; code?: number }
  /** An HTTP error with a page instead of JSON, as Discord's front gives when it is down. */
  | { status: number }
  /** A JSON error. */
  | { error: { code: number; status: number; message?: string; errors?: object } }
  /** Applied at once, and answered so much later. */
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
  route: string;
  fault: Fault;
  left: number;
  when: ((args: Request, route: string) => boolean) | undefined;
  hits: number;
}

/** Builds the list of faults. */
export function createFaults() {
  const entries: Entry[] = [];
  return {
    /**
     * Makes `route` (`POST /channels/:channel/messages`, `cdn`, or `*`) fail `times` times (default 1; Infinity until removed), where `when` holds.
     * Faults are used in the order in which they were added.
     */
    add(
      route: string,
      fault: Fault,
      options: { times?: number; when?: (args: Request, route: string) => boolean } = {},
    ): FaultHandle {
      const entry: Entry = { route, fault, left: options.times ?? 1, when: options.when, hits: 0 };
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
    strike(route: string, request: Request): Fault | undefined {
      if (entries.length === 0) return undefined;
      for (const [i, entry] of entries.entries()) {
        if (entry.left <= 0) {
          entries.splice(i, 1);
          return this.strike(route, request);
        }
        if (entry.route !== '*' && entry.route !== route) continue;
        if (entry.when && !entry.when(request, route)) continue;
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
