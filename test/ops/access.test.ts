/** Who may see and do what: nobody, a viewer, an operator, another page, a proxy. */
import { afterEach, expect, test } from 'vitest';
import type { TestChasqui } from '../support/chasqui.ts';
import { ACTS, OPERATOR, SHOWS, startOperators, VIEWER } from './operators.ts';
import { cookieOf, raw } from './raw.ts';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

async function start(change: Parameters<typeof startOperators>[0] = {}) {
  const started = await startOperators(change);
  chasqui = started.chasqui;
  return started;
}

const PASSWORDS = { OPS_PASSWORD: OPERATOR, OPS_VIEWER_PASSWORD: VIEWER };

test('without a login nothing is shown and nothing is done', async () => {
  const browser = (await start({ env: PASSWORDS })).createBrowser();
  for (const path of [...SHOWS, 'live', 'turns/1-1'])
    expect(await browser.get(path), path).toMatchObject({ status: 401, body: { error: { code: 'login' } } });
  for (const [path, body] of ACTS) expect(await browser.post(path, body), path).toMatchObject({ status: 401 });
});

test('a viewer sees everything and may do nothing', async () => {
  const browser = (await start({ env: PASSWORDS })).createBrowser();
  expect(await browser.logIn(VIEWER)).toMatchObject({ status: 200, body: { role: 'viewer', canLogOut: true } });
  for (const path of SHOWS) expect(await browser.get(path), path).toMatchObject({ status: 200 });
  for (const [path, body] of ACTS)
    expect(await browser.post(path, body), path).toMatchObject({ status: 403, body: { error: { code: 'viewer' } } });
});

test('an operator sees and does', async () => {
  const browser = (await start({ env: PASSWORDS })).createBrowser();
  const login = await browser.logIn(OPERATOR);
  expect(login).toMatchObject({ status: 200, body: { role: 'operator' } });
  expect(login.set).toMatch(/; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  for (const path of SHOWS) expect(await browser.get(path), path).toMatchObject({ status: 200 });
  // What is not there is said so; what was said is off by default.
  const odd: Record<string, number> = { 'processes/forget': 404, 'turns/1-1/content': 403 };
  for (const [path, body] of ACTS) {
    const { status } = await browser.post(path, body);
    expect([200, 204, odd[path]], `${path}: ${status}`).toContain(status);
  }
  expect((await browser.post('logout')).status).toBe(204);
  expect((await browser.get('now')).status).toBe(401);
});

test('another page may do nothing with the login of the one who looks at it', async () => {
  const { createBrowser } = await start({ env: PASSWORDS });
  const browser = createBrowser();
  await browser.logIn(OPERATOR);
  for (const [path, body] of ACTS) {
    expect((await browser.post(path, body, { origin: 'https://evil.example' })).status, path).toBe(403);
    expect((await browser.post(path, body, { origin: 'null' })).status, path).toBe(403);
    expect(await browser.post(path, body, { 'x-csrf-token': '' }), path).toMatchObject({
      status: 403,
      body: { error: { code: 'csrf' } },
    });
  }
  for (const origin of ['https://evil.example', 'null'])
    expect(await createBrowser(origin).logIn(OPERATOR)).toMatchObject({
      status: 403,
      body: { error: { code: 'foreign' } },
    });
});

test('the token of one login is none for another', async () => {
  const { createBrowser } = await start({ env: PASSWORDS });
  const one = createBrowser();
  const other = createBrowser();
  const { body } = await one.logIn(OPERATOR);
  await other.logIn(OPERATOR);
  expect((await other.post('queue/hasten', {}, { 'x-csrf-token': body.csrf })).status).toBe(403);
});

test('who guesses is locked out, also with the right guess', async () => {
  const { createBrowser } = await start({ env: PASSWORDS });
  for (let n = 0; n < 10; n++) expect((await createBrowser().logIn(`guess number ${n}`)).status).toBe(401);
  const locked = await createBrowser().logIn(OPERATOR);
  expect(locked).toMatchObject({ status: 429, body: { error: { message: expect.stringContaining('Wait a minute') } } });
  expect(locked.headers.get('retry-after')).toBe('60');
});

test('a password may also come with each call, for tools', async () => {
  const { createBrowser } = await start({ env: PASSWORDS });
  const tool = createBrowser();
  const bearer = (password: string) => ({ authorization: `Bearer ${encodeURIComponent(password)}` });
  expect((await tool.call('GET', 'now', undefined, bearer('wrong'))).status).toBe(401);
  const basic = { authorization: `Basic ${Buffer.from(`me:${VIEWER}`).toString('base64')}` };
  expect((await tool.call('GET', 'now', undefined, basic)).status).toBe(200);
  // A browser sends Basic by itself, so it proves nothing about the page that calls.
  const asOperator = { authorization: `Basic ${Buffer.from(`me:${OPERATOR}`).toString('base64')}` };
  expect((await tool.post('queue/hasten', {}, asOperator)).status).toBe(403);
});

test('a changed password ends the logins of the old one, and of that role alone', async () => {
  const first = await start({ env: PASSWORDS });
  const [operator, viewer] = [first.createBrowser(), first.createBrowser()];
  await operator.logIn(OPERATOR);
  await viewer.logIn(VIEWER);
  const { redisUrl, config } = first.chasqui;
  const change = { redisUrl, prefix: config.queue.prefix };
  const again = await startOperators({ ...change, env: { ...PASSWORDS, OPS_PASSWORD: 'another password' } });
  const other = await startOperators({ ...change, env: { OPS_PASSWORD: OPERATOR } });
  try {
    const asks = async ({ chasqui: { address } }: typeof again, { cookie }: typeof operator) =>
      (await raw(address, '/ops/api/session', { headers: { cookie: cookie() } })).status;
    expect([await asks(again, operator), await asks(again, viewer)]).toEqual([401, 200]);
    expect([await asks(other, operator), await asks(other, viewer)]).toEqual([200, 401]);
  } finally {
    await again.chasqui.stop();
    await other.chasqui.stop();
  }
});

test('a second login cookie is one that somebody planted: neither counts', async () => {
  const { chasqui: running, createBrowser } = await start({ env: PASSWORDS });
  const browser = createBrowser();
  await browser.logIn(OPERATOR);
  const ask = (cookie: string) => raw(running.address, '/ops/api/session', { headers: { cookie } });
  expect((await ask(`theme=dark; ${browser.cookie()}`)).status).toBe(200);
  for (const planted of [`chasqui_ops=${'x'.repeat(43)}`, 'chasqui_ops=', browser.cookie()])
    for (const both of [`${browser.cookie()}; ${planted}`, `${planted}; ${browser.cookie()}`]) {
      const answer = await ask(both);
      expect([answer.status, answer.body], both).toEqual([401, expect.stringContaining('Two logins')]);
    }
});

test('over https the login is one that only this host can have set', async () => {
  const { chasqui: running } = await start({
    env: PASSWORDS,
    sections: { web: { enabled: false, trust_proxy: true } },
  });
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'ops.example.com' };
  const json = { 'content-type': 'application/json', origin: 'https://ops.example.com' };
  const body = JSON.stringify({ password: OPERATOR });
  const login = await raw(running.address, '/ops/api/login', { method: 'POST', headers: { ...https, ...json }, body });
  expect(login.headers['set-cookie']?.[0]).toMatch(/^__Host-chasqui_ops=[\w-]+; Path=\/; .*; SameSite=Strict; Secure$/);
  const token = cookieOf(login).split('=')[1];
  const ask = async (cookie: string) =>
    (await raw(running.address, '/ops/api/session', { headers: { ...https, cookie } })).status;
  expect(await ask(cookieOf(login))).toBe(200);
  expect(await ask(`chasqui_ops=${token}`)).toBe(401);
});

