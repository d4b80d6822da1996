/** Who may look and who may act, as they find it on the page; and the page by keyboard. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { OPERATOR, VIEWER } from '../ops/operators.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createWire } from '../web-page/wire.ts';
import { faults, goTo, light, logIn, rowsOf, soon, useOperators, VIEWS } from './site.ts';

const operators = useOperators();
const platform = createTestPlatform();
let chasqui: TestChasqui;

/** Everything that acts, with its views. */
const ACTIONS =
  /^(Retry|Retry group|Retry all|Discard|Bring back|Pause|Go on|Pause everything|Forget|Show what was said|Run the checks|Try waiting retries now|Pause this conversation)$/;

beforeAll(async () => {
  const { model } = createTestModel(() => {
    throw new ModelError('quota', '4006', 'the daily allowance is used up');
  });
  chasqui = await startTestChasqui({
    ...{ models: [model], platforms: [platform], roles: ['worker', 'ops'] },
    env: { OPS_PASSWORD: OPERATOR, OPS_VIEWER_PASSWORD: VIEWER },
    sections: { ops: { show_content: true } },
  });
  for (const room of ['a', 'b']) await chasqui.ingest.message(platform.says(room, 'hi'));
  await chasqui.turns(2);
  const letters = await chasqui.deadLetters.list(1);
  await chasqui.deadLetters.discard(letters[0]?.id ?? '', { by: 'somebody', why: 'a test' });
});
afterAll(async () => {
  await chasqui?.stop();
});

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

test('a wrong password is said to be wrong; the right one lets in, and one can log out', async () => {
  const page = await operators.open(chasqui.address, { path: '#queue' });
  await heading(page, 'Operators');
  await logIn(page, 'not the password');
  await page.getByRole('alert').getByText('This password is wrong.').waitFor();
  await soon(() => page.getByText('ops-key').count()).toBe(0);
  await soon(() => page.getByLabel('Password').evaluate((field) => field.matches(':focus'))).toBe(true);
  await logIn(page, OPERATOR);
  // One is where the address says.
  await heading(page, 'Queue');
  await page.getByText(/operator at 127\.0\.0\.1, operator$/).waitFor();
  await page.reload();
  await heading(page, 'Queue');
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByLabel('Password').waitFor();
  await page.reload();
  await page.getByLabel('Password').waitFor();
  const cookies = async () => (await page.context().cookies()).map(({ value }) => value).join('');
  await soon(cookies).toBe('');
});

test('without a password the form says where the key is, first and after each logout', async () => {
  const { model } = createTestModel(() => ['hello']);
  const open = await startTestChasqui({ models: [model], roles: ['worker', 'ops'] });
  try {
    const page = await operators.open(open.address);
    const told = page.getByText(/No OPS_PASSWORD is set.*the link that it printed when it started.*DATA_DIR\/ops-key/);
    for (const leave of [
      async () => {
        await page.context().clearCookies();
        await page.evaluate("location.hash = 'cost'");
      },
      () => page.getByRole('button', { name: 'Log out', exact: true }).click(),
    ]) {
      await heading(page, 'Now');
      await leave();
      await told.waitFor();
      await page.reload();
      await told.waitFor();
      await soon(() => faults(page)).toEqual([]);
      await page.goto(`${open.address}/ops/`);
      await logIn(page, open.opsKey ?? '');
    }
    await heading(page, 'Now');
    await page.goto('about:blank');
  } finally {
    await open.stop();
  }
});

test('a login that has ended asks for the password, wherever one is', async () => {
  const page = await operators.open(chasqui.address, { path: '#people' });
  await logIn(page, OPERATOR);
  await heading(page, 'People');
  await page.context().clearCookies();
  // By the address: the page may have noticed already, and have no links any more.
  await page.evaluate("location.hash = 'cost'");
  await page.getByLabel('Password').waitFor();
});

test('an operator has all the buttons; a viewer sees everything, none of them, and why', async () => {
  const page = await operators.open(chasqui.address);
  const buttons = async (view: string) => {
    await page.goto(`${chasqui.address}/ops/#${view}`);
    await page.locator(`main.${view}`).waitFor();
    await soon(() => page.getByText('Loading…').count()).toBe(0);
    return page.getByRole('main').getByRole('button', { name: ACTIONS }).count();
  };
  await logIn(page, OPERATOR);
  await heading(page, 'Now');
  for (const view of ['failures', 'queue', 'settings']) await soon(() => buttons(view)).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Log out', exact: true }).click();

  await logIn(page, VIEWER);
  await page.getByText(/viewer at 127\.0\.0\.1, viewer$/).waitFor();
  await goTo(page, 'Failures');
  await rowsOf(page, 'Turns that failed: quota').waitFor();
  await rowsOf(page, 'Discarded turns').waitFor();
  await page.getByText('It takes an operator to retry or discard; you look on as a viewer.').waitFor();
  await rowsOf(page, 'Turns that failed: quota').getByRole('link').first().click();
  await rowsOf(page, 'Turns').getByRole('link').first().click();
  await page.getByText('Only operators may look at it; you look on as a viewer.').waitFor();
  await soon(() => page.getByRole('main').getByRole('button', { name: ACTIONS }).count()).toBe(0);
  for (const view of VIEWS) expect(await buttons(view), view).toBe(0);
});

test('1 to 7 and g with a letter open the views, ? the keys, and one can switch them off', async () => {
  const page = await operators.open(chasqui.address);
  await logIn(page, OPERATOR);
  await heading(page, 'Now');
  for (const [n, view] of [...VIEWS.entries()].reverse()) {
    await page.keyboard.press(String(n + 1));
    await soon(() => page.evaluate('document.activeElement.textContent.toLowerCase()')).toBe(view);
  }
  // The letter must follow soon: neither waits for the other's answer.
  await Promise.all([page.keyboard.press('g'), page.keyboard.press('c')]);
  await heading(page, 'Cost');
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.waitFor();
  // While it is open, a key is not a wish to go elsewhere.
  await page.keyboard.press('2');
  await keys.getByRole('checkbox').uncheck();
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'detached' });
  await page.keyboard.press('2');
  await heading(page, 'Cost');
  await page.keyboard.press('?');
  await keys.getByRole('checkbox').check();
  await keys.getByRole('button', { name: 'Close', exact: true }).click();
  await page.keyboard.press('2');
  await heading(page, 'Turns');
  // Typed into a field it is a digit.
  await page.getByRole('searchbox', { name: 'Turn id' }).press('3');
  await heading(page, 'Turns');
});

test('without the server the page says so, and how old its numbers are; it comes back by itself', async () => {
  const wire = await createWire(Number(new URL(chasqui.address).port));
  const page = await operators.open(`http://127.0.0.1:${wire.port}`);
  await logIn(page, OPERATOR);
  const connection = page.getByRole('status', { name: 'Connection' });
  await light(page).waitFor();
  await connection.getByText('live', { exact: true }).waitFor();
  wire.sever();
  await page.getByText(/^Not connected to the server\. What you see is how it was/).waitFor();
  await connection.getByText(/^not connected, last seen/).waitFor();
  wire.mend();
  await connection.getByText('live', { exact: true }).waitFor();
  await page.goto('about:blank');
  await wire.close();
});
