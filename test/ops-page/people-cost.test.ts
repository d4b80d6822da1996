/** The views People, Cost and Settings: their numbers are those of what was really sent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashed } from '../../src/analytics/turn-record.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { card, cellsOf, goTo, numberOf, rowsOf, soon, useOperators } from './site.ts';

const operators = useOperators();
const test1 = createTestPlatform();
const office = createTestPlatform({ name: 'office' });
/** Each answer takes 10 tokens and gives 5: $0.006. */
const price = { inputUsd: 100, outputUsd: 1_000, from: 'this test' };
const ENV = { OPENAI_API_KEY: 'sk-very-secret-value', REDIS_URL: 'redis://user:hidden-word@127.0.0.1:6379' };
let chasqui: TestChasqui;

/** Ana writes three times, Ben twice, Cleo once, and Dora once, elsewhere. */
const SAID = ['ana', 'ana', 'ana', 'ben', 'ben', 'cleo'];

beforeAll(async () => {
  const quiet = createTestModel(() => ['hello'], { id: 'test:unpriced', label: 'Unpriced Model' }).model;
  chasqui = await startTestChasqui({
    models: [createTestModel(() => ['hello'], { price }).model, quiet],
    platforms: [test1, office],
    roles: ['worker', 'ops'],
    env: ENV,
    sections: { ops: { monthly_budget: 1 } },
  });
  const place = { channel: 'general', workspace: 'T1' };
  for (const [n, id] of SAID.entries()) {
    const author = { id, name: id };
    await chasqui.ingest.message(test1.says(`room-${n}`, 'hi', { author, ...place }));
  }
  await chasqui.ingest.message(office.says('desk', 'hi', { author: { id: 'dora', name: 'Dora' } }));
  await chasqui.turns(7);
  const judge = (n: number, value: 'good' | 'bad' | 'none', reason?: string) =>
    chasqui.ingest.feedback(test1.address(`room-${n}`), {
      ...{ message: 'm1', author: 'ana', value },
      ...(reason ? { reason } : {}),
    });
  await judge(0, 'good');
  await judge(1, 'good');
  await judge(2, 'good');
  await judge(3, 'bad');
  // Why comes afterwards, when one is asked.
  await judge(3, 'bad', 'wrong');
  await judge(4, 'none');
});
afterAll(async () => {
  await chasqui?.stop();
});

test('people: who wrote, how they liked it, and by what', async () => {
  const page = await operators.open(chasqui.address, { path: '#people' });
  const numbers = page.getByRole('region', { name: 'People in numbers' });
  await soon(async () => {
    // What was counted is brought to Redis twice a second.
    if ((await numbers.count()) === 0 || (await numberOf(numbers, 'Liked')) !== '75%') await page.reload();
    await numbers.waitFor();
    return numberOf(numbers, 'Liked');
  }).toBe('75%');
  await numbers.getByText('3 liked, 1 not').waitFor();
  for (const label of ['Today', '7 days', '30 days']) await soon(() => numberOf(numbers, label)).toBe('4');
  await soon(() => numberOf(numbers, 'Messages a person')).toBe('1.8');

  const byPlatform = () => cellsOf(page, 'People by platform');
  const whole = async () => (await byPlatform())[0]?.filter((_, n) => n !== 3);
  await soon(whole).toEqual(['Test', '3', '6', '3', '1', '75%']);
  await soon(async () => (await byPlatform())[1]?.slice(0, 3)).toEqual(['Office', '1', '1']);
  const by = page.getByRole('tablist', { name: 'People by' });
  await by.getByRole('tab', { name: 'Channel' }).click();
  const start = async (table: string) => (await cellsOf(page, table)).map((row) => row.slice(0, 3));
  await soon(() => start('People by channel')).toEqual([[hashed('general'), '3', '6']]);
  await page.keyboard.press('ArrowRight');
  await soon(() => start('People by model')).toEqual([['test:model', '4', '7']]);

  const firstWeek = async () => (await cellsOf(page, 'Retention by first week'))[0] ?? [];
  await soon(async () => (await firstWeek()).filter((_, n) => n === 1 || n === 5)).toEqual(['4', '4']);
  await soon(() => card(page, 'Why answers were not liked').getByRole('listitem').allTextContents()).toEqual([
    expect.stringMatching(/^Wrong1/),
  ]);
  await page.getByText('As a table').click();
  await soon(async () => (await cellsOf(page, 'People by day, as a table'))[0]?.slice(1)).toEqual(['0', '4']);
  await page.getByRole('tab', { name: '7 days' }).click();
  expect(new URL(page.url()).hash).toBe('#people?days=7');
  await page.getByRole('region', { name: 'People in numbers' }).waitFor();
  await page.getByText('As a table').click();
  await soon(() => rowsOf(page, 'People by day, as a table').count()).toBe(7);
});

