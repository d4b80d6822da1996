/** Watches one browser: what state it is in, and when it is of no more use. */
import type { Browser, Page } from 'puppeteer';
import type WAWebJS from 'whatsapp-web.js';
import type { Logger } from '../../../src/log/logger.ts';
import type { Pace } from '../session.ts';
import type { State } from '../state.ts';
import { within } from './within.ts';

export interface Ending {
  why: 'stopped' | 'logged out' | 'taken over' | 'failed' | 'the browser ended' | 'the page crashed' | 'the page hangs';
  error?: unknown;
}

/** States of WhatsApp's socket in which nothing is wrong but the connection. */
const LOST = new Set(['TIMEOUT', 'OPENING', 'UNLAUNCHED', 'PAIRING']);
/** Looks at the page that failed in a row before it is given up. */
const MAX_FAILED_LOOKS = 3;
/** A page on a busy machine may take its time. */
const LOOK_TIMEOUT_MS = 20_000;

/** In the page: what the library should have heard of, and may have missed (its sync may come before it listens). */
const LOOK = `(() => {
  const socket = window.require?.('WAWebSocketModel')?.Socket;
  if (!socket) return { state: null, missed: false };
  const missed = socket.hasSynced === true && window.WWebJS === undefined && typeof window.onAppStateHasSyncedEvent === 'function';
  if (missed) window.onAppStateHasSyncedEvent();
  if (socket.state === 'UNPAIRED_IDLE') window.require('WAWebCmd').Cmd.refreshQR();
  return { state: socket.state ?? null, missed };
})()`;

export function createWatch(deps: { state: State; pace: Pace; signal: AbortSignal; onReady(): void; log: Logger }) {
  const { state, pace, signal, log } = deps;
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  const ready = { is: false, page: undefined as Page | undefined };
  let clock: NodeJS.Timeout | undefined;
  let failedLooks = 0;
  let looking = false;
  let lastSocket: string | null | undefined;

  const end = (why: Ending['why'], error?: unknown): void => resolve(error === undefined ? { why } : { why, error });
  const stop = (): void => end('stopped');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();

  /** Something must happen within the patience. */
  function expectProgress(): void {
    clearTimeout(clock);
    clock = setTimeout(() => end('the page hangs'), pace.patienceMs);
  }
  const nothingExpected = (): void => clearTimeout(clock);

  function isReady(): void {
    nothingExpected();
    ready.is = true;
    state.set('linked');
    deps.onReady();
  }

  /** Nothing is heard until the library has found its way into the new page. */
  function reloads(): void {
    if (!ready.is) return;
    ready.is = false;
    state.set('starting', { detail: 'the page is reloaded' });
    expectProgress();
  }

  /** A code is shown until somebody scans it, however long that takes. */
  function showsCode(code: { qr: string } | { pairingCode: string }): void {
    nothingExpected();
    ready.is = false;
    state.set('waiting for scan', code);
  }

  function disconnected(reason: string): void {
    if (reason === 'LOGOUT') end('logged out');
    else if (reason === 'CONFLICT') end('taken over');
    else if (reason.startsWith('UNPAIRED')) end('logged out');
    else end('failed', reason);
  }

  function stateChanged(next: string): void {
    if (next === 'CONNECTED' && ready.is && state.get().state === 'lost') isReady();
    else if (ready.is && LOST.has(next)) state.set('lost', { detail: next });
  }

  /** The page is in this state, and its event came while the library was not listening yet. */
  function missedState(socket: string): void {
    if (socket === 'CONFLICT') disconnected(socket);
    else stateChanged(socket);
  }

  async function look(): Promise<void> {
    const { page } = ready;
    if (looking || !page) return;
    looking = true;
    try {
      const seen = page.evaluate(LOOK) as Promise<{ state?: string | null; missed: boolean }>;
      const { state: socket, missed } = await within(LOOK_TIMEOUT_MS, seen);
      failedLooks = 0;
      // Once may be the moment before its event; twice, the event was missed.
      if (ready.is && socket && socket === lastSocket) missedState(socket);
      lastSocket = socket;
      if (missed) log.debug('the library had missed the sync; told it');
    } catch (error) {
      failedLooks += 1;
      log.debug({ err: error }, 'a look at the page failed');
      if (failedLooks >= MAX_FAILED_LOOKS) end('the page hangs', error);
    } finally {
      looking = false;
    }
  }
  const looks = setInterval(() => void look(), pace.lookEveryMs);

  return {
    /** Resolves when the browser is of no more use. */
    ended,
    failed: (error: unknown): void => end('failed', error),

    browser(browser: Browser, page: Page): void {
      ready.page = page;
      browser.once('disconnected', () => end('the browser ended'));
      // Puppeteer's name for a crashed renderer.
      page.once('error', (error) => end('the page crashed', error));
      page.once('close', () => end('the page crashed'));
      page.on('pageerror', (error) => log.debug({ err: error }, 'an error in the page'));
      page.on('request', (request) => {
        if (request.isNavigationRequest() && request.frame() === page.mainFrame()) reloads();
      });
      page.on('domcontentloaded', reloads);
    },

    /** Starts it. Resolves, and never rejects, when it will open no browser any more. */
    client(client: WAWebJS.Client): Promise<void> {
      client.on('qr', (qr) => showsCode({ qr }));
      client.on('code', (pairingCode: string) => showsCode({ pairingCode }));
      client.on('authenticated', () => {
        if (ready.is) return;
        state.set('syncing');
        expectProgress();
      });
      client.on('loading_screen', expectProgress);
      client.on('auth_failure', (message) => end('logged out', message));
      client.on('ready', isReady);
      client.on('change_state', (next) => stateChanged(String(next)));
      client.on('disconnected', (reason) => disconnected(String(reason)));
      expectProgress();
      return client.initialize().catch((error: unknown) => end('failed', error));
    },

    close(): void {
      nothingExpected();
      clearInterval(looks);
      signal.removeEventListener('abort', stop);
    },
  };
}
