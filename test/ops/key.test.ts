/** Without a password: a key opens what operators see, and nothing else does, wherever a request seems to come from. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readAccessKey } from '../../src/ops/access-key.ts';
import type { TestChasqui } from '../support/chasqui.ts';
import { captureLog } from '../support/config.ts';
import { startOperators } from './operators.ts';
import { cookieOf, raw } from './raw.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(change: Parameters<typeof startOperators>[0] = {}): Promise<TestChasqui> {
  const { chasqui } = await startOperators(change);
  ends.push(chasqui.stop);
  return chasqui;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'chasqui-key-'));
  ends.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** What proxies and tunnels make of a stranger's request, in their default settings. */
const DISGUISES: Record<string, Record<string, string>> = {
  'nginx proxy_pass, HAProxy, socat, ssh -R, kubectl port-forward': {},
  'a host of this machine': { host: '127.0.0.1:3000' },
  localhost: { host: 'localhost' },
  'a spoofed forward': { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
  'another host': { host: 'chat.example.com' },
};

const SEEN = ['/metrics', '/ops/api/now', '/ops/api/session', '/ops/api/live', '/ops/queues', '/ops/queues/api/queues'];

test('no request is let in for where it seems to come from', async () => {
  const { address } = await start();
  for (const [proxy, headers] of Object.entries(DISGUISES)) {
    for (const path of [...SEEN, '/ops/', '/ops/queues/', '//ops/api/now', '/ops/api/now?key=', '/ops/%61pi/now'])
      expect([401, 403, 404], `${proxy}: ${path}`).toContain((await raw(address, path, { headers })).status);
    for (const path of ['/ops/api/queue/pause', '/ops/queues/api/queues/turns-0/pause'])
      for (const method of ['POST', 'PUT'])
        expect([401, 403, 404], `${proxy}: ${path}`).toContain((await raw(address, path, { method, headers })).status);
    for (const path of ['/healthz', '/readyz'])
      expect((await raw(address, path, { headers })).status, `${proxy}: ${path}`).toBe(200);
  }
});

test('the printed link logs in, and leaves no key in the address', async () => {
  const { address, opsKey } = await start();
  for (const [path, there] of [
    ['/ops', 'ops/'],
    ['/ops/', './'],
    ['/ops/queues', './queues'],
  ] as const) {
    const link = await raw(address, `${path}?key=${opsKey}`);
    expect(link).toMatchObject({ status: 303, headers: { location: there, 'cache-control': 'no-store' } });
    expect(link.headers['set-cookie']?.[0]).toMatch(/^chasqui_ops=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(link);
    expect(cookie).not.toContain(opsKey);
    for (const seen of ['/ops/', ...SEEN.filter((one) => !one.endsWith('live'))])
      expect((await raw(address, seen, { headers: { cookie } })).status, seen).toBe(200);
  }
});

test('a wrong key opens nothing, and guesses are counted', async () => {
  const { address, opsKey = '' } = await start();
  const wrong = [`${opsKey}x`, opsKey.slice(1), '', 'undefined', 'null'];
  for (const key of wrong) {
    const { status, headers } = await raw(address, `/ops?key=${key}`);
    expect([status, headers['set-cookie']], key).toEqual([401, undefined]);
    expect((await raw(address, '/metrics', { headers: { authorization: `Bearer ${key}x` } })).status).toBe(401);
  }
  expect((await raw(address, `/ops?key=${opsKey}`)).status).toBe(429);
});

test('the key comes as bearer token and by HTTP Basic too, and never into the log', async () => {
  const chasqui = await start({ env: { LOG_LEVEL: 'trace' } });
  const { address, opsKey } = chasqui;
  const basic = `Basic ${Buffer.from(`any:${opsKey}`).toString('base64')}`;
  for (const authorization of [`Bearer ${opsKey}`, basic])
    for (const path of ['/metrics', '/ops/api/now', '/ops/queues'])
      expect((await raw(address, path, { headers: { authorization } })).status).toBe(200);
  await raw(address, `/ops/nothing?key=${opsKey}`);
  await raw(address, `/ops?key=${opsKey}`);
  expect(JSON.stringify(chasqui.lines)).not.toContain(opsKey);
});

test('where a password is set there is no key, and the link of before opens nothing', async () => {
  const { address, opsKey, redisUrl, config } = await start();
  const cookie = cookieOf(await raw(address, `/ops?key=${opsKey}`));
  const env = { OPS_PASSWORD: 'correct horse' };
  const guarded = await start({ redisUrl, prefix: config.queue.prefix, env });
  expect(guarded.opsKey).toBeUndefined();
  expect((await raw(guarded.address, `/ops/?key=${opsKey}`)).headers['set-cookie']).toBeUndefined();
  for (const headers of [{ cookie }, { authorization: `Bearer ${opsKey}` }] as Record<string, string>[])
    expect((await raw(guarded.address, '/ops/api/now', { headers })).status).toBe(401);
});

test('the metrics token opens the metrics alone', async () => {
  const { address } = await start({ env: { METRICS_TOKEN: 'prometheus-only' } });
  const headers = { authorization: 'Bearer prometheus-only' };
  expect((await raw(address, '/metrics', { headers })).status).toBe(200);
  expect((await raw(address, '/ops/api/now', { headers })).status).toBe(401);
});

test('processes that start at once share one key, which others of the machine cannot read', async () => {
  const dir = join(folder(), 'data');
  const { log, lines } = captureLog();
  const keys = await Promise.all(Array.from({ length: 20 }, () => readAccessKey(dir, log)));
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[\w-]{43}$/);
  const path = join(dir, 'ops-key');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8').trim()).toBe(keys[0]);
  chmodSync(path, 0o644);
  expect(await readAccessKey(dir, log)).toBe(keys[0]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, '');
  const anew = await readAccessKey(dir, log);
  expect(anew).not.toBe(keys[0]);
  expect(await readAccessKey(dir, log)).toBe(anew);
  expect(lines).toEqual([]);
});

test('a folder that cannot keep the key is said plainly, and the key of this start still works', async () => {
  const dir = folder();
  // Root may write anywhere; a file in the folder's place stops everybody.
  writeFileSync(join(dir, 'file'), '');
  mkdirSync(join(dir, 'taken', 'ops-key'), { recursive: true });
  for (const dataDir of [join(dir, 'file'), join(dir, 'taken')]) {
    const { log, lines } = captureLog();
    const key = await readAccessKey(dataDir, log);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.msg).toMatch(/cannot be kept in .*ops-key \(E[A-Z]+\).*DATA_DIR.*OPS_PASSWORD/);
    expect(JSON.stringify(lines)).not.toContain(key);
  }
});
