/** What operators see, and who else does not. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { cookieOf, raw } from './raw.ts';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

async function start(env: Record<string, string> = {}) {
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({
    models: [createTestModel(() => ['hello']).model],
    platforms: [platform],
    roles: ['worker', 'ops'],
    env,
  });
  return { chasqui, platform };
}

const get = async (address: string, path: string, headers: Record<string, string> = {}) =>
  (await raw(address, path, { headers })).status;

const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}` });

test('health and readiness are open; of a part that is away they tell its name, and no reason', async () => {
  const { chasqui } = await start({ OPS_PASSWORD: 'correct horse' });
  expect(await (await fetch(`${chasqui.address}/healthz`)).json()).toEqual({ ok: true });
  const ready = await fetch(`${chasqui.address}/readyz`);
  expect(ready.status).toBe(200);
  const parts = ['redis', 'test', 'worker'].map((name) => ({ name, ready: true }));
  expect(await ready.json()).toEqual({ ready: true, parts });
});

test('metrics tell of messages, turns, the queue and tokens', async () => {
  const { chasqui, platform } = await start();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  await chasqui.turns(1);
  const text = await (await fetch(`${chasqui.address}/metrics`, chasqui.asOperator)).text();
  for (const line of [
    'chasqui_messages_in_total{platform="test",result="accepted"} 1',
    'chasqui_turns_total{platform="test",outcome="answered",model="test:model"} 1',
    'chasqui_tokens_total{model="test:model",direction="out"} 5',
    'chasqui_queue_jobs{state="waiting"} 0',
    'chasqui_queue_oldest_seconds 0',
    'chasqui_turn_total_seconds_count{platform="test"} 1',
    'chasqui_model_first_token_seconds_count{model="test:model"} 1',
    'chasqui_receiver_connected{platform="test"} 1',
    'chasqui_receiver_state{platform="test",state="connected"} 1',
  ])
    expect(text).toContain(line);
});

test('with a password it is needed, from everywhere', async () => {
  const { chasqui } = await start({ OPS_PASSWORD: 'correct horse' });
  for (const path of ['/metrics', '/ops/queues', '/ops/queues/api/queues']) {
    expect(await get(chasqui.address, path)).toBe(401);
    expect(await get(chasqui.address, path, basic('wrong'))).toBe(401);
    expect(await get(chasqui.address, path, basic('correct horse'))).toBe(200);
  }
  expect(await get(chasqui.address, '/metrics', { authorization: 'Bearer correct horse' })).toBe(401);
  expect(await get(chasqui.address, '/metrics', { authorization: 'Basic !!!' })).toBe(401);
});

test('who guesses is locked out, also with the right guess', async () => {
  const { chasqui } = await start({ OPS_PASSWORD: 'correct-horse' });
  for (let n = 0; n < 10; n++) expect(await get(chasqui.address, '/metrics', basic(`guess ${n}`))).toBe(401);
  expect(await get(chasqui.address, '/metrics', { authorization: 'Bearer correct-horse' })).toBe(429);
});

test('another page cannot press buttons of the board, and nothing is pressed unseen', async () => {
  const { chasqui } = await start();
  const cookie = cookieOf(await raw(chasqui.address, `/ops?key=${chasqui.opsKey}`));
  const press = async (headers: Record<string, string>) =>
    (await raw(chasqui.address, '/ops/queues/api/queues/turns-0/pause', { method: 'PUT', headers })).status;
  const login = { cookie };
  const password = { authorization: `Basic ${Buffer.from(`me:${chasqui.opsKey}`).toString('base64')}` };
  for (const own of [login, password]) {
    expect(await press({ ...own, origin: 'https://evil.example' })).toBe(403);
    expect(await press({ ...own, origin: 'null' })).toBe(403);
    expect(await press({ ...own, origin: chasqui.address, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await press(own)).toBe(403);
  }
  expect(await chasqui.queue.isPaused()).toBe(false);
  expect(await press({ ...login, origin: chasqui.address })).toBe(200);
  expect(await press({ ...password, 'sec-fetch-site': 'same-origin', origin: 'https://ops.example.com' })).toBe(200);
  const audit = await fetch(`${chasqui.address}/ops/api/audit`, chasqui.asOperator);
  const { rows } = (await audit.json()) as { rows: { who: string; what: string }[] };
  const pressed = rows.filter(({ what }) => what.startsWith('Bull Board'));
  expect(pressed).toMatchObject([
    { who: 'operator', what: 'Bull Board: PUT /queues/turns-0/pause' },
    { who: 'operator at 127.0.0.1', what: 'Bull Board: PUT /queues/turns-0/pause' },
  ]);
});

test('no page of another site shows anything of the operators in a frame', async () => {
  const { chasqui } = await start({ OPS_PASSWORD: 'correct horse' });
  for (const headers of [{}, basic('correct horse')])
    for (const path of ['/ops', '/ops/', '/ops/queues', '/ops/api/now', '/ops/queues/api/queues', '/metrics']) {
      const answer = await raw(chasqui.address, path, { headers });
      expect(answer.headers['x-frame-options'], path).toBe('DENY');
      expect(answer.headers['content-security-policy'], path).toContain("frame-ancestors 'none'");
    }
});

test('the board shows the turn queue', async () => {
  const { chasqui } = await start();
  const page = await (await fetch(`${chasqui.address}/ops/queues`, chasqui.asOperator)).text();
  expect(page).toContain('Chasqui');
  expect(await (await fetch(`${chasqui.address}/ops/queues/api/queues`, chasqui.asOperator)).text()).toContain(
    'turns-0',
  );
});
