/** Tables as models write them: with a bar at both ends of a row, at one, at none, and with rows of uneven cells. */
import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { describe, expect, it } from 'vitest';
import { plainPieces } from '../../adapters/slack/render/plain.ts';
import { neutralize, renderSlack, streamable } from '../../adapters/slack/render/render.ts';
import { parse } from '../../src/markdown/parse.ts';

/** The text of each row's cells, as a parser of GFM reads them. */
function rowsOf(markdown: string): string[][] {
  const rows: string[][] = [];
  const walk = (node: Nodes): void => {
    if (node.type === 'tableRow') rows.push(node.children.map((cell) => textOf(cell).trim()));
    else if ('children' in node) node.children.forEach(walk);
  };
  walk(parse(markdown));
  return rows;
}

function textOf(node: Nodes): string {
  if ('value' in node) return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
}

const markdownOf = (text: string) => renderSlack(text).map(({ markdown }) => markdown);

describe('a table', () => {
  it.each([
    ['no bar at the ends', 'Name | Age\n--- | ---\nAna | 3\nBen | 4'],
    ['a bar before', '| Name | Age\n| --- | ---\n| Ana | 3\n| Ben | 4'],
    ['a bar behind', 'Name | Age |\n--- | --- |\nAna | 3 |\nBen | 4 |'],
    ['bars at some rows', '| Name | Age |\n|---|---|\nAna | 3\n| Ben | 4'],
    ['its alignment', 'Name | Age\n:-: | :-\nAna | 3\nBen | 4'],
  ])('with %s is one, with all rows', (_, table) => {
    expect(rowsOf(markdownOf(table).join('\n'))).toEqual([
      ['Name', 'Age'],
      ['Ana', '3'],
      ['Ben', '4'],
    ]);
    expect(renderSlack(table)[0]?.text.replaceAll('|', '')).not.toMatch(/-/);
  });

  it('keeps rows that have fewer cells than its head, or none of its bars', () => {
    const [markdown = ''] = markdownOf('a | b | c\n--- | --- | ---\n1 | 2\n3\n4 | 5 | 6\n\nAfter.');
    expect(rowsOf(markdown)).toEqual([['a', 'b', 'c'], ['1', '2'], ['3'], ['4', '5', '6']]);
    expect(markdown).toMatch(/\n\nAfter\.$/);
  });

  it('ends where another block begins, and is none without as many columns as its head', () => {
    const other =
      'a | b\n--- | ---\n1 | 2\n- item\n\n> a | b\n> --- | ---\n> 1\ntext\n\na | b\n--- | --- | ---\n1 | 2\n';
    expect(neutralize(other)).toBe(other.replace('\n1 | 2\n- item', '\n| 1 | 2\n- item').replace('> 1\n', '> | 1\n'));
  });

  it('keeps a row in one line, whatever the model puts into it', () => {
    const [markdown = ''] = markdownOf('a | b\n--- | ---\nm<br>n | `x\n3 | y`');
    expect(rowsOf(markdown)).toEqual([
      ['a', 'b'],
      ['m · n', '`x'],
      ['3', 'y`'],
    ]);
  });

  it('is code with all of its rows where Slack refuses blocks', () => {
    const text = plainPieces('Look:\n\na | b\n--- | ---\n1 | 2\n3\n\nAfter.').map((piece) => piece.text);
    expect(text).toEqual(['Look:\n\n```\na | b\n--- | ---\n| 1 | 2\n| 3\n```\n\nAfter.']);
  });
});

const CELLS = ['1', 'x | y', '| z |', 'a|b|c|d', '2 |', '| **b**', '`c', '<!here> | @here', '\\| e', '&lt; | f', ''];
const tables = fc
  .tuple(
    fc.constantFrom('a | b', '| a | b |', 'a|b|', '> a | b'),
    fc.array(fc.constantFrom(...CELLS), { minLength: 1 }),
  )
  .map(([head, rows]) => [head, head.replace(/\w/g, '--'), ...rows.map((row) => (head[0] === '>' ? `> ${row}` : row))]);

it('never has more than 100 rows in a message, and grows a text little', () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 40 }), ([head = '', delimiter = '', ...rows], times) => {
      const text = [head, delimiter, ...Array.from({ length: times }, () => rows).flat()].join('\n');
      const pieces = markdownOf(text);
      for (const piece of pieces) expect(rowsOf(piece).length).toBeLessThanOrEqual(100);
      expect(pieces.join('').length).toBeLessThanOrEqual(3 * text.length + 100 * pieces.length);
      expect(neutralize(neutralize(text))).toBe(neutralize(text));
    }),
  );
});

it('grows as it will be in the end', () => {
  fc.assert(
    fc.property(tables, fc.nat(), (lines, at) => {
      const text = `Text.\n\n${lines.join('\n')}\n\nAfter | it.`;
      const shown = streamable(text.slice(0, at % text.length));
      expect(streamable(text).startsWith(shown)).toBe(true);
      expect(neutralize(text).startsWith(shown)).toBe(true);
    }),
  );
});
