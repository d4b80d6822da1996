/** The view Queue: everything paused, the drain before an upgrade, retries hastened, who did what. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAudit } from '../../src/ops/audit.ts';
import { createPauses } from '../../src/queue/pauses.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';
import { act, card, goTo, numberOf, rowsOf, says, soon, useOperators } from './site.ts';

const operators = useOperators();
const platform = createTestPlatform();
let held: ReturnType<typeof createGate> | undefined;
let chasqui: TestChasqui;
let redis: Redis;

beforeAll(async () => {
  const { model } = createTestModel(async function* () {
    await held?.opened;
    yield 'hello';
  });
  chasqui = await startTestChasqui({ models: [model], platforms: [platform], roles: ['worker', 'ops'] });
  redis = new Redis(chasqui.redisUrl);
});
afterAll(async () => {
  held?.open();
  await chasqui?.stop();
  redis?.disconnect();
});

test('everything is paused and goes on; the drain tells when it is safe to upgrade', async () => {
  const page = await operators.open(chasqui.address, { path: '#queue' });
  const drain = page.getByRole('status', { name: 'Drain', exact: true });
  await drain.getByText('Nothing waits or runs: safe to upgrade.').waitFor();
  await card(page, 'Drain').getByText('1 process still receives.').waitFor();

  expect(await act(page, 'Pause everything')).toBe('Everything is paused.');
  await rowsOf(page, 'Shards of the queue').getByText('paused', { exact: true }).waitFor();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  await drain.getByText(/^Something is paused/).waitFor();
  await soon(() => numberOf(card(page, 'Drain'), 'Waits')).toBe('1');
  await goTo(page, 'Now');
  await says(page, /^Everything is paused, by operator at 127\.0\.0\.1 since/);
  await goTo(page, 'Queue');
  held = createGate();
  expect(await act(page, 'Go on')).toBe('Everything goes on.');
  await drain.getByText('Not yet: something waits or runs.').waitFor();
  await soon(() => numberOf(card(page, 'Drain'), 'Runs')).toBe('1');
  held.open();
  await drain.getByText('Nothing waits or runs: safe to upgrade.').waitFor();
  expect(platform.texts('room')).toEqual(['hello']);
});

test('what is put off is tried at once when one says so', async () => {
  const pauses = createPauses({ redis, prefix: chasqui.config.queue.prefix });
  await pauses.set('platform', 'test', 'somebody else');
  await chasqui.ingest.message(platform.says('later', 'hi'));
  await soon(async () => (await chasqui.queue.depth()).delayed).toBe(1);
  // It goes on without a word to what was put off already: that would wait for half a minute.
  await pauses.clear('platform', 'test');
  const page = await operators.open(chasqui.address, { path: '#queue' });
  expect(await act(page, 'Try waiting retries now')).toBe('1 turn tried now.');
  await soon(() => platform.texts('later')).toEqual(['hello']);
  await page.getByRole('button', { name: 'Try waiting retries now' }).waitFor({ state: 'detached' });
});

test('the audit log tells who did what, and goes on to older deeds', async () => {
  const { config, log } = chasqui;
  const audit = createAudit({ redis, prefix: config.queue.prefix, most: config.ops.audit_most, log });
  const page = await operators.open(chasqui.address, { path: '#queue' });
  for (let n = 1; n <= 120; n++) await audit.write('ana@example.com', `did the ${n}th thing`);
  await page.reload();
  await rowsOf(page, 'Audit log').first().getByText('did the 120th thing').waitFor();
  await soon(() => rowsOf(page, 'Audit log').count()).toBe(100);
  await card(page, 'Audit log').getByRole('button', { name: 'Older', exact: true }).click();
  await card(page, 'Audit log').getByText('There is nothing older.').waitFor();
  const all = () => rowsOf(page, 'Audit log').allTextContents();
  await soon(async () => (await all()).findLast((row) => !row.includes('logged in'))).toContain('paused everything');
  await soon(async () => (await all())[0]).toContain('ana@example.com');
});

test('an action asks first: Cancel and Escape leave all as it is, and a refusal is told in the question', async () => {
  const page = await operators.open(chasqui.address, { path: '#queue' });
  const button = page.getByRole('button', { name: 'Pause everything', exact: true });
  for (const leave of ['Cancel', 'Escape']) {
    await button.click();
    await page.getByRole('dialog').waitFor();
    if (leave === 'Escape') await page.keyboard.press('Escape');
    else await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await soon(() => button.evaluate((element) => element.matches(':focus'))).toBe(true);
  }
  expect(await chasqui.queue.isPaused()).toBe(false);
  await page.route('**/ops/api/queue/pause', (route) => route.abort());
  await button.click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Pause everything', exact: true }).click();
  await dialog.getByRole('alert').getByText('The server cannot be reached.').waitFor();
  await page.unroute('**/ops/api/queue/pause');
  await dialog.getByRole('button', { name: 'Pause everything', exact: true }).click();
  await page.getByText('Everything is paused.').waitFor();
  expect(await act(page, 'Go on')).toBe('Everything goes on.');
});
