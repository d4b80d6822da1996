import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/redis.ts';
import { say, soon, useSite } from './site.ts';

const port = await freePort();
const company = `http://localhost:${port}`;
const neighbour = `http://127.0.0.1:${port}`;
const site = useSite({ web: { allowed_origins: [company, neighbour] } });

let server: Server;
let stranger: Server;
let strangerPort: number;
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html',
      // As strict as a company's page may be.
      'content-security-policy': `default-src 'none'; script-src ${site.url}; frame-src ${site.url}`,
    });
    const script = `<script src="${site.url}/embed.js" async data-title="Ask Chasqui" data-color="#0b6b4f" data-position="left"></script>`;
    response.end(`<!doctype html><html lang="en"><title>Company</title><body><h1>Company</h1>${script}</body></html>`);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  stranger = createServer((_request, response) => response.end('<!doctype html><body>')).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  strangerPort = (stranger.address() as AddressInfo).port;
});
afterAll(() => {
  for (const each of [server, stranger]) {
    each.closeAllConnections();
    each.close();
  }
});

test("on another company's page: a button, the chat behind it, and the way back", async () => {
  const page = await site.visit({ path: company });
  const button = page.getByRole('button', { name: 'Ask Chasqui' });
  await button.waitFor();
  expect(page.frames()).toHaveLength(1);
  await soon(() => button.getAttribute('aria-expanded')).toBe('false');
  expect(
    await button.evaluate((element) => element.ownerDocument.defaultView?.getComputedStyle(element).backgroundColor),
  ).toBe('rgb(11, 107, 79)');
  await soon(async () => (await button.boundingBox())?.x).toBeLessThan(100);

  await button.click();
  const frame = page.frameLocator('iframe[title="Ask Chasqui"]');
  await frame.getByText('What can I help with?').waitFor();
  await soon(() => button.getAttribute('aria-expanded')).toBe('true');
  site.model.says('Hello from the frame');
  const field = frame.getByRole('textbox', { name: 'Message' });
  await field.fill('Hi');
  await field.press('Enter');
  await frame.locator('.answer', { hasText: 'Hello from the frame' }).waitFor();
  // No cookie of a third party: the session is a token of the frame's own.
  expect(await page.context().cookies()).toEqual([]);

  await field.press('Escape');
  await frame.getByRole('textbox').waitFor({ state: 'hidden' });
  await soon(() => button.getAttribute('aria-expanded')).toBe('false');
  await soon(() => page.evaluate('document.activeElement.shadowRoot.activeElement.localName')).toBe('button');

  await button.press('Enter');
  await frame.locator('.answer', { hasText: 'Hello from the frame' }).waitFor();
  await frame.getByRole('button', { name: 'New conversation' }).click();
  await frame.getByText('What can I help with?').waitFor();
  await frame.getByRole('button', { name: 'Close chat' }).click();
  await frame.getByRole('textbox').waitFor({ state: 'hidden' });
});

test('only the frame itself can close the chat', async () => {
  const page = await site.visit({ path: company });
  await page.getByRole('button', { name: 'Ask Chasqui' }).click();
  const text = page.frameLocator('iframe').getByText('What can I help with?');
  await text.waitFor();
  const heard = page.evaluate(
    "new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data.type), { once: true }))",
  );
  await page.evaluate("postMessage({ type: 'chasqui:close' }, '*')");
  expect(await heard).toBe('chasqui:close');
  await soon(() => text.isVisible()).toBe(true);
});

test('the conversation is there again after a reload of the company page', async () => {
  // The same site (a port makes none of its own): its frames may store something even where other sites' may not.
  const page = await site.visit({ path: neighbour });
  const frame = page.frameLocator('iframe');
  await page.getByRole('button', { name: 'Ask Chasqui' }).click();
  site.model.says('To be remembered');
  await frame.getByRole('textbox', { name: 'Message' }).fill('Hello');
  await frame.getByRole('textbox', { name: 'Message' }).press('Enter');
  await frame.locator('.answer', { hasText: 'To be remembered' }).waitFor();
  expect(await page.context().cookies()).toEqual([]);
  await page.reload();
  await page.getByRole('button', { name: 'Ask Chasqui' }).click();
  await frame.locator('.answer', { hasText: 'To be remembered' }).waitFor();
});

test('the full page may not be framed, nor may strangers frame the small one', async () => {
  site.expectComplaint(/frame-ancestors/);
  const page = await site.visit({ path: company });
  for (const path of ['/', '/embed']) {
    const stranger = path === '/embed' ? `http://localhost:${strangerPort}` : company;
    await page.goto(stranger);
    const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: '${site.url}${path}' }))`,
    );
    await refused;
  }
});

test('in the frame, too, a conversation works as anywhere', async () => {
  const page = await site.visit({ path: '/embed' });
  site.model.says('**Fine**');
  await say(page, 'How are you?');
  await page.locator('.answer strong', { hasText: 'Fine' }).waitFor();
  await soon(() => page.getByRole('navigation').count()).toBe(0);
});
