/** Keeps what a platform asked to wait for, and notes who asked again too early. */

/** How long a platform asks to wait when it asks for long, seconds. */
export const LONG_WAIT_S = 35;
/** Clocks and the way between two processes. */
const TOLERANCE_MS = 500;

export function createPatience() {
  const until = new Map<string, number>();
  const complaints: string[] = [];
  return {
    complaints: (): string[] => complaints,
    /** A call was told to come back after `LONG_WAIT_S`. */
    asked(call: string): void {
      until.set(call, Date.now() + LONG_WAIT_S * 1_000);
    },
    /** A call arrived. Always false, so that it can stand as a fault's condition. */
    sees(call: string): false {
      const early = (until.get(call) ?? 0) - Date.now();
      if (early > TOLERANCE_MS)
        complaints.push(`${call}: called ${Math.round(early / 1_000)} s before the wait was over`);
      return false;
    },
  };
}
