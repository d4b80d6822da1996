/** Tables for platforms that have none: aligned in a monospace font when narrow, else row by row. */
import type { Table } from 'mdast';
import type { ChatDialect } from './chat-blocks.ts';
import { type InlineToken, plainOf, type References, tokensOf } from './chat-tokens.ts';
import { columnsOf } from './columns.ts';

/** What a table may take of a message, for each character that its cells have, and one more for each cell. */
const MOST_GROWTH = 2;
/** Small tables may take more: nobody is flooded by them. */
const SMALL = 600;

interface Cell {
  tokens: InlineToken[];
  text: string;
}

/**
 * `widestTable` columns or fewer: code blocks of aligned rows, each with the head. More: for each row a
 * bold line "head: cell" for the first column, and under it a list of the same for the others. Where that would make much
 * of little (a hundred columns, short rows), the cells of each row in one line. Empty cells are left out of lists.
 */
export function renderTable(table: Table, references: References, dialect: ChatDialect, quoted: boolean): string {
  const rows = table.children.map((row) =>
    row.children.map((cell): Cell => {
      const tokens = tokensOf(cell.children, references);
      return { tokens, text: plainOf(tokens).replace(/\s+/g, ' ').trim() };
    }),
  );
  const [head = [], ...body] = rows;
  const cells = rows.flat();
  const most = SMALL + MOST_GROWTH * cells.reduce((sum, { text }) => sum + text.length + 1, 0);
  const width = Math.max(0, ...rows.map((row) => row.length));
  // The sum is a lower bound: wide tables need no exact widths.
  if (2 * (width - 1) <= dialect.widestTable && !cells.some(hasLink)) {
    const widths = widthsOf(rows, width);
    const total = widths.reduce((sum, columns) => sum + columns, 0) + 2 * (width - 1);
    if (total <= dialect.widestTable && total * rows.length <= most) {
      return aligned(rows, widths, table, dialect, quoted);
    }
  }
  if (!body.flat().some(({ text }) => text !== '')) return dialect.inline(inRow(head));
  return sizeOfList(head, body) <= most ? listed(head, body, dialect) : compact(rows, dialect);
}

function widthsOf(rows: Cell[][], width: number): number[] {
  const widths = Array.from({ length: width }, () => 0);
  for (const row of rows) {
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, columnsOf(text));
  }
  return widths;
}

function hasLink({ tokens }: Cell): boolean {
  return tokens.some((token) => token.type === 'link');
}

function aligned(rows: Cell[][], widths: number[], table: Table, dialect: ChatDialect, quoted: boolean): string {
  const lines = rows.map((row) =>
    widths
      .map((columns, column) => pad(row[column]?.text ?? '', columns, table.align?.[column] ?? null))
      .join('  ')
      .trimEnd(),
  );
  const head = [lines[0] as string, widths.map((columns) => '─'.repeat(columns)).join('  ')];
  const blocks: string[][] = [];
  let room = 0;
  for (const line of lines.slice(1)) {
    if (room < line.length + 1) {
      blocks.push([...head]);
      room = dialect.longestTable - head.join('\n').length;
    }
    blocks.at(-1)?.push(line);
    room -= line.length + 1;
  }
  if (blocks.length === 0) blocks.push(head);
  return blocks.map((block) => dialect.code(block.join('\n'), '', { quoted })).join('\n');
}

function pad(cell: string, columns: number, align: 'left' | 'right' | 'center' | null): string {
  const space = columns - columnsOf(cell);
  const before = align === 'right' ? space : align === 'center' ? space >> 1 : 0;
  return ' '.repeat(before) + cell + ' '.repeat(space - before);
}

function sizeOfList(head: Cell[], body: Cell[][]): number {
  let size = 0;
  for (const row of body) {
    for (const [column, { text }] of row.entries()) {
      if (text !== '') size += text.length + (head[column]?.text.length ?? 0) + '- : \n'.length;
    }
  }
  return size;
}

function listed(head: Cell[], body: Cell[][], dialect: ChatDialect): string {
  const named = (column: number, cell: Cell): InlineToken[] => {
    const name = head[column]?.text ?? '';
    const value = oneLine(cell.tokens);
    return name === '' ? value : [{ type: 'text', value: `${name}: ` }, ...value];
  };
  const unused = head.map((_, column) => body.every((row) => (row[column]?.text ?? '') === ''));
  return body
    .filter((row) => row.some(({ text }) => text !== ''))
    .map((row, index) => {
      const [first, ...others] = row;
      // Without its first cell a row still needs a beginning.
      const title: InlineToken[] = !first || first.text === '' ? [{ type: 'text', value: '–' }] : named(0, first);
      const lines = others.flatMap((cell, at) =>
        cell.text === '' ? [] : [`- ${dialect.inline(named(at + 1, cell))}`],
      );
      // Columns that hold nothing are named once.
      const empty = index > 0 ? [] : head.filter(({ text }, column) => unused[column] && text !== '');
      const names = empty.map(
        ({ tokens }) => `- ${dialect.inline([...oneLine(tokens), { type: 'text', value: ': –' }])}`,
      );
      return [dialect.inline(bold(title)), ...lines, ...names].join('\n');
    })
    .join('\n\n');
}

/** A bold line for the head, and one for each row. */
function compact(rows: Cell[][], dialect: ChatDialect): string {
  return rows
    .map((row, index) => {
      const cells = row.filter(({ text }) => text !== '');
      if (cells.length === 0) return '';
      return index === 0 ? dialect.inline(bold(inRow(cells))) : `- ${dialect.inline(inRow(cells))}`;
    })
    .filter((line) => line !== '')
    .join('\n');
}

function bold(tokens: InlineToken[]): InlineToken[] {
  const plain = tokens.filter((token) => !('mark' in token && token.mark === 'strong'));
  return [{ type: 'open', mark: 'strong' }, ...plain, { type: 'close', mark: 'strong' }];
}

function inRow(cells: Cell[]): InlineToken[] {
  return cells.flatMap(({ tokens }, index): InlineToken[] =>
    index === 0 ? oneLine(tokens) : [{ type: 'text', value: ' · ' }, ...oneLine(tokens)],
  );
}

function oneLine(cell: InlineToken[]): InlineToken[] {
  return cell.map((token) =>
    token.type === 'text' ? { ...token, value: token.value.replace(/\s*\n\s*/g, ' · ') } : token,
  );
}
