/** Operators in a real browser: one Chromium for the tests of a file, and what one does on the page with it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { TEST_DATA } from '../support/config.ts';

const PAGE = fileURLToPath(new URL('../../src/ops/page', import.meta.url));
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** For a machine that is busy with other things; nothing waits for this long when all is well. */
const PATIENCE_MS = 60_000;
/** What a busy machine brings on by itself. */
const SLOWNESS = /its event loop is \d+ ms late|answers slowly|has waited|has been waiting/;

export const DESKTOP = { width: 1_280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const VIEWS = ['now', 'turns', 'failures', 'queue', 'people', 'cost', 'settings'] as const;

export interface Look {
  /** Behind `/ops/`, such as `#turns`. */
  path?: string;
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
}

export interface Operators {
  /** Opens the page anew, without any cookie; the file has one tab, since a new renderer process costs a second. */
  open(address: string, look?: Look): Promise<Page>;
}

/**
 * Whatever the page reports as an error, a violation of its Content-Security-Policy above all, fails the test that saw
 * it. `leave` ends what the tests have opened; until then the page must not lose its server.
 */
export function useOperators(): Operators {
  vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    assertBuilt();
    const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
    browser = await chromium.launch({ executablePath, args: [...ARGS, '--disable-sync', '--no-first-run'] });
    context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // The browser notes each call that failed; what the page makes of that is what the tests look at.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
  });
  afterEach(async () => {
    await page.goto('about:blank');
    const seen = complaints;
    complaints = [];
    expect(seen).toEqual([]);
  });

  return {
    async open(address, { path = '', viewport = DESKTOP, colorScheme = 'light' } = {}) {
      await page.goto('about:blank');
      await context.clearCookies();
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      // By the link that is printed at the start; where passwords are set it opens nothing.
      const key = readFileSync(join(TEST_DATA, 'ops-key'), 'utf8').trim();
      await context.request.get(`${address}/ops/?key=${key}`, { maxRedirects: 0 });
      await page.goto(`${address}/ops/${path}`);
      return page;
    },
  };
}

/** Asks until the answer is the awaited one: `await soon(count).toBe(2)`. The page shows what an action does a moment later. */
export function soon<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: PATIENCE_MS, interval: 25 });
}

export async function logIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** By the navigation, as a person does. */
export async function goTo(page: Page, view: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: view, exact: true }).waitFor();
}

/** The traffic light on the view Now, with its reasons. */
export const light = (page: Page): Locator => page.getByRole('region', { name: 'Light', exact: true });

/** Awaits that the light names the trouble. @returns its words */
export async function says(page: Page, reason: RegExp): Promise<string> {
  const found = light(page).getByText(reason).first();
  // In one step: the next second's words may be others.
  let words = '';
  await soon(async () => {
    words = (await found.count()) > 0 ? ((await found.textContent({ timeout: 1_000 }).catch(() => '')) ?? '') : '';
    return words;
  }).toMatch(reason);
  return words;
}

/** Awaits that nothing is wrong, but for the machine that the test runs on being slow. */
export async function isWell(page: Page): Promise<void> {
  await light(page).waitFor();
  const reasons = () => light(page).getByRole('listitem').allTextContents();
  await soon(async () => (await reasons()).filter((reason) => !SLOWNESS.test(reason))).toEqual([]);
}

/**
 * Presses an action's button, gives the reason that it asks for, and confirms.
 * @returns what came of it, in the page's words
 */
export async function act(page: Page, action: string, how: { in?: Locator; why?: string } = {}): Promise<string> {
  const told = page.getByRole('status', { name: 'What came of it' });
  // What came of the action before goes by itself, perhaps at this moment.
  await told.evaluate((element) => element.querySelector('button')?.click());
  await soon(() => told.textContent()).toBe('');
  await (how.in ?? page.getByRole('main')).getByRole('button', { name: action, exact: true }).click();
  const dialog = page.getByRole('dialog');
  if (how.why !== undefined) await dialog.getByLabel('Reason').fill(how.why);
  await dialog.getByRole('button', { name: action, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  let words = '';
  await soon(async () => {
    words = ((await told.textContent()) ?? '').trim();
    return words;
  }).not.toBe('');
  return words;
}

/** A part of a view, by its heading. */
export const card = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('region', typeof name === 'string' ? { name, exact: true } : { name });

/** The rows of a table, without its head. */
export const rowsOf = (page: Page, table: string): Locator =>
  page.getByRole('table', { name: table, exact: true }).locator('tbody tr');

/** The texts of a table's cells, row by row, read in one step. */
export const cellsOf = (page: Page, table: string): Promise<string[][]> =>
  rowsOf(page, table).evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent ?? '')),
  );

/** The number that a label has, such as "Answered" in the view Cost. */
export async function numberOf(part: Locator, label: string): Promise<string> {
  const stat = part.locator('.stat', { has: part.page().getByRole('button', { name: label, exact: true }) });
  // Its own text, without the small print below it.
  return stat.locator('dd').evaluate((dd) => (dd.querySelector('a') ?? dd.firstChild)?.textContent ?? '');
}

/** What axe finds wrong, as short lines. */
export async function faults(page: Page, only: 'all' | 'colours' = 'all'): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  return page.evaluate(
    `axe.run(document, ${only === 'all' ? '{}' : "{ runOnly: ['color-contrast'] }"}).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.html, node.failureSummary].join(' '))))`,
  );
}

/** By how many pixels the page is wider than the window. */
export const sideways = (page: Page): Promise<number> =>
  page.evaluate('document.scrollingElement.scrollWidth - document.documentElement.clientWidth');

/** The page as a person sees it is what was built, so that must be of today. */
function assertBuilt(): void {
  const newest = (dir: string): number =>
    Math.max(
      0,
      ...readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(dir, name)).mtimeMs),
    );
  let built = 0;
  try {
    built = newest(join(PAGE, 'dist'));
  } catch {
    // There is no such folder: nothing is built.
  }
  if (built < Math.max(newest(join(PAGE, 'src')), newest(join(PAGE, 'style'))))
    throw new Error('src/ops/page/dist is missing or old: run `npm run build` first');
}
