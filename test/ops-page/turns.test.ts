/** The view Turns: searching, paging, a turn's life, what was said in it, and its conversation paused. */
import { Redis } from 'ioredis';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashed, type TurnRecord } from '../../src/analytics/turn-record.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createRecorder, turnRecord } from './records.ts';
import { act, card, goTo, numberOf, rowsOf, soon, useOperators } from './site.ts';

const operators = useOperators();
const office = createTestPlatform({ name: 'office' });
const platform = createTestPlatform();
let chasqui: TestChasqui;
let redis: Redis;

/** One turn for each field that can be searched by, older than many ordinary ones. */
const RARE: Partial<TurnRecord>[] = [
  { id: 'of-office', platform: 'office', conversation: 'office:desk' },
  { id: 'stopped-one', outcome: 'stopped' },
  { id: 'other-model', model: 'test:other' },
  { id: 'slow-one', totalMs: 12_000 },
  {
    ...{ id: 'failed-one', outcome: 'failed', attempts: 2 },
    failure: { where: 'model', kind: 'quota', code: '4006', message: 'the daily allowance is used up' },
  },
  { id: 'elsewhere', conversation: 'test:elsewhere' },
];
const ORDINARY = 60;

beforeAll(async () => {
  chasqui = await startTestChasqui({
    models: [createTestModel(() => ['an answer']).model, createTestModel(() => ['other'], { id: 'test:other' }).model],
    platforms: [platform, office],
    roles: ['worker', 'ops'],
    sections: { ops: { show_content: true } },
  });
  redis = new Redis(chasqui.redisUrl);
  const recorder = createRecorder(redis, chasqui.config.queue.prefix);
  for (const rare of RARE) recorder.record({ type: 'turn', turn: turnRecord(rare), authors: ['ana'] });
  for (let n = 0; n < ORDINARY; n++) recorder.record({ type: 'turn', turn: turnRecord(), authors: ['ana'] });
  await recorder.close();
});
afterAll(async () => {
  await chasqui?.stop();
  redis?.disconnect();
});

const shown = (page: Page) => soon(() => rowsOf(page, 'Turns').count());

test('a search finds by each field, keeps it in the address, and is cleared', async () => {
  const page = await operators.open(chasqui.address, { path: '#turns' });
  const filters = page.getByRole('form', { name: 'Filters' });
  const clear = filters.getByRole('button', { name: 'Clear', exact: true });
  await shown(page).toBe(50);
  const choices: [label: string, value: string, found: string][] = [
    ['Platform', 'office', 'of-office'],
    ['Outcome', 'stopped', 'stopped-one'],
    ['Outcome', 'failed', 'failed-one'],
    ['Model', 'test:other', 'other-model'],
    ['Slower than', '10000', 'slow-one'],
    ['Error kind', 'quota', 'failed-one'],
    ['Conversation', hashed('test:elsewhere'), 'elsewhere'],
    ['Turn id', 'slow-one', 'slow-one'],
  ];
  for (const [label, value, found] of choices) {
    const choice = filters.getByRole('combobox', { name: label, exact: true });
    const words = filters.getByRole('searchbox', { name: label, exact: true });
    const field = (await choice.count()) > 0 ? choice : words;
    if (field === choice) await choice.selectOption(value);
    else await words.fill(value);
    await field.press('Enter');
    await shown(page).toBe(1);
    await page.getByText(/^1 turn of 66 looked at, back to .* There is nothing older\.$/).waitFor();
    await rowsOf(page, 'Turns').getByRole('link').first().click();
    await page.getByRole('heading', { name: `Turn ${found}`, exact: true }).waitFor();
    // From the turn one comes back to the same search.
    await page.getByRole('link', { name: 'All turns', exact: true }).click();
    await shown(page).toBe(1);
    await soon(() => field.inputValue()).toBe(value);
    await soon(() => page.evaluate('document.activeElement.className')).toBe('opener');
    await clear.click();
    await shown(page).toBe(50);
    expect(new URL(page.url()).hash).toBe('#turns');
  }
  await filters.getByLabel('Error kind', { exact: true }).fill('network');
  await page.keyboard.press('Enter');
  await page.getByText('No turn fits these filters.').waitFor();
  // What is no hash is said to be none.
  await filters.getByLabel('Conversation', { exact: true }).fill('the room');
  await page.keyboard.press('Enter');
  await page
    .getByRole('alert')
    .getByText(/conversation/)
    .waitFor();
});

