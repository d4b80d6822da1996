import { describe, expect, it } from 'vitest';
import { readWhatsApp, renderWhatsApp, streamWhatsApp } from '../../adapters/whatsapp/render/render.ts';
import { CASES } from '../markdown/cases.ts';

/** Invisible joiners made visible, so that the table can be read. */
const visible = (text: string) => text.replaceAll('\u2060', '⁞');
const shown = (markdown: string) => renderWhatsApp(markdown).map(visible);

/** What only WhatsApp has, or shows in its own way. */
const OWN: ReadonlyArray<readonly [name: string, markdown: string]> = [
  [
    'marks in words and across lines',
    'un**believ**able, 2**3**4, (**so**), **two\nlines**, ***both***, **a**, **`code`**, ~~**x** y~~',
  ],
  [
    'accidental marks',
    '2*3*4, snake_case_name, a * b * c, \\*this\\*, \\_that\\_, \\~5 to \\~10\\~, **total:** 5\\* hotel',
  ],
  ['code with backticks', '`` a`b `` and `c``d`\n\n```\nuse ``` here\n```'],
  ['accidental lists', '\\- no list\n\n1986\\. A year\n\n\\> no quote'],
  ['code in a quote and in a list', '> ```sh\n> npm ci\n> npm start\n> ```\n\n- ```\n  first\n  ```\n- then'],
  ['loose lists', '- one\n\n  more of one\n- two\n\n3. three\n4. four\n   - [x] done\n   - [ ] open'],
  [
    'wide table',
    '| City | What one sees there | Since |\n|---|---|---:|\n| **Cusco** | Walls of fitted stone, and the [square](https://a.example) | 1200 |\n| Lima | | 1535 |',
  ],
  ['addresses with marks', 'https://a.example/_next/_app and https://a.example/_x_/y and [x](https://b.example/*/y)'],
  ['mentions', 'Ask @5511999999999, please.'],
];

describe('renderWhatsApp', () => {
  it('shows every construct as the table says', async () => {
    const fence = (text: string) => `\`\`\`\`\`md\n${text}\n\`\`\`\`\``;
    const sections = [...CASES, ...OWN].map(
      ([name, markdown]) =>
        `## ${name}\n\nThe model writes\n\n${fence(markdown)}\n\nWhatsApp gets\n\n${fence(shown(markdown).join('\n--- next message ---\n'))}\n`,
    );
    const page = `# Markdown in, WhatsApp out\n\nWritten by \`npx vitest run test/whatsapp/render.test.ts -u\`. \`⁞\` stands for an invisible word joiner (U+2060).\n\n${sections.join('\n')}`;
    await expect(page).toMatchFileSnapshot('render.cases.md');
  });

  it('takes tildes that are text for no fence where it cuts', () => {
    const pieces = shown(`\\~~~js\n\n~~\\~x~~\n\n${'A sentence of the answer. '.repeat(200)}`);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('\n')).not.toContain('~~~');
  });

  it('posts nothing for a blank answer', () => {
    expect(renderWhatsApp('')).toEqual([]);
    expect(renderWhatsApp(' \n\n\u2060\t')).toEqual([]);
  });

  it('cuts a long answer between its paragraphs', () => {
    const paragraph = 'A sentence of the answer. '.repeat(60).trim();
    const pieces = shown(Array.from({ length: 6 }, () => paragraph).join('\n\n'));
    expect(pieces).toHaveLength(3);
    for (const piece of pieces) expect(piece).toBe(`${paragraph}\n\n${paragraph}`);
  });

  it('closes code and emphasis at the end of a message and opens them again', () => {
    const [first, second] = shown(`\`\`\`python\n${'print("Chasqui")\n'.repeat(300)}\`\`\``);
    expect(first).toMatch(/^```\n(print\("Chasqui"\)\n)+```$/);
    expect(second).toMatch(/^```\n(print\("Chasqui"\)\n)+```$/);
    const [bold, more] = shown(`**${'One two three. '.repeat(400).trim()}**`);
    expect(bold).toMatch(/^\*One .*three\.\*$/);
    expect(more).toMatch(/^\*One .*three\.\*$/);
  });

  it('shows no backslash where a paragraph is cut before something like a list', () => {
    for (const trap of ['- a point ', '# a number ', '7. a number ']) {
      const [, second] = shown(`${'x'.repeat(4_095)} ${trap}${'word '.repeat(10)}`);
      expect(second?.startsWith(trap === '7. a number ' ? '7⁞. a' : `⁞${trap}`)).toBe(true);
    }
  });
});

describe('streamWhatsApp', () => {
  it('closes what is open', () => {
    expect(streamWhatsApp('A **bold')).toEqual(['A *bold*']);
    expect(streamWhatsApp('See [the docs](https://exa')).toEqual(['See the docs']);
    expect(streamWhatsApp('Look:\n\n```js\nconst a')).toEqual(['Look:\n\n```\nconst a\n```']);
  });
});

describe('readWhatsApp', () => {
  it.each([
    ['*bold* and _italic_ and ~gone~', '**bold** and _italic_ and ~~gone~~'],
    ['2*3*4 and 2 * 3 * 4', '2*3*4 and 2 * 3 * 4'],
    ['`*a*` and ```*b*\n~c~``` *d*', '`*a*` and ```*b*\n~c~``` **d**'],
    ['* one\n* two', '* one\n* two'],
    ['(*so*), **already**', '(**so**), **already**'],
    ['*two\nlines*', '*two\nlines*'],
  ])('%s', (text, read) => {
    expect(readWhatsApp(text)).toBe(read);
  });
});
