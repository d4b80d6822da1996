/** The web chat behind a proxy that ends TLS and was told nothing of `X-Forwarded-*`: nginx's and others' defaults. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { cookieOf, raw } from '../ops/raw.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

async function start(web = {}) {
  chasqui = await startTestChasqui({
    models: [],
    roles: ['web'],
    sections: { web: { enabled: true, ...web } as never },
  });
  const { address, lines } = chasqui;
  const { host } = new URL(address);
  const call = (path: string, body: object, headers: Record<string, string>) =>
    raw(address, path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { call, lines, host };
}

const OWN_PAGE = { origin: 'https://chat.example.com', 'sec-fetch-site': 'same-origin' };

test.each<[string, object, (host: string) => Record<string, string>]>([
  ['the name is passed on', {}, () => ({ host: 'chat.example.com' })],
  ['the name is replaced', {}, (host) => ({ host })],
  ['only the protocol is told', { trust_proxy: true }, (host) => ({ host, 'x-forwarded-proto': 'https' })],
  ['the protocol is told to one that does not listen', {}, (host) => ({ host, 'x-forwarded-proto': 'https' })],
])('the page can open a session and write: %s', async (_, web, headersFor) => {
  const { call, host } = await start(web);
  const headers = { ...headersFor(host), ...OWN_PAGE };
  const opened = await call('/api/session', {}, headers);
  expect(opened.status).toBe(200);
  const cookie = cookieOf(opened);
  expect((await call('/api/chat', { id: randomUUID(), text: 'hi' }, { ...headers, cookie })).status).toBe(202);
});

test('what is refused names the setting and both origins, to the person and, once, in the log', async () => {
  const { call, lines, host } = await start();
  // A browser too old to say where its call comes from.
  const headers = { host, origin: 'https://chat.example.com' };
  for (let n = 0; n < 3; n++) {
    const { status, body } = await call('/api/session', {}, headers);
    expect(status).toBe(403);
    for (const part of ['web.trust_proxy', 'https://chat.example.com', `http://${host}`]) expect(body).toContain(part);
  }
  const told = lines.filter(({ msg }) => String(msg).includes('web.trust_proxy'));
  expect(told).toMatchObject([{ level: 40, msg: expect.stringContaining('https://chat.example.com') }]);
});
