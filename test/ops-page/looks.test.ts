/** Every view with much to show: as people with a screen reader, in the dark or with a phone have it. */
import { Redis } from 'ioredis';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPauses } from '../../src/queue/pauses.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { sharedRedis } from '../support/redis.ts';
import { seed, seedFailures, seedProcess } from './seed.ts';
import { faults, PHONE, rowsOf, sideways, soon, useOperators, VIEWS } from './site.ts';

const operators = useOperators();
let chasqui: TestChasqui;
let redis: Redis;

beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  redis = new Redis(url);
  await seed(redis, prefix, { models: ['test:model', 'test:unpriced'], weeks: 3 });
  await seedFailures(redis, prefix);
  const silent = { host: 'worker-2.example.internal', roles: ['worker'], running: 4 };
  await seedProcess(redis, prefix, silent, 240_000);
  chasqui = await startTestChasqui({
    models: [createTestModel(() => ['hello']).model],
    platforms: ['slack', 'discord', 'whatsapp', 'web'].map((name) => createTestPlatform({ name })),
    ...{ redisUrl: url, prefix, roles: ['worker', 'ops'] },
    sections: { web: { enabled: false }, ops: { monthly_budget: 20, show_content: true } },
  });
  const pauses = createPauses({ redis, prefix });
  await pauses.set('platform', 'discord', 'ana@example.com');
  await pauses.set('conversation', 'slack:place-1', 'ana@example.com');
});
afterAll(async () => {
  await chasqui?.stop();
  redis?.disconnect();
});

/** Opens a view and waits until all of it is there. */
async function show(page: Page, view: string): Promise<void> {
  await page.goto(`${chasqui.address}/ops/#${view}`);
  await page.locator(`main.${view}`).waitFor();
  await soon(() => page.getByText('Loading…').count()).toBe(0);
}

async function openTurn(page: Page): Promise<void> {
  await show(page, 'turns');
  await rowsOf(page, 'Turns').getByRole('link').first().click();
  await page.getByRole('list', { name: 'Steps' }).waitFor();
}

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing on any view, ${colorScheme}`, async () => {
    const page = await operators.open(chasqui.address, { colorScheme });
    // Only the colours differ in the dark.
    const only = colorScheme === 'dark' ? 'colours' : 'all';
    for (const view of VIEWS) {
      await show(page, view);
      expect(await faults(page, only), view).toEqual([]);
    }
    await openTurn(page);
    expect(await faults(page, only), 'one turn').toEqual([]);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await faults(page, only), 'the keys').toEqual([]);
    await page.keyboard.press('Escape');
    await show(page, 'failures');
    await page.getByRole('button', { name: 'Discard', exact: true }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard', exact: true }).click();
    await page.getByRole('alert').getByText('Give a reason first.').waitFor();
    expect(await faults(page, only), 'a question').toEqual([]);
  });

test('nothing is wider than a phone', async () => {
  const page = await operators.open(chasqui.address, { viewport: PHONE, colorScheme: 'dark' });
  for (const view of VIEWS) {
    await show(page, view);
    await soon(() => sideways(page)).toBeLessThanOrEqual(0);
  }
  await openTurn(page);
  await soon(() => sideways(page)).toBeLessThanOrEqual(0);
  expect(await faults(page), 'one turn').toEqual([]);
  await page.getByRole('button', { name: 'Show what was said', exact: true }).click();
  await soon(() => sideways(page)).toBeLessThanOrEqual(0);
});

test('the colours are chosen, and kept', async () => {
  const page = await operators.open(chasqui.address, { colorScheme: 'light' });
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const bright = await background();
  await page.getByRole('button', { name: 'Use dark colours', exact: true }).click();
  await soon(background).not.toBe(bright);
  await page.reload();
  await page.getByRole('button', { name: 'Use light colours', exact: true }).click();
  await soon(background).toBe(bright);
});
