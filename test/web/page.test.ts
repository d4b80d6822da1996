import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedRedis } from '../support/redis.ts';
import { type Chat, startChat } from './harness.ts';

let dir: string;
let chat: Chat;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chasqui-page-'));
  const { url, prefix } = sharedRedis();
  const web = { allowed_origins: ['https://company.example'] };
  chat = await startChat({ redisUrl: url, prefix, pageDir: join(dir, 'dist'), web });
});
afterAll(async () => {
  await chat.stop();
  await rm(dir, { recursive: true });
});

async function build(html: string): Promise<void> {
  await mkdir(join(dir, 'dist', 'assets'), { recursive: true });
  await writeFile(join(dir, 'dist', 'assets', 'index-abc.js'), `console.log(${JSON.stringify('x'.repeat(5_000))})`);
  await writeFile(join(dir, 'dist', 'embed.js'), '(()=>{})()');
  await writeFile(join(dir, 'dist', 'index.html'), html);
}

test('a page that is not built says so, and is found once it is', async () => {
  const response = await fetch(chat.url);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('npm run build');
  expect(await chat.adapter.check()).toContainEqual({
    name: 'web page',
    ok: false,
    detail: expect.stringContaining('build'),
  });

  await build('<!doctype html><title>One</title>');
  expect(await (await fetch(chat.url)).text()).toContain('One');
  expect(await chat.adapter.check()).toContainEqual({ name: 'web page', ok: true, detail: 'built' });
});

test('the page forbids everything that it does not need', async () => {
  const { headers } = await fetch(chat.url);
  const policy = headers.get('content-security-policy') as string;
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('permissions-policy')).toContain('camera=()');
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('strict-transport-security')).toBeNull();
});

test('only /embed may be framed, by the allowed origins', async () => {
  const { headers } = await fetch(`${chat.url}/embed`);
  expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'self' https:\/\/company\.example$/);
  expect(headers.get('x-frame-options')).toBeNull();
  const script = await fetch(`${chat.url}/embed.js`);
  expect(script.headers.get('content-type')).toContain('javascript');
  expect(script.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
});

test('assets are kept for good and compressed; the page is asked for again', async () => {
  const asset = await fetch(`${chat.url}/assets/index-abc.js`, { headers: { 'accept-encoding': 'gzip' } });
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(asset.headers.get('content-encoding')).toBe('gzip');
  expect(await asset.text()).toContain('x'.repeat(5_000));
  const plain = await fetch(`${chat.url}/assets/index-abc.js`, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(Number(plain.headers.get('content-length'))).toBeGreaterThan(5_000);

  const page = await fetch(chat.url);
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const etag = page.headers.get('etag') as string;
  const again = await fetch(chat.url, { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);
  expect((await fetch(`${chat.url}/assets/other.js`)).status).toBe(404);
  expect((await fetch(`${chat.url}/assets/%2e%2e/index.html`)).status).toBe(404);
});

test('below a path whose last slash a proxy may have taken, the page is told its base', async () => {
  await build('<!doctype html><html><head><title>One</title></head></html>');
  const { url, prefix } = sharedRedis();
  const web = { trust_proxy: true };
  const proxied = await startChat({ redisUrl: url, prefix, pageDir: join(dir, 'dist'), web });
  const get = async (where: string, path: string) => {
    const response = await fetch(where, { headers: { 'x-forwarded-prefix': path } });
    return { policy: response.headers.get('content-security-policy'), html: await response.text() };
  };
  for (const page of ['/', '/embed']) {
    for (const path of ['/chat', '/chat/', '/tools/chat']) {
      const { policy, html } = await get(proxied.url + page, path);
      expect(html).toContain(`<head><base href="${path.replace(/\/$/, '')}/"><title>`);
      expect(policy).toContain("base-uri 'self'");
    }
    for (const path of ['//evil.example', '/a"><script>', 'https://evil.example', '/a/../b c', '']) {
      const { policy, html } = await get(proxied.url + page, path);
      expect(html).not.toContain('<base');
      expect(policy).toContain("base-uri 'none'");
    }
    // Whoever is no trusted proxy cannot name a base.
    expect((await get(chat.url + page, '/chat')).html).not.toContain('<base');
  }
  await proxied.stop();
});

test('a new build is served at once', async () => {
  await fetch(chat.url);
  await build('<!doctype html><title>Two</title>');
  expect(await (await fetch(chat.url)).text()).toContain('Two');
});
