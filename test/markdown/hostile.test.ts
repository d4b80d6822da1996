/** Texts that cost a parser more than linear time are told before it sees them. */
import { describe, expect, it } from 'vitest';
import { renderDiscord, streamDiscord } from '../../adapters/discord/render/render.ts';
import { renderSlack } from '../../adapters/slack/render/render.ts';
import { renderFew as fewTelegram, render as renderTelegram } from '../../adapters/telegram/render/render.ts';
import { renderWhatsApp, streamWhatsApp } from '../../adapters/whatsapp/render/render.ts';
import { presentable } from '../../src/markdown/chat-blocks.ts';
import { isHostile, isTooMuchToDraw } from '../../src/markdown/hostile.ts';
import { containerOf } from '../../src/markdown/lines.ts';
import { isBlankLabel, namesOtherHost } from '../../src/markdown/link-label.ts';
import { parseParts } from '../../src/markdown/parse-parts.ts';

describe('hostile texts', () => {
  it.each(['- > ', '= ', '>', '~~', '=\n', 'a\n===\n', '> a\n\n', '- a\n\n', '|a|\n', '&amp;', '\\', '@a ', '1. '])(
    '%j without end is not parsed as one',
    (pattern) => {
      expect(isHostile(pattern.repeat(40_000 / pattern.length))).toBe(true);
    },
  );

  it.each([
    '>'.repeat(3_000),
    '- > '.repeat(3_000),
    `|${'a|'.repeat(1_300)}\n|${'-|'.repeat(1_300)}\n${'|1\n'.repeat(1_300)}`,
    `${'a.'.repeat(40_000)}@`,
    `write to\n${'a'.repeat(80_000)}\nor to me@a.example`,
    '> a\nb\n'.repeat(20_000),
  ])('are not drawn by the page (case %#)', (text) => {
    expect(isTooMuchToDraw(text)).toBe(true);
  });

  it('takes usual answers for what they are', () => {
    const list = '- **bold** and [a link](https://a.example)\n'.repeat(90);
    const table = `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(300)}`;
    const encoded = `Decoded by \`atob\`, says ada@a.example:\n\n\`\`\`\n${'QUJD'.repeat(2_000)}\n\`\`\``;
    const quoted = '> A line of a long quote.\n'.repeat(1_000);
    for (const text of [list, table, encoded, quoted, 'Prose goes on. '.repeat(800)])
      expect(isTooMuchToDraw(text)).toBe(false);
    expect(isHostile(table)).toBe(false);
  });

  it('bounds runs of spaces and what a line opens', () => {
    expect(presentable(`a${' '.repeat(40_000)}b`).length).toBeLessThan(200);
    expect(containerOf('- > '.repeat(10_000)).length).toBeLessThan(200);
  });

  it('keeps reference links whose definition stands in another part', () => {
    const text = `See [the docs][1].\n\n${'- item\n'.repeat(600)}\n[1]: https://a.example/docs`;
    expect(JSON.stringify(parseParts(text))).toContain('linkReference');
  });
});

describe('a short answer', () => {
  const wide = `|${'a|'.repeat(100)}\n|${'-|'.repeat(100)}\n${'|1\n'.repeat(100)}`;
  const named = `|${'column name|'.repeat(40)}\n|${'-|'.repeat(40)}\n${`|${'1|'.repeat(40)}\n`.repeat(40)}`;
  const reference = `${'[a][1] '.repeat(200)}\n\n[1]: https://a.example/${'b'.repeat(300)}`;
  const sizes = (markdown: string) => [
    renderDiscord(markdown).reduce((sum, { content }) => sum + content.length, 0),
    renderWhatsApp(markdown).join('').length,
    renderTelegram(markdown)
      .join('')
      .replace(/<[^>]*>/g, '').length,
    renderSlack(markdown).reduce((sum, piece) => sum + piece.markdown.length, 0),
  ];

  it.each([
    ['a wide table of short rows', wide],
    ['a table of long names', named],
    ['a reference used often', reference],
  ])('does not grow by more than a small factor: %s', (_name, markdown) => {
    for (const size of sizes(markdown)) expect(size).toBeLessThan(4 * markdown.length + 1_000);
  });

  it('comes in at most so many messages, and says so', () => {
    const long = 'A sentence of the answer. '.repeat(6_000);
    expect(renderWhatsApp(long, 8)).toHaveLength(8);
    expect(renderWhatsApp(long, 8).at(-1)).toContain('left out');
    expect(renderSlack(long, 8)).toHaveLength(8);
    expect(renderSlack(long, 8).at(-1)?.markdown).toContain('left out');
    expect(fewTelegram(long, 8)).toHaveLength(8);
    expect(() => [streamDiscord('~~'.repeat(25_000)), streamWhatsApp('~~'.repeat(25_000))]).not.toThrow();
  });
});

describe('a link', () => {
  it.each([
    ['paypal.com', 'https://evil.example/', true],
    ['https://paypal.com/login', 'https://evil.example/', true],
    ['pay\u200bpal.com', 'https://evil.example/', true],
    ['paypal．com', 'https://evil.example/', true],
    ['paypal.com', 'https://paypal.com@evil.example/', true],
    ['ada@bank.com', 'mailto:eve@bank.com', true],
    ['www.a.example', 'https://a.example/x', false],
    ['a.example', 'https://docs.a.example/', false],
    ['Node.js', 'https://nodejs.org/', false],
    ['the docs', 'https://a.example/', false],
  ])('%j to %s names another host: %s', (label, address, other) => {
    expect(namesOtherHost(label, address)).toBe(other);
  });

  it('with a blank or foreign label shows its address', () => {
    for (const label of ['', ' ', '\u200b', '\u2800', '\u3164']) expect(isBlankLabel(label)).toBe(true);
    const markdown = '[paypal.com](https://evil.example/x) and [\u200b](https://evil.example/y)';
    for (const shown of [
      renderDiscord(markdown)[0]?.content ?? '',
      renderWhatsApp(markdown)[0] ?? '',
      (renderTelegram(markdown)[0] ?? '').replace(/<[^>]*>/g, ''),
      (renderSlack(markdown)[0]?.markdown ?? '').replace(/\]\([^)]*\)/g, ''),
    ]) {
      expect(shown).toContain('https://evil.example/x');
      expect(shown).toContain('https://evil.example/y');
    }
  });
});
