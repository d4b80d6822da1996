/** A client of whatsapp-web.js that tells how it ends, and that a caller can wait for without waiting for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer';
import type WAWebJS from 'whatsapp-web.js';
import { argumentsFor, type Chromium, userAgentFor } from './chromium.ts';

/** A call into a page that hangs is given up by puppeteer after this. */
const PROTOCOL_TIMEOUT_MS = 60_000;
const AUTH_TIMEOUT_MS = 60_000;
/** WhatsApp's own time for a pairing code. */
const PAIRING_EVERY_MS = 180_000;
const CLOSE_TIMEOUT_MS = 10_000;

export interface ClientOptions {
  /** The session's folder. */
  folder: string;
  chromium: Chromium;
  /** WHATSAPP_WEB_ARGS */
  extraArguments: string | undefined;
  /** Pair with this number by a code, in place of the QR code. */
  phone: string | undefined;
  /** The name that the phone's list of linked devices shows. */
  deviceName: string;
  /** Called as soon as the browser runs, before the page is open. */
  onBrowser(browser: Browser, page: Page): void;
  /** The library failed where nobody waits for it. */
  onFailure(error: unknown): void;
}

/** Loads the library; a process without a linked device never does. */
export async function createClient(options: ClientOptions): Promise<WAWebJS.Client> {
  const { default: library } = await import('whatsapp-web.js');
  const { chromium } = options;

  const auth = new library.LocalAuth({ dataPath: options.folder });
  auth.afterBrowserInitialized = async () => {
    const { pupBrowser, pupPage } = client;
    if (!pupBrowser || !pupPage) return;
    survivePipeErrors(pupBrowser);
    options.onBrowser(pupBrowser, pupPage);
  };

  const client: WAWebJS.Client = new library.Client({
    authStrategy: auth,
    authTimeoutMs: AUTH_TIMEOUT_MS,
    // Otherwise the library keeps a page of WhatsApp's and may show an old one.
    webVersionCache: { type: 'none' },
    userAgent: userAgentFor(chromium),
    deviceName: options.deviceName,
    ...(options.phone
      ? {
          pairWithPhoneNumber: {
            phoneNumber: options.phone,
            showNotification: true,
            intervalMs: PAIRING_EVERY_MS,
          },
        }
      : {}),
    puppeteer: {
      executablePath: chromium.path,
      headless: true,
      // Its DevTools port would take anybody on this machine for us; a pipe is ours alone.
      pipe: true,
      args: argumentsFor(options.extraArguments),
      protocolTimeout: PROTOCOL_TIMEOUT_MS,
      // This process closes the browser itself when it is asked to stop.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    },
  });
  hearFailures(client, options.onFailure);
  return client;
}

/** The library calls these without waiting for them; a failure would be unhandled. */
function hearFailures(client: WAWebJS.Client, onFailure: (error: unknown) => void): void {
  const own = client as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  let injected = false;
  const inject = own.inject?.bind(client);
  own.inject = async () => {
    const first = !injected;
    injected = true;
    try {
      await inject?.();
    } catch (error) {
      // The first is waited for by `initialize`, later ones by nobody.
      if (first) throw error;
      onFailure(error);
    }
  };
  for (const name of ['destroy', 'requestPairingCode']) {
    const call = own[name]?.bind(client);
    own[name] = async (...args) => {
      try {
        return await call?.(...args);
      } catch (error) {
        onFailure(error);
        return undefined;
      }
    };
  }
}

/**
 * A browser that is killed resets its pipes. Puppeteer stops listening to them as soon as it has noticed, so a later error
 * of theirs would end this process. That the browser is gone, its `disconnected` event tells.
 */
export function survivePipeErrors(browser: Browser): void {
  for (const stream of browser.process()?.stdio ?? []) stream?.on('error', () => {});
}

/** Closes the browser; one that does not close is killed. */
export async function closeBrowser(browser: Browser | null | undefined): Promise<void> {
  const child = browser?.process();
  if (!browser || !child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // A browser that has lost its connection cannot be asked; it is killed below.
  const asked = browser.close().catch(() => {});
  await Promise.race([Promise.all([asked, exited]), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await exited;
}
