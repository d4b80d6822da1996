/** What can go wrong while people keep writing: each fault is on the open page, in words, and is put right from there. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createModels } from '../../src/models/create.ts';
import { openAiError, startOpenAiDouble } from '../doubles/models/openai.ts';
import type { Respond } from '../doubles/models/script.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { sharedRedis } from '../support/redis.ts';
import { type Crowd, startCrowd } from './crowd.ts';
import { act, card, goTo, isWell, light, rowsOf, says, soon, useOperators } from './site.ts';

const operators = useOperators();
const people = createTestPlatform();
const passersBy = createTestPlatform({ name: 'crowd' });
const SECTIONS = {
  models: { retries: 0 },
  limits: { person_per_minute: 0, conversation_per_minute: 0, workspace_per_minute: 0, fair_share_per_minute: 0 },
};
/** One message that no model takes; everybody else is answered. */
const answers: Respond = ({ prompt }) =>
  prompt.includes('poison')
    ? { error: { status: 400, body: openAiError('invalid_value', 'This request breaks the model.') } }
    : 'Here you are.';

let double: ModelDouble;
let chasqui: TestChasqui;
let crowd: Crowd;

beforeAll(async () => {
  double = await startOpenAiDouble({ answer: answers });
  const env = { MODEL: 'openai:llama-test', OPENAI_BASE_URL: double.url };
  const config = testConfig({ env, prefix: sharedRedis().prefix });
  chasqui = await startTestChasqui({
    models: await createModels({ config, log: captureLog().log }),
    platforms: [people, passersBy],
    roles: ['worker', 'ops'],
    ...{ env, sections: SECTIONS },
  });
  crowd = startCrowd((n) => chasqui.ingest.message(passersBy.says(`room-${n}`, 'Which way?')));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await crowd.stop();
  await chasqui?.stop();
  await double?.close();
});

const say = (room: string, text = 'Are you there?') => chasqui.ingest.message(people.says(room, text));
const heard = (room: string) => soon(() => people.texts(room).at(-1));

test('a paused platform: who paused it; it goes on, and what waited is answered', async () => {
  const page = await operators.open(chasqui.address);
  await isWell(page);
  await goTo(page, 'Queue');
  const platform = page.getByRole('list', { name: 'Platforms' }).getByRole('listitem').filter({ hasText: 'Test' });
  expect(await act(page, 'Pause', { in: platform })).toBe('Test is paused.');
  await goTo(page, 'Now');
  expect(await says(page, /^The platform test is paused/)).toMatch(
    /paused, by operator at 127\.0\.0\.1 since \d{4}-\d\d-\d\d/,
  );
  await say('waiting-room');
  await soon(async () => (await chasqui.queue.depth()).delayed).toBe(1);
  await card(page, 'Platforms').getByText('paused', { exact: true }).waitFor();
  expect(people.texts('waiting-room')).toEqual([]);

  await goTo(page, 'Queue');
  const pauses = page.getByRole('list', { name: 'Pauses', exact: true });
  expect(await act(page, 'Go on', { in: pauses })).toBe('Test goes on.');
  await heard('waiting-room').toBe('Here you are.');
  await goTo(page, 'Now');
  await isWell(page);
});

test('a poison message: it is put aside with its cause while others are answered', async () => {
  const page = await operators.open(chasqui.address);
  await isWell(page);
  await say('poisoned', 'This is poison');
  await says(page, /^1 turn has failed for good\.$/);
  await say('next-door');
  await heard('next-door').toBe('Here you are.');

  await light(page)
    .getByRole('link', { name: /failed for good/ })
    .click();
  const group = card(page, /^Model: /);
  await group
    .getByText(/This request breaks the model/)
    .first()
    .waitFor();
  await soon(() => rowsOf(page, 'Turns that failed: broken').count()).toBe(1);
  const discard = async (why: string) => {
    expect(await act(page, 'Discard', { in: rowsOf(page, 'Turns that failed: broken'), why })).toBe(
      '1 turn discarded.',
    );
    await page.getByText('Nothing failed.').waitFor();
    await soon(() => rowsOf(page, 'Discarded turns').textContent()).toContain(why);
  };
  await discard('it breaks the model');
  expect(await act(page, 'Bring back')).toBe('1 turn brought back.');
  await group.waitFor();
  await discard('for good now');
  await goTo(page, 'Queue');
  const done = async () => (await rowsOf(page, 'Audit log').allTextContents()).slice(0, 3);
  await soon(async () => (await done()).map((row) => /(discarded|brought back) .*/.exec(row)?.[0])).toEqual([
    expect.stringMatching(/^discarded the failed turn \S+: for good now$/),
    expect.stringMatching(/^brought back the failed turn/),
    expect.stringMatching(/: it breaks the model$/),
  ]);
});

test('a stopped model host: it is named; once it is back, all that failed is answered', async () => {
  const page = await operators.open(chasqui.address);
  await double.close();
  await say('in-the-dark');
  // The calls that were open when it stopped fail for another reason.
  await says(page, /^The model .* does not answer.*ECONNREFUSED/);
  await heard('in-the-dark').toMatch(/^The model did not answer/);
  await says(page, /turns? (has|have) failed for good/);

  double = await startOpenAiDouble({ answer: answers, port: double.port });
  // The crowd's next message is answered, and with that the model is well again.
  await light(page)
    .getByText(/does not answer/)
    .waitFor({ state: 'detached' });
  await goTo(page, 'Failures');
  await page.getByRole('button', { name: 'Retry all', exact: true }).waitFor();
  expect(await act(page, 'Retry all')).toMatch(/^\d+ turns put in the queue again\.$/);
  await page.getByText('Nothing failed.').waitFor();
  await heard('in-the-dark').toBe('Here you are.');
  await goTo(page, 'Now');
  await light(page)
    .getByText(/failed for good/)
    .waitFor({ state: 'detached' });

  // The calls that failed are remembered for five minutes.
  await says(page, /fails now and then/);
  const realNow = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 6 * 60_000);
  await isWell(page);
  await rowsOf(page, 'Models’ health').getByText('well', { exact: true }).waitFor();
});

test('and everybody who wrote meanwhile was answered', async () => {
  const count = await crowd.stop();
  expect(count).toBeGreaterThan(20);
  const rooms = Array.from({ length: count }, (_, n) => `room-${n}`);
  await soon(() => rooms.filter((room) => passersBy.texts(room).at(-1) !== 'Here you are.')).toEqual([]);
});