test('older turns come page by page', async () => {
  const page = await operators.open(chasqui.address, { path: '#turns' });
  await shown(page).toBe(50);
  await page.getByRole('button', { name: 'Older', exact: true }).click();
  await shown(page).toBe(RARE.length + ORDINARY);
  await page.getByText('There is nothing older.').waitFor();
  await soon(() => page.getByRole('button', { name: 'Older', exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Newest', exact: true }).click();
  await shown(page).toBe(50);
});

test('a failed turn tells its life, its numbers and why it failed', async () => {
  const page = await operators.open(chasqui.address, { path: '#turns?error=quota' });
  await rowsOf(page, 'Turns').getByText('quota', { exact: true }).click();
  await card(page, 'Why it failed').getByText('the daily allowance is used up').waitFor();
  const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
  await soon(() => steps.count()).toBe(9);
  await soon(() => steps.nth(1).textContent()).toContain('Taken by worker worker-1/411');
  await soon(() => numberOf(card(page, 'In numbers'), 'Whole')).toBe('1.4 s');
  await soon(() => numberOf(card(page, 'In numbers'), 'Attempts')).toBe('2');
  await soon(() => numberOf(card(page, 'In numbers'), 'Tokens read')).toBe('820');
  await page.goto(`${chasqui.address}/ops/#turns/1-1`);
  await page.getByRole('alert').getByText('This turn is kept no longer.').waitFor();
});

test('what was said is shown when one asks, which is written down; and the conversation is paused and goes on', async () => {
  await chasqui.ingest.message(platform.says('talk', 'a private question'));
  await chasqui.turns(1);
  const conversation = hashed('test:talk');
  const page = await operators.open(chasqui.address, { path: `#turns?conversation=${conversation}` });
  await soon(async () => {
    if ((await rowsOf(page, 'Turns').count()) === 0)
      await page.getByRole('button', { name: 'Newest', exact: true }).click();
    return rowsOf(page, 'Turns').count();
  }).toBe(1);
  await rowsOf(page, 'Turns').getByRole('link').first().click();
  const said = card(page, 'What was said');
  await said.getByText('It is hidden until you ask for it.').waitFor();
  await soon(() => page.getByText('a private question').count()).toBe(0);
  expect(await act(page, 'Show what was said')).toBe('Shown, and written to the audit log.');
  await said.getByText('a private question').waitFor();
  await said.getByText('an answer', { exact: true }).waitFor();

  expect(await act(page, 'Pause this conversation')).toBe(`The conversation ${conversation} is paused.`);
  await card(page, 'Conversation').getByText('paused', { exact: true }).waitFor();
  await chasqui.ingest.message(platform.says('talk', 'and then?'));
  await soon(async () => (await chasqui.queue.depth()).delayed).toBe(1);
  await goTo(page, 'Queue');
  await page.getByRole('list', { name: 'Pauses', exact: true }).getByRole('link', { name: conversation }).click();
  await rowsOf(page, 'Turns').getByRole('link').first().click();
  expect(await act(page, 'Go on')).toBe(`The conversation ${conversation} goes on.`);
  await soon(() => platform.texts('talk')).toEqual(['an answer', 'an answer']);

  await goTo(page, 'Queue');
  const audit = async () =>
    (await rowsOf(page, 'Audit log').allTextContents())
      .filter((row) => !row.includes('logged in'))
      .map((row) => /operator at 127\.0\.0\.1(.*)/.exec(row)?.[1]);
  await soon(audit).toEqual([
    `let the conversation ${conversation} go on`,
    `paused the conversation ${conversation}`,
    expect.stringMatching(/^looked at what was said in the turn \S+$/),
  ]);
});
