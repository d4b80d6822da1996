import { useEffect, useState } from 'preact/hooks';

let ahead = 0;

/** Sets our clock by the server's: ages are right also where this computer's clock is wrong. */
export function setClock(serverNow: number): void {
  ahead = serverNow - Date.now();
}

export const serverNow = (): number => Date.now() + ahead;

/** The server's time, told anew every `everyMs`. */
export function useClock(everyMs: number): number {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((ticks) => ticks + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return serverNow();
}
