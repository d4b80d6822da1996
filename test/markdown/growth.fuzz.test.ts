/** However it is written, an answer does not become much longer on a platform, nor many messages. */
import { describe, expect, it } from 'vitest';
import { renderDiscord } from '../../adapters/discord/render/render.ts';
import { plainPieces } from '../../adapters/slack/render/plain.ts';
import { neutralize, renderSlack, streamable } from '../../adapters/slack/render/render.ts';
import { render as renderTelegram } from '../../adapters/telegram/render/render.ts';
import { renderWhatsApp } from '../../adapters/whatsapp/render/render.ts';
import fc from '../support/fuzz.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 12);
/** Growth that short texts are allowed: a table of a few rows, marks that are closed. */
const SMALL = 600;

const shown = (html: string) => html.replace(/<[^>]*>/g, '').replace(/&\w+;/g, '&');
const PLATFORMS: [name: string, limit: number, messages: (markdown: string) => string[]][] = [
  ['Discord', 2_000, (markdown) => renderDiscord(markdown).map(({ content }) => content)],
  ['Slack', 12_000, (markdown) => renderSlack(markdown).map((piece) => piece.markdown)],
  ['Slack, plain', 3_600, (markdown) => plainPieces(markdown).map(({ text }) => text)],
  ['WhatsApp', 4_096, (markdown) => renderWhatsApp(markdown)],
  ['Telegram', 3_900, (markdown) => renderTelegram(markdown).map(shown)],
];

function expectSmall(markdown: string): void {
  for (const [name, limit, messages] of PLATFORMS) {
    const out = messages(markdown);
    expect(out.join('').length, name).toBeLessThan(5 * (markdown.length + SMALL));
    expect(out.length, name).toBeLessThan(4 * (markdown.length / limit + 1));
  }
}

const piece = fc.constantFrom(
  ...[
    'a',
    'word ',
    '|a|',
    '|',
    '|a|\n',
    '\n',
    '\n\n',
    '> ',
    '>',
    `${'> '.repeat(20)}a\nlazy\n`,
    '- ',
    '1. ',
    '   ',
    '\t',
  ],
  ...['**', '*', '_', '~~', '`', '```\n', '[a][1] ', '[1]: https://a.example/page\n', '[^1]', '[^1]: b\n', '[ ] '],
  ...[
    '<b>',
    '&lt;',
    '<',
    '@',
    '# ',
    '## b\n',
    '---\n',
    '===\n',
    '|-|\n',
    '|a|b|\n|-|-|\n',
    '[a](b) ',
    '![](b)',
    '\\',
    '&',
  ],
  ...['[a](https://a.example) ', '[b.example](https://a.example) ', '||', '@here ', '<!here>', 'a@b.example '],
);
/** A few marks, again and again: what grows, grows there. */
const repeated = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 400 }))
  .map(([pieces, times]) => pieces.join('').repeat(times).slice(0, 3_000));
const text = fc.array(repeated, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));

describe('an answer', () => {
  it.each([
    ['short rows', '|a|\n'.repeat(2_000)],
    ['a table of short rows', `|a|\n|-|\n${'|a|\n'.repeat(2_000)}`],
    ['rows without bars at the edges', 'a|b\n'.repeat(2_000)],
    ['tables in one paragraph', 'a|a|b|\n|-|-|\n===\n'.repeat(200)],
    ['tables behind marks', '@&lt;<|a|b|\n|-|-|\n===\n'.repeat(150)],
    ['deep quotes with lazy lines', `${'> '.repeat(20)}a\nlazy\n`.repeat(150)],
    ['a reference used often', `${'[a][1] '.repeat(900)}\n\n[1]: https://a.example/${'b'.repeat(300)}`],
    ['headings', '# a\n'.repeat(800)],
  ])('stays small: %s', (_name, markdown) => expectSmall(markdown));

  it('stays small, whatever is repeated in it', () => {
    fc.assert(fc.property(text, expectSmall), { numRuns: RUNS });
  });

  it('with too many rows for Slack still streams without taking back', () => {
    const markdown = `|a|b|\n|-|-|\n${'|1|2|\n'.repeat(400)}text\n\n\`\`\`\na | b\n\`\`\`\n${'x|y\n'.repeat(20)}`;
    const whole = neutralize(markdown);
    expect(whole).toContain('│1│2│');
    expect(whole).toContain('```\na | b\n```');
    expect(neutralize(whole)).toBe(whole);
    for (let at = 1_800; at <= markdown.length; at += 3) {
      const now = streamable(markdown.slice(0, at));
      if (!whole.startsWith(now)) expect(now).toBe(whole);
    }
  });
});
