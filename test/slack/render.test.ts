import { describe, expect, it } from 'vitest';
import {
  mentionedUsers,
  neutralize,
  plainText,
  renderSlack,
  streamable,
  streamPieces,
  unescapeSlack,
} from '../../adapters/slack/render/render.ts';
import { CASES } from '../markdown/cases.ts';

/** Invisible joiners made visible, so that the table can be read. */
const visible = (text: string) => text.replaceAll('\u2060', '⁞');

describe('renderSlack', () => {
  it('shows every construct as the table says', async () => {
    const fence = (text: string) => `\`\`\`\`\`md\n${text}\n\`\`\`\`\``;
    const sections = CASES.map(([name, markdown]) => {
      const pieces = renderSlack(markdown);
      const shown = pieces.map((piece) => visible(piece.markdown)).join('\n--- next message ---\n');
      const text = pieces.map((piece) => visible(piece.text)).join('\n');
      return `## ${name}\n\nThe model writes\n\n${fence(markdown)}\n\nSlack gets\n\n${fence(shown)}\n\nNotifications say\n\n${fence(text)}\n`;
    });
    const page = `# Markdown in, Slack out\n\nWritten by \`npx vitest run test/slack/render.test.ts -u\`. \`⁞\` stands for an invisible word joiner (U+2060).\n\n${sections.join('\n')}`;
    await expect(page).toMatchFileSnapshot('render.cases.md');
  });

  it('posts nothing for a blank answer', () => {
    expect(renderSlack('')).toEqual([]);
    expect(renderSlack(' \n\n\t')).toEqual([]);
  });

  it('keeps an answer that fits in one message as the model wrote it', () => {
    const answer = '# Plan\n\n1. **Run** to `Quito`\n2. Rest\n\n| a | b |\n|---|---|\n| 1 | 2 |';
    expect(renderSlack(answer).map((piece) => piece.markdown)).toEqual([answer]);
  });

  it('keeps within 100 rows of tables and 25 headings in a message', () => {
    const rows = renderSlack(`| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(250)}`);
    for (const { markdown } of rows) {
      expect(markdown.split('\n').length).toBeLessThanOrEqual(100);
      expect(markdown.startsWith('| a | b |\n|---|---|\n| 1')).toBe(true);
    }
    const headings = renderSlack('## Stage\n\nText.\n\n'.repeat(60));
    for (const { markdown } of headings) expect(markdown.match(/^##/gm)?.length ?? 0).toBeLessThanOrEqual(25);
  });

  it('cuts code with its language kept', () => {
    const [first, second] = renderSlack(`Look:\n\n\`\`\`python\n${'print("Chasqui")\n'.repeat(900)}\`\`\``);
    expect(first?.markdown.endsWith('\n```')).toBe(true);
    expect(second?.markdown.startsWith('```python\nprint')).toBe(true);
  });
});

describe('neutralize', () => {
  it('shows pings as text and leaves addresses and package names alone', () => {
    expect(neutralize('<!here>')).toBe('@\u2060here');
    expect(neutralize('@Channel!')).toBe('@\u2060Channel!');
    expect(neutralize('ada@here.example, @hereford, npm i @channel_x/y')).toBe(
      'ada@here.example, @hereford, npm i @channel_x/y',
    );
  });

  it.each(['# a\n', '## b\n\n', '---\n', 'a\n===\n', '###### [x](https://e.example) c\n'])(
    'posts 2 KB of %j as one message of at most 50 blocks',
    (line) => {
      const pieces = renderSlack(line.repeat(2_000 / line.length));
      expect(pieces).toHaveLength(1);
      expect(pieces[0]?.markdown.match(/^(?:#+ |---|=+$)/gm)?.length).toBeLessThanOrEqual(25);
    },
  );

  it('does not take comments in code for headings', () => {
    expect(renderSlack(`\`\`\`sh\n${'# a\n'.repeat(500)}\`\`\``)).toHaveLength(1);
  });

  it('takes nothing back of a stream of many headings', () => {
    const text = '# a\n---\n- b\nc\n===\n'.repeat(12);
    const whole = neutralize(text);
    expect(neutralize(whole)).toBe(whole);
    for (let end = 0; end <= text.length; end++) expect(whole.startsWith(streamable(text.slice(0, end)))).toBe(true);
  });

  it('breaks a line at <br>, but makes no list or heading of what follows', () => {
    expect(neutralize('one<br>two')).toBe('one  \ntwo');
    expect(neutralize('one<br># two')).toBe('one · # two');
  });

  it('does not touch code but for what could be a token', () => {
    const code = '```html\n<!DOCTYPE html>\n<a href="https://a.example">x</a> <!-- c --> @here\n```';
    expect(neutralize(code)).toBe(code);
    expect(neutralize('`<!here>` and ``<@U1>``')).toBe('`<\u2060!here>` and ``<\u2060@U1>``');
  });
});

describe('streamable', () => {
  it('waits for what may still become a ping or a link', () => {
    expect(streamable('Hello <!cha')).toBe('Hello ');
    expect(streamable('Hello <!channel>')).toBe('Hello @\u2060channel');
    expect(streamable('Hello @he')).toBe('Hello ');
    expect(streamable('Hello @henry')).toBe('Hello @henry');
    expect(streamable('See [the docs](https://exa')).toBe('See ');
    expect(streamable('Smile \ud83d')).toBe('Smile ');
    expect(streamable('A `code` and **bo')).toBe('A `code` and **bo');
  });

  it('opens a second message where a long answer will be cut', () => {
    const answer = 'A sentence of the answer. '.repeat(30).trim();
    const long = Array.from({ length: 40 }, () => answer).join('\n\n');
    const sent = streamPieces(long);
    const final = renderSlack(long).map((piece) => piece.markdown);
    expect(final.length).toBe(3);
    expect(sent.length).toBe(3);
    expect(sent.slice(0, 2)).toEqual(final.slice(0, 2));
  });
});

describe('plainText', () => {
  it('says what is written without marks, and escapes what Slack would read', () => {
    expect(plainText('# Title\n\n**a** < `b & c` [d](https://e.example)')).toBe(
      'Title\n\na &lt; b &amp; c d (https://e.example)',
    );
    expect(plainText('snake_case and 2 * 3 * 4')).toBe('snake_case and 2 * 3 * 4');
  });
});

describe('unescapeSlack', () => {
  const names = {
    user: (id: string) => (id === 'U1AB' ? 'Ada Lovelace' : undefined),
    channel: (id: string) => (id === 'C9' ? 'random' : undefined),
  };
  it.each([
    ['Hi <@U1AB> and <@U2|bob> and <@U3>', 'Hi @Ada Lovelace and @bob and @U3'],
    ['in <#C1|general>, <#C9>, <#C8|>', 'in #general, #random, #C8'],
    ['<!here> <!channel|channel> <!subteam^S1|@team> <!subteam^S2>', '@here @channel @team @S2'],
    ['<!date^1392734382^{date}|18 Feb>', '18 Feb'],
    [
      '<https://x.example|label> <https://x.example> <http://x.example|x.example>',
      '[label](https://x.example) https://x.example http://x.example',
    ],
    ['<https://x.example/a?b=1&amp;c=2>', 'https://x.example/a?b=1&c=2'],
    ['<mailto:a@b.example|a@b.example>', 'a@b.example'],
    ['a &lt; b &amp;&amp; c &gt; d', 'a < b && c > d'],
    ['&lt;@U1AB&gt; &amp;lt;', '<@U1AB> &lt;'],
    ['broken <@U1AB and <| and <>', 'broken <@U1AB and <| and <>'],
  ])('%s', (text, read) => {
    expect(unescapeSlack(text, names)).toBe(read);
  });

  it('tells whose names it wants', () => {
    expect(mentionedUsers('<@U1AB> <@W2CD|x> <@U1AB> &lt;@U9&gt; <#C1|c>')).toEqual(['U1AB', 'W2CD']);
  });
});
