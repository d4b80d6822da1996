/** How the linked device is, for the log, `/readyz` and the operators' page. */
import type { Logger } from '../../src/log/logger.ts';

export type LinkState =
  /** Another process leads and has the browser; this one takes over when that one ends. */
  | 'standby'
  | 'starting'
  /** A code waits to be scanned or typed in on the phone. */
  | 'waiting for scan'
  /** Scanned; the phone sends its chats. */
  | 'syncing'
  | 'linked'
  /** Linked, without a connection to WhatsApp. */
  | 'lost'
  /** The phone has removed this device. */
  | 'logged out'
  /** WhatsApp Web was opened elsewhere with this session. */
  | 'taken over'
  /** The browser or the page has ended; it is started again. */
  | 'restarting'
  | 'stopped';

export interface Shown {
  state: LinkState;
  detail: string;
  /** What the QR code says. */
  qr?: string;
  /** The eight letters to type in on the phone. */
  pairingCode?: string;
  /** The phone has removed the device, and has not been linked again. */
  removed: boolean;
  since: number;
}

export type State = ReturnType<typeof createState>;

const LOUD: ReadonlySet<LinkState> = new Set(['lost', 'logged out', 'taken over', 'restarting']);

export function createState(log: Logger) {
  let shown: Shown = { state: 'starting', detail: '', removed: false, since: Date.now() };
  const waiting = new Set<() => void>();
  return {
    get: (): Shown => shown,
    /** Resolves when the state passes, or after this many ms. */
    async until(passes: (state: LinkState) => boolean, ms: number): Promise<void> {
      if (passes(shown.state)) return;
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        const look = (): void => {
          if (passes(shown.state)) end();
        };
        const timer = setTimeout(end, ms);
        waiting.add(look);
      });
    },
    set(state: LinkState, more: { detail?: string; qr?: string; pairingCode?: string } = {}): void {
      const changed = state !== shown.state || (more.detail ?? '') !== shown.detail;
      const removed = state === 'logged out' || (shown.removed && state !== 'syncing' && state !== 'linked');
      shown = { state, removed, since: changed ? Date.now() : shown.since, ...more, detail: more.detail ?? '' };
      for (const look of [...waiting]) look();
      if (changed) log[LOUD.has(state) ? 'warn' : 'info']({ state, detail: shown.detail }, `WhatsApp Web: ${state}`);
    },
  };
}
