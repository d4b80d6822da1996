import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { paused } from './model.ts';
import { say, soon, useSite } from './site.ts';

const site = useSite();
const answers = '.answer:not(.streaming)';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RICH = `# Title\n\n## Part\n\nText with \`code\`, a [link](https://example.com) and ~~more~~.\n\n- [x] done\n- item\n\n> quote\n\n\`\`\`ts\n// a comment\nexport const a: string = "text" + 1;\n\`\`\`\n\n| a | b |\n|--|--|\n| 1 | 2 |\n`;

const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };

/** What axe finds wrong, as short lines. */
async function faults(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  return page.evaluate(
    `axe.run().then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.html, node.failureSummary].join(' '))))`,
  );
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${colorScheme}`, async () => {
    const page = await site.visit({ colorScheme });
    await page.getByText('What can I help with?').waitFor();
    expect(await faults(page)).toEqual([]);

    site.model.says(RICH);
    await say(page, 'Everything');
    await page.locator('.hl-keyword').first().waitFor();
    await page.getByRole('button', { name: 'Good answer' }).click();
    await page.route('**/api/chat', (route) => route.abort());
    await say(page, 'Not sent');
    await page.getByRole('alert').waitFor();
    await page.unroute('**/api/chat');
    await say(page, '/about');
    await page.getByRole('complementary').waitFor();
    expect(await faults(page)).toEqual([]);

    const { script } = paused('Some words', '');
    site.model.says(script);
    await say(page, 'Slowly');
    await page.locator('.streaming', { hasText: 'Some words' }).waitFor();
    await page.getByRole('button', { name: 'About this assistant' }).click();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.setViewportSize({ width: 360, height: 640 });
    await page.getByRole('button', { name: 'Conversations' }).click();
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByRole('button', { name: /^Delete/ }).click();
    expect(await faults(page)).toEqual([]);
  });
}

test('everything can be done by keyboard, and the focus is always somewhere sensible', async () => {
  const page = await site.visit({ viewport: { width: 1_000, height: 700 } });
  const focused = () =>
    page.evaluate<string>(`
      const { activeElement: at, body } = document;
      at === body ? 'nothing' : (at.getAttribute('aria-label') ?? at.textContent.trim())`);
  const tabTo = async (name: RegExp) => {
    for (let n = 0; n < 40 && !name.test(await focused()); n++) await page.keyboard.press('Tab');
    await soon(() => focused()).toMatch(name);
  };
  await soon(focused).toBe('Message');
  site.model.says('One answer');
  await page.keyboard.type('Hello');
  await page.keyboard.press('Enter');
  await page.locator(answers).waitFor();
  await soon(() => focused()).toBe('Message');

  await tabTo(/^Skip to the message field/);
  await page.keyboard.press('Enter');
  await soon(() => focused()).toBe('Message');

  await tabTo(/^Skip/);
  await tabTo(/^New conversation/);
  await tabTo(/^Delete/);
  await page.keyboard.press('Enter');
  await soon(focused).toBe('Cancel');
  await page.keyboard.press('Escape');
  await soon(focused).toMatch(/^Delete/);
  await tabTo(/^Answer again/);
  site.model.says('Another answer');
  await page.keyboard.press('Enter');
  await page.locator(answers, { hasText: 'Another answer' }).waitFor();
});

test('on a phone the list is a drawer: opened, closed by Escape, the focus returned', async () => {
  const page = await site.visit({ device: PHONE });
  await page.getByText('What can I help with?').waitFor();
  const opener = page.getByRole('button', { name: 'Conversations' });
  const drawer = page.getByRole('navigation', { name: 'Conversations' });
  await soon(() => drawer.isVisible()).toBe(false);
  await opener.click();
  await drawer.waitFor();
  await soon(() => page.evaluate("document.activeElement.closest('nav') !== null")).toBe(true);
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  await soon(() => page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe('Conversations');
  await soon(() => page.evaluate('document.documentElement.scrollWidth')).toBe(360);
});

test('a screen reader hears the finished answer once, not its pieces', async () => {
  const page = await site.visit();
  await page.getByText('What can I help with?').waitFor();
  await page.evaluate(`
    window.heard = [];
    const live = document.querySelector('[aria-live=polite]');
    const note = () => heard.push(live.textContent);
    new MutationObserver(note).observe(live, { childList: true, characterData: true, subtree: true });
  `);
  const { script, goOn } = paused('The **first** part', ' and the second.');
  site.model.says(script);
  await say(page, 'Speak');
  await page.locator('.streaming', { hasText: 'first' }).waitFor();
  goOn();
  await page.locator(answers).waitFor();
  const heard = () => page.evaluate('heard');
  await soon(heard).toEqual(['Chasqui: The first part and the second.']);
  await soon(() => page.getByRole('log').getAttribute('aria-live')).toBe('off');
});

test('light or dark is chosen by a button and remembered', async () => {
  const page = await site.visit({ colorScheme: 'light' });
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.getByText('What can I help with?').waitFor();
  const light = await background();
  await page.getByRole('button', { name: 'Use dark colours' }).click();
  await soon(background).not.toBe(light);
  const dark = await background();
  await page.reload();
  await page.getByRole('button', { name: 'Use light colours' }).waitFor();
  await soon(() => background()).toBe(dark);
});
