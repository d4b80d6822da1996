/** A model's Markdown as Telegram's HTML; what Telegram would make of it is told by the double's reader. */
import { toString as textOf } from 'mdast-util-to-string';
import { expect, test } from 'vitest';
import { render, renderFew, renderGrowing } from '../../adapters/telegram/render/render.ts';
import { presentable } from '../../src/markdown/chat-blocks.ts';
import { parseParts } from '../../src/markdown/parse-parts.ts';
import { readHtml } from '../doubles/telegram/html.ts';
import { anyText } from '../markdown/generators.ts';
import fc from '../support/fuzz.ts';
import { contains, letters, sorted } from '../support/letters.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);

test.each([
  ['**bold** *italic* ~~gone~~ `a<b`', '<b>bold</b> <i>italic</i> <s>gone</s> <code>a&lt;b</code>'],
  ['# A **title**\n\ntext', '<b>A title</b>\n\ntext'],
  ['[docs](https://a.example/?q="1"&x)', '<a href="https://a.example/?q=&quot;1&quot;&amp;x">docs</a>'],
  ['[me](tg://user?id=1) and [ref][1]\n\n[1]: https://a.example', 'me and <a href="https://a.example">ref</a>'],
  ['- one\n- [x] two\n  1. three', '• one\n☑ two\n  1. three'],
  ['> said **so**\n> > and so', '<blockquote>said <b>so</b>\n&gt; and so</blockquote>'],
  ['- a\n  > quoted', '• a\n  &gt; quoted'],
  ['```ts\na < b\n\n  c\n```', '<pre><code class="language-ts">a &lt; b\n\n  c</code></pre>'],
  ['- code:\n  ```\n  a\n    b\n  ```', '• code:\n<pre><code>a\n  b</code></pre>'],
  ['> ```\n> a\n> b\n> ```', '<blockquote><pre><code>a\nb</code></pre></blockquote>'],
  ['|a|b|\n|-|-|\n|1|<2|', '<pre><code>a  b\n─  ──\n1  &lt;2</code></pre>'],
  ['Ask @ana, not `@code`', 'Ask @\u2060ana, not <code>@code</code>'],
  ['```\n```', '…'],
])('%j', (markdown, html) => {
  expect(render(markdown)).toEqual([html]);
});

test('a text that grows closes what is open, and its complete messages stay', () => {
  expect(renderGrowing('so **far')).toEqual(['so <b>far</b>']);
  expect(renderGrowing('```ts\nconst a')).toEqual(['<pre><code class="language-ts">const a</code></pre>']);
  const text = 'A sentence that is repeated.\n\n'.repeat(400);
  const [first] = render(text);
  for (const length of [6_000, 8_000, text.length]) expect(renderGrowing(text.slice(0, length))[0]).toBe(first);
});

test('a long answer in a single message is its beginning and a note', () => {
  const row = `|${'cell|'.repeat(4)}\n`;
  for (const text of ['A sentence that is repeated.\n\n'.repeat(400), `${row}|-|-|-|-|\n${row.repeat(500)}`]) {
    const [html, ...others] = renderFew(text, 1);
    const shown = readHtml(String(html)).text;
    expect(others).toEqual([]);
    expect(shown.length).toBeGreaterThan(1_000);
    expect(shown.length).toBeLessThanOrEqual(4_096);
    expect(shown).toContain('left out');
  }
});

test('a table whose head is repeated in every row still fits', () => {
  const text = `|${'head '.repeat(100)}|b|\n|-|-|\n${'|1|2|\n'.repeat(300)}`;
  for (const html of render(text)) expect(readHtml(html).text.length).toBeLessThanOrEqual(4_096);
});

test('whatever is written, Telegram takes it, nobody is called, and every letter is there', () => {
  const taken = (html: string): string => {
    const { text, mentions, links } = readHtml(html);
    expect(text.trim()).not.toBe('');
    expect(text.length).toBeLessThanOrEqual(4_096);
    expect(text.isWellFormed()).toBe(true);
    expect(mentions).toEqual([]);
    for (const link of links) expect(link).toMatch(/^(https?:|mailto:)/i);
    return text;
  };
  fc.assert(
    fc.property(anyText, fc.nat(), (markdown, cut) => {
      const shown = letters(render(markdown).map(taken).join(' '));
      const tree = parseParts(presentable(markdown));
      const said = letters(textOf(tree).replace(/<br[ \t]{0,8}\/?>/gi, ''));
      // A wide table is shown row by row, with its heads.
      const table = JSON.stringify(tree).includes('"type":"table"');
      if (table ? !contains(sorted(shown), sorted(said)) : !contains(shown, said))
        expect(shown.join('')).toBe(said.join(''));
      renderGrowing(markdown.slice(0, cut % (markdown.length + 1))).map(taken);
    }),
    { numRuns: RUNS },
  );
});
