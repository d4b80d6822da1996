import type { NowView } from '../../../../ops-api/index.ts';
import { get } from './client.ts';

/** The server tells once a second; a line that is silent for longer than this is dead. */
const SILENCE_MS = 6_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * Follows `live`. Reconnects by itself, also where a browser gives up (an answer that is an error, a line that fell
 * silent), with growing pauses. A hidden page lets go of its connection. Returns a function that ends it.
 */
export function followLive(options: { onNow(now: NowView): void; onLive(live: boolean): void }): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let ended = false;

  function watch(): void {
    clearTimeout(timer);
    timer = setTimeout(lost, SILENCE_MS);
  }

  function connect(): void {
    clearTimeout(timer);
    source?.close();
    if (ended || document.visibilityState === 'hidden') return;
    source = new EventSource('api/live');
    source.addEventListener('now', (event) => {
      failures = 0;
      options.onNow(JSON.parse((event as MessageEvent<string>).data) as NowView);
      options.onLive(true);
      watch();
    });
    source.onerror = lost;
    watch();
  }

  function lost(): void {
    source?.close();
    clearTimeout(timer);
    options.onLive(false);
    timer = setTimeout(connect, Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS));
    failures += 1;
    // An event source does not tell why it failed; this call notices when one must log in.
    get('session').catch(() => {}); // Else the page shows already that it is not connected, and tries again.
  }

  function onVisibility(): void {
    if (document.visibilityState === 'visible') {
      failures = 0;
      connect();
    } else {
      source?.close();
      clearTimeout(timer);
    }
  }

  document.addEventListener('visibilitychange', onVisibility);
  addEventListener('online', connect);
  connect();
  return () => {
    ended = true;
    source?.close();
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisibility);
    removeEventListener('online', connect);
  };
}
