import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { type Chasqui, startChasqui } from '../../src/app/start.ts';
import { sharedRedis } from '../support/redis.ts';
import { type ScriptedModel, scriptedModel } from './model.ts';
import { createWire, type Wire } from './wire.ts';

const PAGE = fileURLToPath(new URL('../../adapters/web/page', import.meta.url));
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];

/** A name as in a company's network, which is no secure context over plain http. */
export const LAN = 'chat.lan';
const RESOLVE = `--host-resolver-rules=MAP ${LAN} 127.0.0.1`;

const VIEWPORT = { width: 1_000, height: 700 };
/** For a machine that is busy with other things; nothing waits for this long when all is well. */
const PATIENCE_MS = 60_000;

export interface Look {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  permissions?: string[];
}

export interface Site {
  /** Where browsers go: through the wire. */
  url: string;
  model: ScriptedModel;
  wire: Wire;
  chasqui: Chasqui;
  redis: Redis;
  prefix: string;
  browser: Browser;
  /**
   * A person with a browser of their own, looking at the page. The first of each test gets the same tab, made clean:
   * a new renderer process costs a second. `device`: what only a new context can be, such as a phone.
   */
  visit(options?: Look & { path?: string; device?: BrowserContextOptions }): Promise<Page>;
  /** This test provokes such an error in the browser's console; it must come. */
  expectComplaint(text: RegExp): void;
  /** Another tab of the same person. */
  tab(context: BrowserContext, path?: string): Promise<Page>;
}

/**
 * One Chasqui (its own wiring, a real Redis, a scripted model) and one Chromium for the tests of a file. Whatever a page
 * reports as an error, a violation of the Content-Security-Policy above all, fails the test that saw it.
 */
export function useSite(options: { web?: object; maxChars?: number } = {}): Site {
  vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
  const site = {} as Site;
  let complaints: string[] = [];
  let expected: RegExp | null = null;
  let main: Page | undefined;
  let taken = false;
  let others: BrowserContext[] = [];
  let extraTabs: Page[] = [];

  beforeAll(async () => {
    assertBuilt();
    const { url, prefix } = sharedRedis();
    site.prefix = prefix;
    site.redis = new Redis(url);
    const loaded = loadConfig({ env: { PORT: '0', ROLES: 'web,worker', REDIS_URL: url, LOG_LEVEL: 'silent' } });
    const config = {
      ...loaded,
      queue: { ...loaded.queue, prefix },
      workers: { ...loaded.workers, shutdown_timeout: 50 },
      limits: { ...loaded.limits, person_per_minute: 1_000, conversation_per_minute: 1_000 },
      web: { ...loaded.web, messages_per_minute: 1_000, allowed_hosts: [LAN], ...options.web },
      conversation: { ...loaded.conversation, max_message_chars: options.maxChars ?? 1_000 },
    };
    site.model = scriptedModel();
    site.chasqui = await startChasqui({
      config,
      redisUrl: url,
      models: [site.model],
      log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    });
    site.wire = await createWire(Number(new URL(site.chasqui.address).port));
    site.url = `http://127.0.0.1:${site.wire.port}`;
    const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
    site.browser = await chromium.launch({
      executablePath,
      args: [...ARGS, RESOLVE, '--disable-sync', '--no-first-run'],
    });
  });
  afterAll(async () => {
    await site.browser?.close();
    await site.wire?.close();
    await site.chasqui?.stop();
    site.redis?.disconnect();
  });
  afterEach(async () => {
    const seen = complaints.filter((text) => !expected?.test(text));
    const missing = expected && seen.length === complaints.length ? expected : null;
    complaints = [];
    expected = null;
    site.wire.mend();
    await Promise.all([...others, ...extraTabs].map((opened) => opened.close()));
    others = [];
    extraTabs = [];
    if (main && taken) await clean(main, site.url);
    taken = false;
    expect(seen).toEqual([]);
    expect(missing).toBeNull();
  });

  site.expectComplaint = (text) => {
    expected = text;
  };
  function watched(page: Page): Page {
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // The browser notes each call that failed; what the page makes of that is what the tests look at.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        complaints.push(message.text());
      }
    });
    return page;
  }
  async function newTab(device?: BrowserContextOptions): Promise<Page> {
    const context = await site.browser.newContext({ reducedMotion: 'reduce', ...device });
    if (device || taken) others.push(context);
    return watched(await context.newPage());
  }
  site.visit = async ({ path = '/', device, viewport = VIEWPORT, colorScheme = 'light', permissions = [] } = {}) => {
    let page: Page;
    if (device || taken) page = await newTab(device);
    else page = main ??= await newTab();
    taken ||= !device;
    if (!device) await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.context().grantPermissions(permissions);
    await page.goto(path.startsWith('http') ? path : site.url + path);
    return page;
  };
  site.tab = async (context, path = '/') => {
    const page = watched(await context.newPage());
    extraTabs.push(page);
    await page.goto(site.url + path);
    return page;
  };
  return site;
}

/** As if this browser had never seen the page; a file of the same site keeps the renderer process. */
async function clean(page: Page, url: string): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.goto(`${url}/embed.js`);
  await page.evaluate('localStorage.clear(); sessionStorage.clear()');
  await page.context().clearCookies();
  await page.context().clearPermissions();
}

/** Asks until the answer is the awaited one: `await soon(count).toBe(2)`. The page shows what an action does a moment later. */
export function soon<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: PATIENCE_MS, interval: 25 });
}

/** Writes into the field and presses Enter. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill(text);
  await field.press('Enter');
}

/** The page as a person sees it is what was built, so that must be of today. */
function assertBuilt(): void {
  const dist = join(PAGE, 'dist');
  const newest = (dir: string): number[] =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(dir, name)).mtimeMs);
  const built = Math.max(0, ...safely(() => newest(dist)));
  const written = Math.max(...['src', 'style', 'embed'].flatMap((dir) => newest(join(PAGE, dir))));
  if (built < written) throw new Error('adapters/web/page/dist is missing or old: run `npm run build` first');
}

function safely<T>(look: () => T[]): T[] {
  try {
    return look();
  } catch {
    return []; // There is no such folder: nothing is built.
  }
}
