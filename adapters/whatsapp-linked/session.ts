/**
 * The linked device's life: one browser after another, each watched, until it is told to stop. Whatever ends a browser (a
 * crash, a logout, "use here" elsewhere, a page that hangs) leads to the next one, after a pause that grows.
 */
import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'puppeteer';
import type WAWebJS from 'whatsapp-web.js';
import type { Logger } from '../../src/log/logger.ts';
import { createBackoff } from '../kit/retry.ts';
import type { Chromium } from './browser/chromium.ts';
import { closeBrowser, createClient } from './browser/client.ts';
import { freeProfile, keepPrivate, profileIn } from './browser/profile.ts';
import { createWatch, type Ending } from './browser/watch.ts';
import type { State } from './state.ts';

export interface Pace {
  /** The first pause before a new browser, and the longest; ms. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** A browser that worked this long is a good one: the next pause is short again. */
  goodAfterMs: number;
  /** From the start to a code or to `linked`; from a sign of progress to the next. */
  patienceMs: number;
  /** Between two looks at the page. */
  lookEveryMs: number;
}

export const PACE: Pace = {
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  goodAfterMs: 120_000,
  patienceMs: 120_000,
  lookEveryMs: 5_000,
};

export interface SessionDeps {
  folder: string;
  chromium: Chromium;
  extraArguments: string | undefined;
  phone: string | undefined;
  deviceName: string;
  pace: Pace;
  state: State;
  /** A new client, before it starts: the place to attach listeners. */
  onClient(client: WAWebJS.Client): void;
  /** Linked and listening; again after every reload, and after a lost connection. */
  onReady(client: WAWebJS.Client): void;
  /** The client is of no more use. */
  onGone(client: WAWebJS.Client): void;
  log: Logger;
}

export function createSession(deps: SessionDeps) {
  const { state, pace, log } = deps;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    const backoff = createBackoff({ firstMs: pace.firstPauseMs, maxMs: pace.longestPauseMs });
    while (!stopping.signal.aborted) {
      state.set('starting');
      const startedAt = Date.now();
      const ending = await oneBrowser().catch((error: unknown): Ending => ({ why: 'failed', error }));
      if (stopping.signal.aborted) break;
      tell(ending);
      if (ending.why === 'logged out') await forgetSession();
      if (Date.now() - startedAt > pace.goodAfterMs) backoff.succeeded();
      await backoff.wait(stopping.signal);
    }
    state.set('stopped');
  }

  function tell({ why, error }: Ending): void {
    const detail = error === undefined ? why : `${why}: ${error instanceof Error ? error.message : error}`;
    if (why === 'logged out' || why === 'taken over') state.set(why);
    else state.set('restarting', { detail });
  }

  async function oneBrowser(): Promise<Ending> {
    await freeProfile(profileIn(deps.folder), log);
    await keepPrivate(deps.folder);
    if (stopping.signal.aborted) return { why: 'stopped' };
    const opened = Promise.withResolvers<Browser | undefined>();
    const watch = createWatch({ state, pace, log, signal: stopping.signal, onReady: () => deps.onReady(client) });
    const client = await createClient({
      folder: deps.folder,
      chromium: deps.chromium,
      extraArguments: deps.extraArguments,
      phone: deps.phone,
      deviceName: deps.deviceName,
      onBrowser(browser: Browser, page: Page) {
        opened.resolve(browser);
        watch.browser(browser, page);
      },
      onFailure: watch.failed,
    });
    deps.onClient(client);
    void watch.client(client).then(() => opened.resolve(undefined));
    try {
      return await watch.ended;
    } finally {
      deps.onGone(client);
      watch.close();
      // It may be told to stop while a browser is on its way.
      const browser = await opened.promise;
      if (browser) await closeBrowser(browser);
      // The library may fail between opening a browser and telling of it.
      else await freeProfile(profileIn(deps.folder), log);
    }
  }

  /** The library deletes the profile itself, but from under a browser that still writes into it. */
  async function forgetSession(): Promise<void> {
    await rm(profileIn(deps.folder), { recursive: true, force: true, maxRetries: 5 }).catch((error) =>
      log.warn({ err: error }, 'the old session could not be deleted'),
    );
  }

  return {
    start(): void {
      running ??= run();
    },
    /** Closes the browser and waits for its end; the session stays on disk. */
    async stop(): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}
