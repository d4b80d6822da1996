import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedRedis } from '../support/redis.ts';
import { type Chat, startChat, visitor } from './harness.ts';

const COMPANY = 'https://company.example';
let chat: Chat;
let proxied: Chat;

beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix, web: { allowed_origins: [COMPANY] } });
  proxied = await startChat({ redisUrl: url, prefix: `${prefix}-proxied`, web: { trust_proxy: true } });
});
afterAll(() => Promise.all([chat.stop(), proxied.stop()]));

const comes = (how?: Parameters<Chat['browser']>[0]) => visitor(chat, how);
const message = () => ({ id: randomUUID(), text: 'hello' });
async function refusal(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect(error.message).toMatch(/\w/);
  return [response.status, error.code];
}

describe('a session', () => {
  test('is a signed cookie that scripts cannot read, kept while it is good', async () => {
    const browser = chat.browser();
    const first = await browser.call('POST', '/api/session', {});
    const cookie = first.headers.get('set-cookie') as string;
    expect(cookie).toMatch(/^chasqui_session=[\w-]{22}\.[\w-]{43}; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Lax$/);
    expect(await first.json()).toEqual({
      assistant: {
        name: 'Chasqui',
        suggestions: expect.arrayContaining([expect.any(String)]),
        model: { label: 'Test Llama', host: 'this test', licence: 'none', offline: false },
      },
      limits: { messageChars: 32_000, messagesPerMinute: 1_000 },
    });
    browser.cookie = cookie.split(';')[0];
    const again = await browser.call('POST', '/api/session', {});
    expect(again.headers.get('set-cookie')).toBe(cookie);
  });

  test('is Secure by https behind a trusted proxy, and only there', async () => {
    const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example', origin: 'https://chat.example' };
    const trusted = await proxied.browser().call('POST', '/api/session', {}, https);
    expect(trusted.headers.get('set-cookie')).toMatch(/^__Host-chasqui_session=.+; Path=\/;.+; Secure$/);
    expect(trusted.headers.get('strict-transport-security')).toMatch(/^max-age=\d+/);
    const untrusting = await chat.browser().call('POST', '/api/session', {}, { 'x-forwarded-proto': 'https' });
    expect(untrusting.headers.get('set-cookie')).not.toContain('Secure');
    expect(untrusting.headers.get('strict-transport-security')).toBeNull();
  });

  test('cannot be planted by a sibling host: by https only the __Host- cookie counts, a doubled one is refused', async () => {
    const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example', origin: 'https://chat.example' };
    const open = async () => {
      const response = await proxied.browser().call('POST', '/api/session', {}, https);
      return (response.headers.get('set-cookie') as string).split(';')[0] as string;
    };
    const list = async (cookie: string) =>
      (await proxied.browser().call('GET', '/api/conversations', undefined, { ...https, cookie })).status;
    const [mine, planted] = [await open(), await open()];
    const plain = planted.replace('__Host-', '');
    expect(await list(mine)).toBe(200);
    expect(await list(plain)).toBe(401);
    expect(await list(`${plain}; ${mine}`)).toBe(200);
    expect(await list(`${planted}; ${mine}`)).toBe(400);

    const here = (await comes()).cookie as string;
    const other = (await comes()).cookie as string;
    for (const cookie of [`${here}; ${other}`, `${here}; ${here}`, `chasqui_session=x; ${here}`]) {
      const response = await chat.browser().call('GET', '/api/conversations', undefined, { cookie });
      expect([cookie, ...(await refusal(response))]).toEqual([cookie, 400, 'doubled_cookie']);
      expect((await chat.browser().call('POST', '/api/session', {}, { cookie })).headers.get('set-cookie')).toBeNull();
    }
  });

  test('that was tampered with is none', async () => {
    const browser = await comes();
    const other = (await comes()).cookie as string;
    const [id, signature] = (browser.cookie as string).split('.') as [string, string];
    const forged = [
      `${other.split('.')[0]}.${signature}`,
      `${id}.${signature.slice(0, -1)}`,
      `${id}.`,
      'chasqui_session=',
      'chasqui_session=%00',
      `${id}.${'A'.repeat(43)}`,
    ];
    for (const value of forged) {
      const response = await browser.call('GET', '/api/conversations', undefined, { cookie: value });
      expect([value, ...(await refusal(response))]).toEqual([value, 401, 'no_session']);
    }
    browser.cookie = forged[0];
    const fresh = await browser.call('POST', '/api/session', {});
    expect(fresh.headers.get('set-cookie')).not.toContain(id.split('=')[1]);
  });

  test('of a cookie never becomes a token', async () => {
    const browser = await comes();
    const response = await browser.call('POST', '/api/session', { bearer: true });
    const { token } = (await response.json()) as { token: string };
    expect(token).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
    expect(browser.cookie).not.toContain(token);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  test('without one, nothing answers', async () => {
    const stranger = chat.browser();
    const path = `/api/conversations/${'a'.repeat(22)}`;
    for (const [method, where] of [
      ['GET', '/api/conversations'],
      ['GET', path],
      ['GET', `${path}/events`],
      ['DELETE', path],
      ['POST', `${path}/stop`],
      ['POST', '/api/chat'],
      ['POST', '/api/command'],
    ] as const) {
      const body = where === '/api/chat' ? message() : where === '/api/command' ? { name: 'help' } : undefined;
      expect([method, where, ...(await refusal(await stranger.call(method, where, body)))]).toEqual([
        method,
        where,
        401,
        'no_session',
      ]);
    }
  });

  test('sees no conversation of another', async () => {
    const mine = await comes();
    const { conversation } = await mine.say('private');
    const path = `/api/conversations/${conversation.slice(4)}`;
    const other = await comes();
    const calls: [string, string, object?][] = [
      ['GET', path],
      ['GET', `${path}/events`],
      ['DELETE', path],
      ['POST', `${path}/stop`],
      ['POST', `${path}/retry`, { id: randomUUID() }],
      ['POST', `${path}/feedback`, { message: 'x', value: 'good' }],
      ['POST', '/api/chat', { ...message(), conversation }],
      ['POST', '/api/command', { conversation, name: 'reset' }],
    ];
    for (const [method, where, body] of calls) {
      const response = await other.call(method, where, body);
      expect([method, where, ...(await refusal(response))]).toEqual([method, where, 404, 'not_found']);
    }
    expect((await mine.json('GET', path)).messages).toMatchObject([{ text: 'private' }]);
    expect((await other.json('GET', '/api/conversations')).conversations).toEqual([]);
  });
});

describe('a page of another site', () => {
  test('cannot use the cookie: foreign, absent and opaque origins are refused', async () => {
    const browser = await comes();
    for (const origin of [
      'https://evil.example',
      'null',
      `${chat.url}.evil.example`,
      chat.url.replace('http', 'https'),
    ]) {
      const response = await browser.call('POST', '/api/chat', message(), { origin });
      expect([origin, ...(await refusal(response))]).toEqual([origin, 403, 'foreign_origin']);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(await refusal(await browser.call('POST', '/api/chat', message(), { origin: undefined }))).toEqual([
      403,
      'foreign_origin',
    ]);
    // Allowed to bring a token, but not to use the visitor's cookie.
    expect(await refusal(await browser.call('POST', '/api/chat', message(), { origin: COMPANY }))).toEqual([
      403,
      'foreign_origin',
    ]);
    expect((await browser.call('POST', '/api/chat', message())).status).toBe(202);
  });

  test('is told apart from our own behind a proxy that says nothing, by what the browser says', async () => {
    const behind = { origin: 'https://chat.example.com', 'sec-fetch-site': 'same-origin' };
    for (const server of [chat, proxied]) {
      const browser = server.browser();
      const opened = await browser.call('POST', '/api/session', {}, behind);
      expect(opened.status).toBe(200);
      const cookie = opened.headers.get('set-cookie')?.split(';')[0] as string;
      expect(cookie).toMatch(/^__Host-/);
      expect((await browser.call('POST', '/api/chat', message(), { ...behind, cookie })).status).toBe(202);
      expect((await browser.call('GET', '/api/conversations', undefined, { cookie, origin: undefined })).status).toBe(
        200,
      );
      for (const site of ['same-site', 'cross-site', 'none', undefined]) {
        const refused = await browser.call('POST', '/api/chat', message(), {
          ...{ ...behind, cookie },
          'sec-fetch-site': site,
        });
        expect([site, refused.status]).toEqual([site, 403]);
        const { message: text } = ((await refused.json()) as { error: { message: string } }).error;
        for (const part of ['web.trust_proxy', 'https://chat.example.com', server.url]) expect(text).toContain(part);
      }
    }
  });

  test('cannot send what a form can send', async () => {
    const browser = await comes();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      undefined,
    ]) {
      const response = await browser.call('POST', '/api/chat', JSON.stringify(message()), { 'content-type': type });
      expect([type, ...(await refusal(response))]).toEqual([type, 415, 'json_only']);
    }
    const path = `/api/conversations/${'a'.repeat(22)}`;
    expect((await browser.call('DELETE', path, undefined, { 'content-type': undefined })).status).toBe(415);
  });

  test('may use a token if its origin is allowed, by preflight too', async () => {
    const company = await comes({ bearer: true, origin: COMPANY });
    expect(company.cookie).toBeUndefined();
    const ask = { origin: COMPANY, 'access-control-request-method': 'POST' };
    const preflight = await company.call('OPTIONS', '/api/chat', undefined, { ...ask, authorization: undefined });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(COMPANY);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    const response = await company.call('POST', '/api/chat', message());
    expect(response.status).toBe(202);
    expect(response.headers.get('access-control-allow-origin')).toBe(COMPANY);
    const { conversation } = (await response.json()) as { conversation: string };
    const stream = await company.events(conversation);
    expect(stream.headers.get('access-control-allow-origin')).toBe(COMPANY);
    expect((await stream.until('user')).data.text).toBe('hello');
  });

  test('may not if it is not, whatever it brings', async () => {
    const token = (await comes({ bearer: true })).token;
    const evil = chat.browser({ origin: 'https://evil.example' });
    const bearer = { authorization: `Bearer ${token}` };
    expect((await evil.call('OPTIONS', '/api/chat', undefined, bearer)).status).toBe(403);
    expect(await refusal(await evil.call('POST', '/api/chat', message(), bearer))).toEqual([403, 'foreign_origin']);
    expect(await refusal(await evil.call('GET', '/api/conversations', undefined, bearer))).toEqual([
      403,
      'foreign_origin',
    ]);
    expect(await refusal(await evil.call('POST', '/api/session', { bearer: true }))).toEqual([403, 'foreign_origin']);
  });

  test("a company's own server needs no origin with its token", async () => {
    const server = await comes({ bearer: true, origin: null });
    expect((await server.call('POST', '/api/chat', message())).status).toBe(202);
  });
});