test('cost: what was spent, on what, and what is left of the month', async () => {
  // A model whose price is not known answers once.
  await chasqui.ingest.message(test1.says('free', '/model 2', {}));
  await chasqui.turns(8);
  await chasqui.ingest.message(test1.says('free', 'hi'));
  await chasqui.turns(9);
  const page = await operators.open(chasqui.address, { path: '#cost' });
  const numbers = page.getByRole('region', { name: 'Cost in numbers' });
  const unpriced = page.getByText(/^The price of test:unpriced is not known: its tokens are counted/);
  await soon(async () => {
    if ((await unpriced.count()) === 0) await page.reload();
    await numbers.waitFor();
    return unpriced.count();
  }).toBe(1);
  await soon(() => numberOf(numbers, 'Cost')).toBe('$0.042');
  await soon(() => numberOf(numbers, 'Answered')).toBe('9');
  await soon(() => numberOf(numbers, 'Tokens read')).toBe('80');
  await soon(() => numberOf(numbers, 'Tokens written')).toBe('40');
  await soon(() => numberOf(numbers, 'A liked answer')).toBe('$0.014');
  await card(page, 'Budget of the month').getByText('$0.96 left').waitFor();
  await soon(() => page.getByRole('meter', { name: 'Budget spent' }).getAttribute('value')).toBe('0.042');
  const costs = async (kind: string) => (await cellsOf(page, `Cost by ${kind}`)).map((row) => row.slice(0, 2));
  await soon(() => costs('model')).toEqual([
    ['test:model', '$0.042'],
    ['test:unpriced', 'not known'],
  ]);
  const by = page.getByRole('tablist', { name: 'Cost by' });
  await by.getByRole('tab', { name: 'Platform' }).click();
  await soon(() => costs('platform')).toEqual([
    ['Test', '$0.036'],
    ['Office', '$0.006'],
  ]);
  await by.getByRole('tab', { name: 'Workspace' }).click();
  await soon(() => costs('workspace')).toEqual([[hashed('T1'), '$0.036']]);
});

test('settings: a filter, no secret, the models’ prices, and the checks', async () => {
  const page = await operators.open(chasqui.address, { path: '#settings' });
  const settings = rowsOf(page, 'Settings');
  await settings.first().waitFor();
  const text = (await page.getByRole('main').textContent()) ?? '';
  expect(text).not.toMatch(/very-secret|hidden-word/);
  const filter = page.getByRole('searchbox', { name: 'Filter the settings' });
  await filter.fill('openai_api KEY');
  await soon(() => settings.allTextContents()).toEqual([
    expect.stringMatching(/OPENAI_API_KEY.*•••• secret.*environment/),
  ]);
  await filter.fill('no such thing');
  await page.getByText('No setting fits the filter.').waitFor();
  await filter.fill('');
  await soon(() => settings.count()).toBeGreaterThan(60);
  await soon(() => rowsOf(page, 'Models and prices').allTextContents()).toEqual([
    expect.stringMatching(/Test Model.*\$100\.00.*\$1,000\.00.*this test/),
    expect.stringMatching(/Unpriced Model.*not known.*not known/),
  ]);

  await page.getByRole('button', { name: 'Run the checks', exact: true }).click();
  await page
    .getByRole('status', { name: 'The doctor’s result' })
    .getByText(/checks? (passed|did not|of)/)
    .waitFor();
  const checks = page.getByRole('list', { name: 'Checks', exact: true }).getByRole('listitem');
  await soon(() => checks.count()).toBeGreaterThan(1);
  expect((await checks.allTextContents()).join()).not.toMatch(/hidden-word|very-secret/);
  await goTo(page, 'Now');
});
