/** A worker that is killed in the middle of an answer, with the workers as processes of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashed } from '../../src/analytics/turn-record.ts';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';
import { type Started, startProgram } from '../support/process.ts';
import { sharedRedis } from '../support/redis.ts';
import { createBrowser } from '../web/browser.ts';
import { type Crowd, startCrowd } from './crowd.ts';
import { act, goTo, isWell, light, rowsOf, says, soon, useOperators } from './site.ts';

const operators = useOperators();
const { url, prefix } = sharedRedis();
const UNLIMITED = { person_per_minute: 0, conversation_per_minute: 0, workspace_per_minute: 0 };

let dir: string;
let double: ModelDouble;
let chasqui: TestChasqui;
let crowd: Crowd;
const workers: Started[] = [];
const killed = createGate();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chasqui-ops-page-'));
  // Two seconds, and another worker goes on. However slow the machine is, the model is waited for.
  const patience = 'models:\n  first_token_timeout: 5m\n  between_tokens_timeout: 5m\n';
  const yaml = `queue:\n  prefix: ${prefix}\nworkers:\n  stalled_after: 2s\n${patience}`;
  await writeFile(join(dir, 'chasqui.yaml'), yaml);
  let asked = 0;
  double = await startOpenAiDouble({
    answer: async ({ prompt }) => {
      if (!prompt.includes('long story')) return 'Here you are.';
      asked += 1;
      if (asked === 1) return { text: 'Once upon a time.', trouble: { after: 2, what: 'hang' } };
      // Also where a busy machine has the turn taken anew before the worker dies.
      await killed.opened;
      return 'Once upon a time.';
    },
  });
  chasqui = await startTestChasqui({
    ...{ models: [], redisUrl: url, prefix, roles: ['web', 'ops'] },
    sections: {
      web: { enabled: true, messages_per_minute: 100_000 },
      limits: { ...UNLIMITED, fair_share_per_minute: 0 },
    },
  });
});
afterAll(async () => {
  await crowd?.stop();
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  await chasqui?.stop();
  await double?.close();
  await rm(dir, { recursive: true, force: true });
});

async function startWorker(): Promise<Started> {
  const worker = startProgram('src/app/main.ts', {
    ...{ ROLES: 'worker', PORT: '0', REDIS_URL: url, DATA_DIR: join(dir, 'data') },
    ...{ CHASQUI_CONFIG: join(dir, 'chasqui.yaml'), MODEL: 'openai:llama-test', OPENAI_BASE_URL: double.url },
  });
  workers.push(worker);
  await worker.prints(/is up/);
  return worker;
}

test('a killed worker: it is said which and for how long; another went on, and it can be forgotten', async () => {
  const page = await operators.open(chasqui.address);
  await says(page, /^No worker runs: nobody answers/);
  const first = await startWorker();
  const passersBy = createBrowser(chasqui.address);
  await passersBy.openSession();
  const asked: string[] = [];
  crowd = startCrowd(async () => asked.push((await passersBy.say('Which way?')).conversation));
  await isWell(page);
  const browser = createBrowser(chasqui.address);
  await browser.openSession();
  const said = await browser.say('Tell a long story');
  const events = await browser.events(said.conversation, { cursor: said.cursor });
  await soon(() => double.calls.find(({ prompt }) => prompt.includes('long story'))?.tokensSent).toBe(2);
  await startWorker();
  await first.end('SIGKILL');
  killed.open();

  const pid = first.child.pid;
  const reason = await says(page, new RegExp(`^The process \\S+/${pid} \\(worker\\) has been silent for`));
  expect(reason).toMatch(/silent for \d+ (s|min): it died, or cannot reach Redis\.$/);
  const row = rowsOf(page, 'Processes').filter({ hasText: `pid ${pid}` });
  await row.getByText('silent', { exact: true }).waitFor();
  expect((await events.until('final')).data.text).toBe('Once upon a time.');

  await goTo(page, 'Turns');
  await page.getByLabel('Conversation', { exact: true }).fill(hashed(said.conversation));
  await page.keyboard.press('Enter');
  // Figures reach Redis in batches, and the list is as it was when it was asked for.
  await soon(async () => {
    await page.getByRole('button', { name: 'Newest', exact: true }).click();
    return rowsOf(page, 'Turns').count();
  }).toBe(1);
  await rowsOf(page, 'Turns').getByRole('link').first().click();
  const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
  await steps
    .filter({ hasText: `Taken by worker` })
    .filter({ hasText: `/${pid}` })
    .first()
    .waitFor();
  await steps
    .filter({ hasText: 'Went on by worker' })
    .filter({ hasText: `/${workers[1]?.child.pid}` })
    // A worker that cannot keep its lock on a busy machine takes the turn once more.
    .first()
    .waitFor();

  await goTo(page, 'Now');
  expect(await act(page, 'Forget', { in: row })).toMatch(new RegExp(`^Process ${pid} on \\S+ is forgotten`));
  await light(page)
    .getByText(new RegExp(`/${pid} .* silent`))
    .waitFor({ state: 'detached' });
  await soon(() => row.count()).toBe(0);
  await isWell(page);
  expect(await crowd.stop()).toBeGreaterThan(20);
  const answered = async (conversation: string) =>
    (await chasqui.conversations.history(conversation)).at(-1)?.reply === 'Here you are.';
  await soon(async () => (await Promise.all(asked.map(answered))).filter((yes) => !yes)).toEqual([]);
});
