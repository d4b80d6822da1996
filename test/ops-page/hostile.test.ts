/** What strangers, model hosts and platforms say is shown as they said it, and never becomes a part of the page. */
import { Redis } from 'ioredis';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model.ts';
import { createAudit } from '../../src/ops/audit.ts';
import { createPauses } from '../../src/queue/pauses.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createRecorder, turnRecord } from './records.ts';
import { seedProcess } from './seed.ts';
import { act, card, rowsOf, soon, useOperators } from './site.ts';

/** What would leave an element of its own if it were taken for HTML, and run. `where` tells the places apart. */
const html = (where: string) => `${where}"'></p><img src=x data-hostile onerror=hostile=1>`;
/** What every object has without having been given it. */
const INHERITED = ['constructor', '__proto__', 'toString'];

const operators = useOperators();
const platform = createTestPlatform();
let chasqui: TestChasqui;
let redis: Redis;

beforeAll(async () => {
  const codes = [html('code'), ...INHERITED];
  const { model } = createTestModel((request, call) => {
    if (!request.messages.at(-1)?.content.includes('fail')) return [html('reply')];
    throw new ModelError('broken', codes[call - 1] ?? 'other', html('message'));
  });
  const receiver: typeof platform.adapter.receiver = (host) => ({
    ...platform.adapter.receiver(host),
    status: () => ({ connected: false, detail: html('detail') }),
  });
  chasqui = await startTestChasqui({
    models: [model],
    platforms: [{ ...platform, adapter: { ...platform.adapter, receiver } }],
    roles: ['worker', 'ops'],
    sections: { ops: { show_content: true }, models: { retries: 0 } },
  });
  for (const n of codes.keys()) {
    await chasqui.ingest.message(platform.says(`room-${n}`, 'fail'));
    await chasqui.turns(n + 1);
  }
  const author = { id: html('id'), name: html('name') };
  await chasqui.ingest.message(platform.says('talk', html('text'), { author }));
  await chasqui.turns(codes.length + 1);
  await chasqui.ingest.feedback(platform.address('talk'), { message: 'm1', author: 'ana', value: 'bad' });
  const reason = html('reason');
  await chasqui.ingest.feedback(platform.address('talk'), { message: 'm1', author: 'ana', value: 'bad', reason });
  await seedAsIfByOthers();
});
afterAll(async () => {
  await chasqui?.stop();
  redis?.disconnect();
});

/** What stands in Redis by other processes, perhaps of another version, and by people whom a proxy names. */
async function seedAsIfByOthers(): Promise<void> {
  const { redisUrl, config, log } = chasqui;
  const { prefix } = config.queue;
  redis = new Redis(redisUrl);
  const recorder = createRecorder(redis, prefix);
  for (const [n, word] of [html('word'), ...INHERITED].entries()) {
    const failure = { where: word, kind: word, code: word, message: word };
    const marks = turnRecord().marks.map(([ms]): [number, string, string] => [ms, word, word]);
    const turn = { id: `odd-${n}`, conversation: word, platform: word, outcome: word, model: word, failure, marks };
    recorder.record({ type: 'turn', turn: turnRecord(turn), authors: [word] });
  }
  await recorder.close();
  await seedProcess(redis, prefix, { host: html('host'), roles: [html('role')], running: 1 }, 60_000);
  const pauses = createPauses({ redis, prefix });
  await pauses.set('platform', html('paused'), html('by'));
  await pauses.set('conversation', html('place'), html('by'));
  await createAudit({ redis, prefix, most: 100, log }).write(html('who'), html('what'));
  await chasqui.deadLetters.discard((await chasqui.deadLetters.list(1))[0]?.id ?? '', {
    by: html('by'),
    why: html('why'),
  });
}

/** Nothing of it became an element or ran; a violation of the page's policy fails the test by itself. */
async function isInnocent(page: Page): Promise<void> {
  expect(await page.locator('[data-hostile]').count()).toBe(0);
  expect(await page.evaluate("'hostile' in window")).toBe(false);
  expect(await page.evaluate("document.documentElement.outerHTML.includes('[native code]')")).toBe(false);
  const links = await page.getByRole('link').evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
  expect(links.filter((href) => !/^(#|queues\/$)/.test(href))).toEqual([]);
}

/** Opens a view, waits until all of it is there, and for each of these texts as it was said. */
async function shows(page: Page, path: string, ...texts: string[]): Promise<void> {
  await page.goto(`${chasqui.address}/ops/#${path}`);
  await page.locator('main[class]').waitFor();
  for (const text of texts) await soon(() => page.locator('main').textContent()).toContain(text);
  await soon(() => page.getByText('Loading…').count()).toBe(0);
  await isInnocent(page);
}

test('names, codes, reasons and messages are text on every view', async () => {
  const page = await operators.open(chasqui.address);
  await shows(page, 'now', ...['detail', 'message', 'host', 'role', 'by', 'paused'].map(html));
  await shows(page, 'turns', html('word'), ...INHERITED);
  await shows(page, 'failures', ...['message', 'by', 'why'].map(html), ...INHERITED.slice(0, -1));
  await shows(page, 'queue', ...['by', 'who', 'what'].map(html));
  await shows(page, 'people', html('Reason'));
  await shows(page, 'cost');
  await page.getByRole('tab', { name: 'Platform' }).click();
  await soon(() => page.locator('main').textContent()).toContain('ToString');
  await isInnocent(page);
});

test('a turn whose every word is hostile is shown, step by step', async () => {
  const page = await operators.open(chasqui.address, { path: '#turns' });
  for (const [n, word] of [html('word'), ...INHERITED].entries()) {
    await page.goto(`${chasqui.address}/ops/#turns?turn=odd-${n}`);
    await soon(() => rowsOf(page, 'Turns').count()).toBe(1);
    await rowsOf(page, 'Turns').getByRole('link').first().click();
    await page.getByRole('heading', { name: `Turn odd-${n}`, exact: true }).waitFor();
    await soon(() => card(page, 'Why it failed').textContent()).toContain(word);
    await soon(() => page.getByRole('list', { name: 'Steps' }).getByRole('listitem').count()).toBe(9);
    await isInnocent(page);
  }
});

test('what a stranger said, and under which name, is text', async () => {
  const page = await operators.open(chasqui.address, { path: '#turns?outcome=answered' });
  await rowsOf(page, 'Turns').getByRole('link').first().click();
  await act(page, 'Show what was said');
  for (const where of ['name', 'text', 'reply'])
    await soon(() => card(page, 'What was said').textContent()).toContain(html(where));
  await isInnocent(page);
});

test('an address that somebody made up opens a view, and nothing else', async () => {
  const page = await operators.open(chasqui.address);
  const made = encodeURIComponent(html('made'));
  const filters = ['platform', 'model', 'outcome', 'error', 'conversation', 'turn', 'slower', '__proto__'];
  const paths = [
    ...[...INHERITED, made, html('made'), 'javascript:window.hostile=1', 'turns/%', 'turns/__proto__', `turns/${made}`],
    ...filters.map((name) => `turns?${name}=${made}`),
  ];
  for (const path of paths) await shows(page, path);
});