test('behind a trusted proxy a guesser locks out his own network, and nobody else', async () => {
  const { chasqui: running } = await start({
    env: PASSWORDS,
    sections: { web: { enabled: false, trust_proxy: true } },
  });
  const tries = async (from: string, password: string) => {
    const authorization = `Bearer ${encodeURIComponent(password)}`;
    // What stands before the last entry is the caller's own invention.
    const headers = { authorization, 'x-forwarded-for': `203.0.113.9, ${from}` };
    return (await raw(running.address, '/ops/api/now', { headers })).status;
  };
  for (let n = 0; n < 10; n++) expect(await tries(`2001:db8:1:2::${n + 1}`, `guess-${n}`)).toBe(401);
  expect(await tries('2001:db8:1:2:ffff::9', 'once-more')).toBe(429);
  for (const elsewhere of ['2001:db8:1:3::1', '198.51.100.7', '203.0.113.9'])
    expect(await tries(elsewhere, 'a-slip')).toBe(401);
});

test('a proxy says who logged in, only from its own address', async () => {
  const sections = { ops: { proxy_user_header: 'X-Auth-User', proxy_operators: ['ana@example.com'] } };
  const { createBrowser } = await start({ sections });
  const as = (who: string) => ({ 'x-auth-user': who });
  const browser = createBrowser();
  expect((await browser.get('now')).status).toBe(401);
  const session = await browser.call('GET', 'session', undefined, as('ana@example.com'));
  expect(session.body).toMatchObject({ who: 'ana@example.com', role: 'operator' });
  expect((await browser.call('GET', 'session', undefined, as('ben@example.com'))).body).toMatchObject({
    role: 'viewer',
  });
  const act = { ...as('ana@example.com'), 'x-csrf-token': session.body.csrf };
  expect((await browser.post('queue/hasten', {}, act)).status).toBe(200);
  expect((await browser.post('queue/hasten', {}, { ...act, ...as('ben@example.com') })).status).toBe(403);
});

test('the header of a proxy is believed from nowhere else', async () => {
  const sections = {
    ops: { proxy_user_header: 'x-auth-user', proxy_addresses: ['10.0.0.7'], proxy_operators: ['ana'] },
  };
  const browser = (await start({ sections })).createBrowser();
  expect((await browser.call('GET', 'session', undefined, { 'x-auth-user': 'ana' })).status).toBe(401);
});

test('the metrics have a token of their own, which opens nothing else', async () => {
  const { chasqui: running } = await start({ env: { ...PASSWORDS, METRICS_TOKEN: 'prometheus-only' } });
  const get = async (path: string, token: string) =>
    (await fetch(`${running.address}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await get('/metrics', 'prometheus-only')).toBe(200);
  expect(await get('/metrics', 'something-else')).toBe(401);
  expect(await get('/ops/api/now', 'prometheus-only')).toBe(401);
});

test('who guesses the token of the metrics is locked out as well', async () => {
  const { chasqui: running } = await start({ env: { METRICS_TOKEN: 'prometheus-only' } });
  const get = async (token: string) =>
    (await fetch(`${running.address}/metrics`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await get('prometheus-only')).toBe(200);
  for (let n = 0; n < 10; n++) await get(`guess-${n}`);
  expect(await get('prometheus-only')).toBe(429);
});

test('the board is for operators, since its jobs name conversations', async () => {
  const { chasqui: running } = await start({ env: PASSWORDS });
  const get = async (password: string) => {
    const authorization = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
    return (await fetch(`${running.address}/ops/queues/api/queues`, { headers: { authorization } })).status;
  };
  expect(await get(OPERATOR)).toBe(200);
  expect(await get(VIEWER)).toBe(403);
});
