/** Tables for platforms that have none: aligned in a monospace font when narrow, else row by row. */
import type { Table } from 'mdast';
import type { ChatDialect } from './chat-blocks.ts';
import { type InlineToken, plainOf, type References, tokensOf } from './chat-tokens.ts';
import { columnsOf } from './columns.ts';

/**
 * `widestTable` columns or fewer: code blocks of aligned rows, each with the head. More: for each row a
 * bold line "head: cell" for the first column, and under it a list of the same for the others.
 */
export function renderTable(table: Table, references: References, dialect: ChatDialect, quoted: boolean): string {
  const rows = table.children.map((row) => row.children.map((cell) => tokensOf(cell.children, references)));
  const [head = [], ...body] = rows;
  const width = Math.max(...rows.map((row) => row.length));
  const plain = rows.map((row) => Array.from({ length: width }, (_, column) => cellText(row[column])));
  const widths = Array.from({ length: width }, (_, column) =>
    Math.max(...plain.map((row) => columnsOf(row[column] as string))),
  );
  const total = widths.reduce((sum, columns) => sum + columns, 0) + 2 * (width - 1);
  if (total <= dialect.widestTable && !rows.flat().some(hasLink)) return aligned(plain, widths, table, dialect, quoted);
  return body.length === 0 ? dialect.inline(inRow(head)) : listed(head, body, dialect);
}

function cellText(cell: InlineToken[] | undefined): string {
  return cell ? plainOf(cell).replace(/\s+/g, ' ').trim() : '';
}

function hasLink(cell: InlineToken[]): boolean {
  return cell.some((token) => token.type === 'link');
}

function aligned(rows: string[][], widths: number[], table: Table, dialect: ChatDialect, quoted: boolean): string {
  const lines = rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] as number, table.align?.[column] ?? null))
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

function listed(head: InlineToken[][], body: InlineToken[][][], dialect: ChatDialect): string {
  const named = (column: number, cell: InlineToken[] | undefined): InlineToken[] => {
    const name = cellText(head[column]);
    const value: InlineToken[] = cell && cellText(cell) !== '' ? oneLine(cell) : [{ type: 'text', value: '–' }];
    return name === '' ? value : [{ type: 'text', value: `${name}: ` }, ...value];
  };
  return body
    .map((row) => {
      const title = named(0, row[0]).filter((token) => !('mark' in token && token.mark === 'strong'));
      const others = Array.from({ length: Math.max(head.length, row.length) - 1 }, (_, index) =>
        dialect.inline(named(index + 1, row[index + 1])),
      );
      const bold: InlineToken[] = [{ type: 'open', mark: 'strong' }, ...title, { type: 'close', mark: 'strong' }];
      return [dialect.inline(bold), ...others.map((line) => `- ${line}`)].join('\n');
    })
    .join('\n\n');
}

function inRow(cells: InlineToken[][]): InlineToken[] {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [{ type: 'text', value: ' · ' }, ...cell]));
}

function oneLine(cell: InlineToken[]): InlineToken[] {
  return cell.map((token) =>
    token.type === 'text' ? { ...token, value: token.value.replace(/\s*\n\s*/g, ' · ') } : token,
  );
}
