import { describe, expect, it } from 'vitest';
import { mentionedIn, readDiscord, renderDiscord, streamDiscord } from '../../adapters/discord/render/render.ts';
import { CASES } from '../markdown/cases.ts';

/** Invisible joiners made visible, so that the table can be read. */
const visible = (text: string) => text.replaceAll('\u2060', '⁞');
const shown = (markdown: string) => renderDiscord(markdown).map(({ content }) => visible(content));
const now = (markdown: string) => streamDiscord(markdown).map(({ content }) => visible(content));

/** What only Discord has, or shows in its own way. */
const OWN: ReadonlyArray<readonly [name: string, markdown: string]> = [
  ['calls', 'Ask <@123456789012345678>, <@!1>, <@&2> in <#3>; @everyone @here, ada@example.com'],
  ['calls in links and code', '[@everyone](https://a.example/@here) `@everyone` ``<@1>``\n\n```\n<@&2> @here\n```'],
  ['calls in disguise', '@**everyone** *@*everyone* &#64;here @\u200bhere \\<@1> &lt;@1&gt;'],
  ['spoilers and operators', 'It was ||the **butler**||. `a || b`, a || b, (a||b)'],
  [
    'custom emoji, timestamps, commands',
    '<:wave:123456789012345678> <a:x:1> <t:1618953630:R> <t:1> </ask:123456789012345678> :tada: :white_check_mark:',
  ],
  [
    'what only Discord would read',
    '-# small\n\n>>> all quoted\n\n\\# no heading\n\n1986\\. A year\n\n__bold__ and C:\\_x ¯\\\\\\_(ツ)\\_/¯',
  ],
  ['accidental marks', '2*3*4, 2**3**4, un**believ**able, snake_case_name, ~5, a \\` b, [x] (y), f(x)[0](1)'],
  [
    'labels that Discord would not link',
    '[🎉 party](https://a.example) [https://b.example](https://c.example) [a [b]](https://d.example) [x\\_y\\_z](https://e.example)',
  ],
  [
    'line breaks and loose lists',
    'Roses\nare  \nred\n\n- one\n\n  more of one\n- two\n\n  ```js\n  a\n\n  b\n  ```\n\n0. zero\n1) one',
  ],
  ['headings where there are none', '- # in a list\n\n#### deep **bold**\n\n# C#'],
  [
    'wide table',
    '| City | What one sees there | Since |\n|---|---|---:|\n| **Cusco** | Walls of fitted stone, and the [square](https://a.example) | 1200 |\n| Lima | | 1535 |',
  ],
];

describe('renderDiscord', () => {
  it('shows every construct as the table says', async () => {
    const fence = (text: string) => `\`\`\`\`\`md\n${text}\n\`\`\`\`\``;
    const sections = [...CASES, ...OWN].map(
      ([name, markdown]) =>
        `## ${name}\n\nThe model writes\n\n${fence(markdown)}\n\nDiscord gets\n\n${fence(shown(markdown).join('\n--- next message ---\n'))}\n`,
    );
    const page = `# Markdown in, Discord out\n\nWritten by \`npx vitest run test/discord/render.test.ts -u\`. \`⁞\` stands for an invisible word joiner (U+2060).\n\n${sections.join('\n')}`;
    await expect(page).toMatchFileSnapshot('render.cases.md');
  });

  it('takes tildes that are text for no fence where it cuts', () => {
    const pieces = shown(`\\~~~js\n\n~~\\~x~~\n\n${'A sentence of the answer. '.repeat(100)}`);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('\n')).not.toContain('~~~');
  });

  it('posts nothing for a blank answer', () => {
    expect(renderDiscord('')).toEqual([]);
    expect(renderDiscord(' \n\n\u2060\t')).toEqual([]);
    expect(renderDiscord('```\n\n```')).toEqual([]);
  });

  it('cuts a long answer between its paragraphs', () => {
    const paragraph = 'A sentence of the answer. '.repeat(30).trim();
    const pieces = shown(Array.from({ length: 6 }, () => paragraph).join('\n\n'));
    expect(pieces).toHaveLength(3);
    for (const piece of pieces) expect(piece).toBe(`${paragraph}\n\n${paragraph}`);
  });

  it('fills a message up to 2,000 characters', () => {
    const pieces = shown('word '.repeat(1_000));
    expect(pieces).toHaveLength(3);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(2_000);
  });

  it('closes code at the end of a message and opens it again with its language', () => {
    const pieces = shown(`Look:\n\n\`\`\`python\n${'print("Chasqui")\n'.repeat(150)}\`\`\`\n\nDone.`);
    expect(pieces).toHaveLength(2);
    expect(pieces[0]).toMatch(/^Look:\n\n```python\n(print\("Chasqui"\)\n)+```$/);
    expect(pieces[1]).toMatch(/^```python\n(print\("Chasqui"\)\n)+```\n\nDone\.$/);
  });

  it('makes a file of code longer than two messages, with the message that speaks of it', () => {
    const code = 'print("@everyone")\n'.repeat(400);
    const pieces = renderDiscord(`Look:\n\n\`\`\`python\n${code}\`\`\`\n\nThen:\n\n\`\`\`\n${code}\`\`\`\n\nDone.`);
    expect(pieces).toEqual([
      { content: 'Look:\n\n📄 `code.py` (400 lines, attached)', file: { name: 'code.py', text: code } },
      { content: 'Then:\n\n📄 `code-2.txt` (400 lines, attached)', file: { name: 'code-2.txt', text: code } },
      { content: 'Done.' },
    ]);
  });

  it('repeats the head of a long table', () => {
    const pieces = shown(`| name | n |\n|---|--:|\n${'| chasqui | 1 |\n'.repeat(300)}`);
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect(piece.startsWith('```\nname     n\n')).toBe(true);
  });

  it('keeps the form of an answer that has too many marks to be parsed at once', () => {
    const html = `<p>${'<b>x</b>'.repeat(20)}</p>\n`.repeat(10);
    const list = Array.from({ length: 150 }, (_, n) => `- **Name ${n}**: \`x\``).join('\n');
    const pieces = shown(`# Two things\n\n\`\`\`html\n${html}\`\`\`\n\n${list}`);
    expect(pieces.join('\n').startsWith('# Two things\n\n```html\n<p><b>x</b>')).toBe(true);
    expect(pieces.join('\n')).toContain('\n- **Name 1**: `x`\n- **Name 2**');
    expect(pieces.join('\n')).toContain('- **Name 149**: `x`');
  });
});

