/** What operators are shown of turns, failures, people and cost, and what their buttons do. */
import { afterEach, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import type { TestChasqui } from '../support/chasqui.ts';
import { eventually } from '../support/eventually.ts';
import { startOperators } from './operators.ts';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

async function start(change: Parameters<typeof startOperators>[0] = {}) {
  const started = await startOperators(change);
  chasqui = started.chasqui;
  const browser = started.createBrowser();
  await browser.open();
  const get = async (path: string) => (await browser.get(path)).body;
  return { ...started, browser, get };
}

const PRICE = { inputUsd: 100, outputUsd: 1_000, from: 'a test' };

test('a turn is found again, with its life and its cost', async () => {
  const models = [createTestModel(() => ['hello'], { price: PRICE }).model];
  const { chasqui: running, platform, get } = await start({ models });
  await running.ingest.message({ ...platform.says('room', 'a private question'), workspace: 'T1' });
  await running.turns(1);
  const { turns } = await eventually(
    () => get('turns'),
    (view) => view.turns.length === 1,
  );
  expect(turns[0]).toMatchObject({
    ...{ platform: 'test', outcome: 'answered', model: 'test:model', attempts: 1, messages: 1, error: null },
    ...{ inputTokens: 10, outputTokens: 5, usd: 0.006 },
    conversation: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  const turn = await get(`turns/${turns[0].entry}`);
  const what = turn.timeline.map((mark: { what: string }) => mark.what);
  expect(what).toEqual(
    expect.arrayContaining(['arrived', 'taken', 'guard', 'model', 'first-token', 'whole', 'delivered']),
  );
  expect(what[0]).toBe('arrived');
  expect(what.at(-1)).toBe('committed');
  expect(JSON.stringify([turns, turn])).not.toMatch(/private|test:room/);
});

test('a search finds by each of its fields, and goes on with older turns', async () => {
  let broken = false;
  const { model } = createTestModel(() => {
    if (broken) throw new ModelError('quota', '4006', 'the daily allowance is used up');
    return ['hello'];
  });
  const { chasqui: running, platform, get, browser } = await start({ models: [model] });
  for (const room of ['a', 'b', 'c']) {
    broken = room === 'b';
    await running.ingest.message(platform.says(room, 'hi'));
    await running.turns(room.charCodeAt(0) - 96);
  }
  const all = await eventually(
    () => get('turns'),
    ({ turns }) => turns.length === 3,
  );
  const [, failed] = all.turns;
  expect(failed).toMatchObject({ outcome: 'failed', error: 'quota' });
  const found = async (query: string) => (await get(`turns?${query}`)).turns.map(({ id }: { id: string }) => id);
  for (const query of ['outcome=failed', 'error=quota', `conversation=${failed.conversation}`, `turn=${failed.id}`])
    expect(await found(query), query).toEqual([failed.id]);
  expect(await found('model=test:model')).toHaveLength(2);
  expect(await found('platform=elsewhere')).toEqual([]);
  expect(await found('slower=3600000')).toEqual([]);
  const first = await get('turns?limit=2');
  expect(first.turns).toHaveLength(2);
  expect((await get(`turns?limit=2&before=${first.next}`)).turns.map(({ id }: { id: string }) => id)).toEqual([
    all.turns[2].id,
  ]);
  for (const nonsense of ['slower=soon', 'before=yesterday', 'limit=100000', 'colour=red', 'conversation=room'])
    expect(await browser.get(`turns?${nonsense}`), nonsense).toMatchObject({ status: 400 });
});

test('what failed is grouped by its cause, tried again, discarded with a reason, and brought back', async () => {
  let broken = true;
  const { model } = createTestModel(() => {
    if (broken) throw new ModelError('quota', '4006', 'the daily allowance is used up');
    return ['here it is'];
  });
  const {
    chasqui: running,
    platform,
    get,
    browser,
  } = await start({
    models: [model],
    sections: { limits: { person_per_minute: 12 } },
  });
  for (const room of ['a', 'b', 'c']) await running.ingest.message(platform.says(room, 'hi'));
  await running.turns(3);
  const failures = await get('failures');
  expect(failures).toMatchObject({ total: 3, groups: [{ where: 'model', kind: 'quota', code: '4006', count: 3 }] });
  const [group] = failures.groups;
  expect(group.letters[0].told).toContain('allowance');

  const [gone] = group.letters;
  expect((await browser.post('failures/discard', { ids: [gone.id] })).status).toBe(400);
  expect((await browser.post('failures/discard', { ids: [gone.id], why: 'a joke' })).body).toEqual({ done: 1 });
  expect(await get('failures')).toMatchObject({ total: 2, discarded: [{ id: gone.id, why: 'a joke' }] });
  expect((await browser.post('failures/restore', { ids: [gone.id] })).body).toEqual({ done: 1 });
  expect(await get('failures')).toMatchObject({ total: 3, discarded: [] });

  broken = false;
  expect((await browser.post('failures/retry', { group: group.key })).body).toEqual({ done: 3 });
  await running.turns(6);
  for (const room of ['a', 'b', 'c']) expect(platform.texts(room).at(-1)).toBe('here it is');
  expect((await get('failures')).total).toBe(0);
  const did = (await get('audit')).rows.map(({ what }: { what: string }) => what);
  expect(did).toEqual([
    'had 3 failed turns answered again',
    `brought back the failed turn ${gone.id}`,
    `discarded the failed turn ${gone.id}: a joke`,
    'logged in',
  ]);
});

test('a paused platform waits, and says so; going on answers what has waited', async () => {
  const { chasqui: running, platform, get, browser } = await start();
  expect((await browser.post('queue/pause', { scope: 'platform', name: 'test' })).status).toBe(204);
  await running.ingest.message(platform.says('room', 'hi'));
  const now = await eventually(
    () => get('now'),
    ({ queue }) => queue.delayed === 1,
  );
  expect(now).toMatchObject({
    light: 'amber',
    pauses: [{ scope: 'platform', name: 'test', by: 'operator at 127.0.0.1' }],
  });
  expect(now.reasons[0].text).toMatch(/^The platform test is paused, by operator at 127\.0\.0\.1 since/);
  expect(platform.texts('room')).toEqual([]);
  expect((await browser.post('queue/resume', { scope: 'platform', name: 'test' })).status).toBe(204);
  await running.turns(1);
  expect(platform.texts('room')).toEqual(['hello']);
});

test('a paused conversation waits while others are answered', async () => {
  const { chasqui: running, platform, get, browser } = await start();
  await running.ingest.message(platform.says('loud', 'hi'));
  await running.turns(1);
  const { turns } = await eventually(
    () => get('turns'),
    (view) => view.turns.length === 1,
  );
  await browser.post('queue/pause', { scope: 'conversation', entry: turns[0].entry });
  expect(await get(`turns/${turns[0].entry}`)).toMatchObject({ paused: true });
  await running.ingest.message(platform.says('loud', 'again'));
  await eventually(
    () => get('now'),
    ({ queue }) => queue.delayed === 1,
  );
  await running.ingest.message(platform.says('calm', 'hi'));
  await running.turns(2);
  expect([platform.texts('loud').length, platform.texts('calm').length]).toEqual([1, 1]);
  await browser.post('queue/resume', { scope: 'conversation', name: turns[0].conversation });
  await running.turns(3);
  expect(platform.texts('loud')).toHaveLength(2);
});

test('everything can be paused, and goes on', async () => {
  const { chasqui: running, platform, get, browser } = await start();
  await browser.post('queue/pause', { scope: 'all' });
  await running.ingest.message(platform.says('room', 'hi'));
  expect(
    await eventually(
      () => get('now'),
      ({ queue }) => queue.waiting === 1,
    ),
  ).toMatchObject({
    reasons: [{ text: expect.stringContaining('Everything is paused'), view: 'queue' }],
  });
  await browser.post('queue/resume', { scope: 'all' });
  await running.turns(1);
  expect(platform.texts('room')).toEqual(['hello']);
});

test('a pause by other hands is seen too, and its end', async () => {
  const { chasqui: running, get } = await start();
  await running.queue.pause();
  const paused = await eventually(
    () => get('now'),
    ({ pauses }) => pauses.length === 1,
  );
  expect(paused.pauses).toMatchObject([{ scope: 'all', by: 'somebody outside of this page' }]);
  await running.queue.resume();
  await eventually(
    () => get('now'),
    ({ pauses, light }) => pauses.length === 0 && light === 'green',
  );
});

test('a model host that is away is named, in words', async () => {
  const { model } = createTestModel(() => {
    throw new ModelError('network', 'ECONNREFUSED', 'cannot reach models.example');
  });
  const {
    chasqui: running,
    platform,
    get,
  } = await start({
    models: [model],
    sections: { models: { retries: 0 } },
  });
  await running.ingest.message(platform.says('room', 'hi'));
  await running.turns(1);
  const now = await eventually(
    () => get('now'),
    ({ light }) => light === 'red',
  );
  expect(now.reasons[0].text).toBe(
    'The model Test Model does not answer: 1 of 1 calls in five minutes failed (network ECONNREFUSED: cannot reach models.example).',
  );
});

test('what was said is shown to operators where it is switched on, and each look is written down', async () => {
  const { chasqui: running, platform, get, browser } = await start({ sections: { ops: { show_content: true } } });
  await running.ingest.message(platform.says('room', 'a private question'));
  await running.turns(1);
  const { turns } = await eventually(
    () => get('turns'),
    (view) => view.turns.length === 1,
  );
  expect((await browser.post(`turns/${turns[0].entry}/content`)).body).toEqual({
    user: [{ name: 'Ana', text: 'a private question' }],
    reply: 'hello',
  });
  expect((await get('audit')).rows[0].what).toBe(`looked at what was said in the turn ${turns[0].id}`);
  await running.conversations.forget('test:room');
  expect((await browser.post(`turns/${turns[0].entry}/content`)).status).toBe(404);
});

test('the settings are shown with where they came from, and no secret among them', async () => {
  const env = { OPENAI_API_KEY: 'sk-very-secret-value', REDIS_URL: 'redis://user:hidden-word@127.0.0.1:6379' };
  const { get } = await start({ env });
  const view = await get('settings');
  const named = (name: string) => view.settings.find((setting: { name: string }) => setting.name === name);
  expect(named('OPENAI_API_KEY')).toEqual({ name: 'OPENAI_API_KEY', value: '••••', from: 'environment', secret: true });
  expect(named('conversation.history_tokens')).toMatchObject({ value: '6000', from: 'default' });
  expect(view.models).toMatchObject([{ id: 'test:model', licence: 'none', inputUsd: null }]);
  expect(JSON.stringify(view)).not.toMatch(/very-secret|hidden-word/);
});
