/** DNS rebinding: a page of another name that points at this machine is one origin with us; its Host gives it away. */
import { afterEach, expect, test } from 'vitest';
import { createHostCheck } from '../../src/http/host-check.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { raw } from '../ops/raw.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { captureLog } from '../support/config.ts';

const CHECKED = ['/api/conversations', '/ops', '/ops/', '/ops/api/now', '/ops/queues', '/metrics'];
let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.map((end) => end()));
  ends = [];
});

async function start(web = {}): Promise<TestChasqui & { port: string }> {
  const chasqui = await startTestChasqui({
    models: [],
    roles: ['web', 'ops'],
    sections: { web: { enabled: true, ...web } as never },
  });
  ends.push(chasqui.stop);
  return { ...chasqui, port: new URL(chasqui.address).port };
}

/** Refused for its host; anything else was looked at. */
async function isRefused(address: string, path: string, headers: Record<string, string>, method = 'GET') {
  const { status, body } = await raw(address, path, { method, headers });
  return status === 403 && body.includes('unknown_host');
}

test('what comes under a name that nobody gave this server is refused, and the log says once what to set', async () => {
  const { address, port, asOperator, lines } = await start();
  const evil = { host: 'evil.example', ...asOperator.headers };
  for (const path of CHECKED) expect(await isRefused(address, path, evil), path).toBe(true);
  const others = [
    `evil.example:${port}`,
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    'a@localhost',
  ];
  for (const host of others) {
    expect(await isRefused(address, '/ops/api/now', { ...evil, host }), host).toBe(true);
    expect(await isRefused(address, '/ops/api/now', { ...evil, host, origin: `http://${host}` }), host).toBe(true);
  }
  const { status, body } = await raw(address, '/api/session', { method: 'POST', headers: { host: 'evil.example' } });
  const { error } = JSON.parse(body) as { error: { code: string; message: string } };
  expect([status, error.code]).toEqual([403, 'unknown_host']);
  for (const part of ['evil.example', 'web.allowed_hosts', 'web.trust_proxy']) expect(error.message).toContain(part);
  const warned = lines.filter(({ msg }) => String(msg).includes('web.allowed_hosts'));
  expect(warned).toMatchObject([{ msg: expect.stringContaining('web.trust_proxy') }]);
  for (const free of ['/healthz', '/readyz', '/'])
    expect((await raw(address, free, { headers: { host: 'evil.example' } })).status, free).not.toBe(403);
});

test('names of this machine, addresses and configured names are let in', async () => {
  const { address, port } = await start({
    allowed_hosts: ['chat.example.com'],
    allowed_origins: ['https://site.example'],
  });
  const known = [
    'localhost',
    'LocalHost',
    'localhost.',
    'chasqui.localhost',
    '127.0.0.1',
    '192.168.1.9',
    '[::1]',
    'Chat.Example.com',
    'chat.example.com.',
  ];
  for (const name of known)
    for (const host of [name, `${name}:${port}`])
      for (const path of ['/api/conversations', '/ops/api/now'])
        expect(await isRefused(address, path, { host }), `${host} ${path}`).toBe(false);
  const embedded = { host: 'other.example', origin: 'https://site.example' };
  expect(await isRefused(address, '/api/session', embedded, 'OPTIONS')).toBe(false);
  expect(await isRefused(address, '/api/session', { ...embedded, origin: 'https://evil.example' }, 'OPTIONS')).toBe(
    true,
  );
});

test('a page behind a proxy that ends TLS and says nothing goes on working', async () => {
  const { address, port } = await start();
  const host = 'chat.example.com';
  const letIn: Record<string, string>[] = [
    { origin: 'https://chat.example.com' },
    { origin: 'https://chat.example.com', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ];
  const refused: Record<string, string>[] = [
    { origin: 'http://chat.example.com' },
    { origin: 'https://chat.example.com.evil.example' },
    { origin: 'http://chat.example.com', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { host: `chat.example.com:${port}`, 'sec-fetch-site': 'same-origin' },
    { host: `chat.example.com:${port}`, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
  ];
  for (const headers of letIn)
    for (const path of ['/api/conversations', '/ops/api/now'])
      expect(await isRefused(address, path, { host, ...headers }), JSON.stringify(headers)).toBe(false);
  for (const headers of refused)
    expect(await isRefused(address, '/ops/api/now', { host, ...headers }), JSON.stringify(headers)).toBe(true);
});

test('a trusted proxy and a server for the network are called by any name', async () => {
  const { address } = await start({ trust_proxy: true });
  expect(await isRefused(address, '/api/conversations', { host: 'any.example' })).toBe(false);
});

test.each([
  ['127.0.0.1', 403],
  ['127.8.9.1', 403],
  ['localhost', 403],
  ['::1', 403],
  ['::ffff:127.0.0.1', 403],
  ['0.0.0.0', 200],
  ['::', 200],
  ['192.0.2.7', 200],
])('HOST=%s: a foreign name is answered with %d', async (host, status) => {
  const { log } = captureLog();
  const web = { allowed_hosts: [], allowed_origins: [], trust_proxy: false };
  const http = createHttpServer(log, [createHostCheck(host, web, log)]);
  http.get('/api/words', async () => 'words');
  http.post('/webhooks/words', async () => 'words');
  expect((await http.inject({ url: '/api/words', headers: { host: 'evil.example' } })).statusCode).toBe(status);
  const hook = { method: 'POST', url: '/webhooks/words', headers: { host: 'evil.example' } } as const;
  expect((await http.inject(hook)).statusCode).toBe(200);
});