describe('streamDiscord', () => {
  it('closes what is open and holds back what is half', () => {
    expect(now('A **bold')).toEqual(['A **bold**']);
    expect(now('See [the docs](https://exa')).toEqual(['See the docs']);
    expect(now('Look:\n\n```js\nconst a')).toEqual(['Look:\n\n```js\nconst a\n```']);
    expect(now('Hello <@12345')).toEqual(['Hello']);
    expect(now('Hello <t:1618')).toEqual(['Hello']);
    expect(now('Hello @every')).toEqual(['Hello']);
    expect(now('Smile \ud83d')).toEqual(['Smile']);
    expect(now('')).toEqual([]);
  });

  it('announces long code while it is written, and has no file yet', () => {
    const code = 'const chasqui = "runner";\n'.repeat(100);
    expect(now(`Look:\n\n\`\`\`ts\n${code.slice(0, 1_300)}`)).toEqual([
      `Look:\n\n\`\`\`ts\n${code.slice(0, 1_299)}\n\`\`\``,
    ]);
    expect(now(`Look:\n\n\`\`\`ts\n${code}`)).toEqual(['Look:\n\n📄 `code.ts` (100 lines so far …)']);
    const closed = streamDiscord(`Look:\n\n\`\`\`ts\n${code.repeat(2)}\`\`\`\n\nDone`);
    expect(closed).toEqual([
      { content: 'Look:\n\n📄 `code.ts` (200 lines, attached at the end)' },
      { content: 'Done' },
    ]);
  });

  it('takes back no message while an answer grows', () => {
    const sentence = 'The **runner** carries a message, see [the docs](https://docs.example/a_b) and `code`. ';
    const code = `\`\`\`ts\n${'const a = 1; // @everyone\n'.repeat(80)}\`\`\``;
    const answer = `# Plan\n\n${sentence.repeat(5)}\n\n- one\n- two\n\n${code}\n\n${sentence.repeat(30)}`;
    let before = 0;
    for (let at = 0; at <= answer.length; at += 29) {
      const { length } = streamDiscord(answer.slice(0, at));
      expect(length).toBeGreaterThanOrEqual(before);
      before = length;
    }
    expect(before).toBe(3);
  });

  it('ends in what the whole answer is, but for the files', () => {
    for (const [, markdown] of [...CASES, ...OWN].filter(([name]) => !name.startsWith('broken'))) {
      expect(streamDiscord(`${markdown}\n\nEnd.`)).toEqual(renderDiscord(`${markdown}\n\nEnd.`));
    }
  });
});

describe('readDiscord', () => {
  const names = {
    user: (id: string) => (id === '1' ? 'Ada Lovelace' : undefined),
    role: (id: string) => (id === '2' ? 'ops' : undefined),
    channel: (id: string) => (id === '3' ? 'general' : undefined),
  };
  it.each([
    ['Hi <@1> and <@!1> and <@9>', 'Hi @Ada Lovelace and @Ada Lovelace and @9'],
    ['<@&2> <@&9> in <#3>, <#9>', '@ops @9 in #general, #9'],
    ['<:wave:123> <a:party_parrot:1>', ':wave: :party_parrot:'],
    [
      '<t:1618953630> <t:1618953630:d> <t:1618953630:T> <t:0:R>',
      '2021-04-20 21:20 UTC 2021-04-20 2021-04-20 21:20:30 UTC 1970-01-01 00:00 UTC',
    ],
    ['<t:9999999999999:R>', '<t:9999999999999:R>'],
    ['</ask:1> </config set:2>', '/ask /config set'],
    ['`<@1>` ```\n<#3>\n``` <@1>', '`<@1>` ```\n<#3>\n``` @Ada Lovelace'],
    ['a < b, <b>, <https://a.example>, <@x>', 'a < b, <b>, <https://a.example>, <@x>'],
  ])('%s', (text, read) => {
    expect(readDiscord(text, names)).toBe(read);
  });

  it('tells whose names it wants', () => {
    expect(mentionedIn('<@1> <@!1> <@2> <@&3> <#4> `<@5>` <@1>')).toEqual({
      users: ['1', '2'],
      roles: ['3'],
      channels: ['4'],
    });
  });
});
