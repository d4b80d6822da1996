/** Text such as models and attackers write: Markdown of every kind, whole and broken, with pings everywhere. */
import fc from '../support/fuzz.ts';

const PINGS = [
  '<!here>',
  '<!channel>',
  '<!everyone>',
  '<!channel|channel>',
  '<!subteam^S0123ABCD>',
  '<!subteam^S0123ABCD|@ops>',
  '<@U0123ABCD>',
  '<@W0123ABCD|Ada Lovelace>',
  '@here',
  '@channel',
  '@everyone',
  '<!chan**nel**>',
  '<\u200b!channel>',
  '&lt;!channel&gt;',
  '&#60;!here&#62;',
  '&#x3c;@U0123ABCD>',
  '&commat;here',
  '&#64;channel',
  '@**here**',
  '@\u200bhere',
  '\\<!here>',
  '\\@here',
  '<!-- <!here> -->',
  '<b><!channel></b>',
  '<#C0123ABCD|general>',
  '<http://evil.example|text>',
  '<javascript:alert(1)>',
  '<!date^1392734382^{date}|once>',
  '<',
  '<!',
  '<@',
  '<!cha',
  '@he',
  '<<!here>>',
  '<!HERE>',
  '&lt;\u2060!here>',
  '`<!here>`',
  '``<@U0123ABCD>``',
  '[<!here>](https://a.example)',
  '[a](<!here>)',
  '<!here|',
  '|<!here>',
];

const word = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('the', 'runner', 'carries', 'a', 'message', 'over', 'Andes', 'and', 'back', 'x', '42'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '𝒳',
      '👩‍👩‍👧‍👦',
      '🇵🇪',
      'é',
      'n\u0303',
      'ñ',
      '漢字',
      'مرحبا',
      'नमस्ते',
      '\ud800',
      '\udc00',
      '.',
      '…',
      '!',
      '?',
      '。',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(...PINGS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '*',
      '**',
      '_',
      '__',
      '~~',
      '`',
      '``',
      '[',
      ']',
      '](',
      ')',
      '![',
      '\\',
      '&',
      '&amp;',
      '|',
      '#',
      '>',
      '-',
      '1.',
      '\t',
      '<br>',
      '<div>',
      '</b>',
      '[^1]',
      '```',
      '~~~',
      '\n',
    ),
  },
);

const words = fc.array(word, { minLength: 1, maxLength: 12 }).map((list) => list.join(' '));
const tight = fc.array(word, { minLength: 1, maxLength: 6 }).map((list) => list.join(''));

const inline: fc.Arbitrary<string> = fc.letrec<{ inline: string }>((tie) => ({
  inline: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    words,
    tight,
    tie('inline').map((text) => `**${text}**`),
    tie('inline').map((text) => `*${text}*`),
    tie('inline').map((text) => `_${text}_`),
    tie('inline').map((text) => `~~${text}~~`),
    words.map((text) => `\`${text.replaceAll('`', '')}\``),
    fc.tuple(tie('inline'), fc.webUrl()).map(([text, url]) => `[${text}](${url})`),
    fc.tuple(words, fc.webUrl()).map(([text, url]) => `![${text}](${url} "t")`),
    fc.webUrl().map((url) => `<${url}>`),
    fc.webUrl(),
    fc.emailAddress().map((address) => `<${address}>`),
    fc.constantFrom(
      '[x](javascript:alert(1))',
      '[x](#part)',
      '[](https://a.example)',
      '[x](<https://a b>)',
      '[^1]',
      '[ref][1]',
    ),
    fc.tuple(tie('inline'), tie('inline')).map((both) => both.join(' ')),
  ),
})).inline;

const indent = (text: string, by: string) =>
  text
    .split('\n')
    .map((line) => by + line)
    .join('\n');

const code = fc
  .tuple(
    fc.constantFrom('```', '~~~', '````'),
    fc.constantFrom('', 'js', 'python', 'c++ x'),
    fc.array(words, { maxLength: 6 }),
  )
  .map(
    ([mark, language, lines]) =>
      `${mark}${language}\n${lines.join('\n').replaceAll('`', '').replaceAll('~', '')}\n${mark}`,
  );

const table = fc
  .tuple(fc.integer({ min: 1, max: 24 }), fc.array(words, { minLength: 1, maxLength: 6 }))
  .map(([columns, cells]) => {
    const row = (text: string) =>
      `| ${Array.from({ length: columns }, () => text.replace(/[|\n]/g, ' ').slice(0, 12)).join(' | ')} |`;
    return [row('head'), `|${' --- |'.repeat(columns)}`, ...cells.map(row)].join('\n');
  });

const markdown: fc.Arbitrary<string> = fc.letrec<{ block: string; blocks: string }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    inline,
    fc.array(inline, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n')),
    fc.tuple(fc.integer({ min: 1, max: 6 }), words).map(([level, text]) => `${'#'.repeat(level)} ${text}`),
    code,
    table,
    fc.constantFrom(
      '---',
      '***',
      'Title\n===',
      '[1]: https://a.example',
      '[^1]: A note',
      '<!-- note -->',
      '    indented',
    ),
    fc
      .array(tie('block'), { minLength: 1, maxLength: 4 })
      .map((items) => items.map((item) => `- ${indent(item, '  ').trimStart()}`).join('\n')),
    fc
      .array(tie('block'), { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item, n) => `${n + 1}. ${indent(item, '   ').trimStart()}`).join('\n')),
    fc.array(words, { minLength: 1, maxLength: 3 }).map((items) => items.map((item) => `- [ ] ${item}`).join('\n')),
    tie('blocks').map((text) => indent(text, '> ')),
  ),
  blocks: fc.array(tie('block'), { minLength: 1, maxLength: 5 }).map((list) => list.join('\n\n')),
})).blocks;

/** Well-formed, broken anywhere, or no Markdown at all. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: markdown },
  { weight: 2, arbitrary: fc.tuple(markdown, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(word, fc.constantFrom('\n', '\n\n', ' ', '    ')), { maxLength: 60 })
      .map((list) => list.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);
