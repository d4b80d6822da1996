/** What operators see, and who else does not. */
import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

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

/** With headers that `fetch` does not let a caller choose. */
function get(address: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    request({ hostname, port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}` });

test('health and readiness are open, and say which part is not ready', async () => {
  const { chasqui } = await start({ OPS_PASSWORD: 'correct horse' });
  expect(await (await fetch(`${chasqui.address}/healthz`)).json()).toEqual({ ok: true });
  const ready = await fetch(`${chasqui.address}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({
    ready: true,
    parts: [{ name: 'redis' }, { name: 'test' }, { name: 'worker', ready: true }],
  });
});

test('metrics tell of messages, turns, the queue and tokens', async () => {
  const { chasqui, platform } = await start();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  await chasqui.turns(1);
  const text = await (await fetch(`${chasqui.address}/metrics`)).text();
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

test('without a password only this very machine may look, and no proxy can pretend', async () => {
  const { chasqui } = await start();
  for (const path of ['/metrics', '/ops/queues']) {
    expect(await get(chasqui.address, path)).toBe(200);
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via', 'x-forwarded-host', 'cf-connecting-ip'])
      expect(await get(chasqui.address, path, { [header]: '127.0.0.1' })).toBe(403);
    expect(await get(chasqui.address, path, { host: 'evil.example' })).toBe(403);
  }
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

test('another page cannot press buttons of the board', async () => {
  const { chasqui } = await start();
  const path = '/ops/queues/api/queues/turns-0/pause';
  expect(await get(chasqui.address, path, { origin: 'https://evil.example' }, 'PUT')).toBe(403);
  expect(await get(chasqui.address, path, { origin: 'null' }, 'PUT')).toBe(403);
  expect(await get(chasqui.address, path, { origin: chasqui.address }, 'PUT')).toBe(200);
});

test('the board shows the turn queue', async () => {
  const { chasqui } = await start();
  const page = await (await fetch(`${chasqui.address}/ops/queues`)).text();
  expect(page).toContain('Chasqui');
  expect(await (await fetch(`${chasqui.address}/ops/queues/api/queues`)).text()).toContain('turns-0');
});
