/** After so many wrong passwords an address waits, whatever it tries next. */
const MOST_FAILURES = 10;
export const LOCKED_MS = 60_000;
/** Addresses remembered at once; an attacker with more of them than this is a firewall's matter. */
const MOST_ADDRESSES = 10_000;

/** Slows guessing down. */
export function createLockout() {
  const failures = new Map<string, { count: number; until: number }>();
  return {
    isLocked(address: string): boolean {
      const known = failures.get(address);
      if (known && known.until < Date.now()) failures.delete(address);
      return known !== undefined && known.until >= Date.now() && known.count >= MOST_FAILURES;
    },
    failed(address: string): void {
      const count = (failures.get(address)?.count ?? 0) + 1;
      // The last to fail is the last to go, so that nobody makes room for himself by failing elsewhere.
      failures.delete(address);
      const [oldest] = failures.keys();
      if (oldest !== undefined && failures.size >= MOST_ADDRESSES) failures.delete(oldest);
      failures.set(address, { count, until: Date.now() + LOCKED_MS });
    },
  };
}
