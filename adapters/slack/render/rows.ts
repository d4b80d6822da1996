/**
 * Rows of tables. In a table every line is a row, whatever is in it, until a blank line or another block (GFM, "Tables"):
 * `1 | 2` and a lone `1` are written with a bar in front, so that all that reads the text line by line sees the row.
 *
 * Rows weigh much more in Slack than their characters (a table has at most 100, docs.slack.dev "Table block"), so
 * thousands of short ones would fill dozens of messages. Beyond a number that grows with the text, a row is shown as a
 * line of text with bars that make no table.
 */
import {
  cellsOf,
  delimiterColumns,
  type Fence,
  fenceEnd,
  isBlank,
  isListItem,
  isRow,
  openedFence,
  startsBlock,
} from '../../../src/markdown/lines.ts';

/** Slack: a table has at most 20 columns ("Table block"). */
export const MAX_COLUMNS = 20;
const AT_ONCE = 300;
/** Half of what a row weighs: rows at most double what the text weighs. */
const CHARACTERS_FOR_ONE = 60;
const BAR = '│';
const MARGIN = /^[ \t>]*/;

/**
 * @param done false for a text that grows: a last line which may still become such a row is held back, so that what is
 * returned for a beginning is a beginning of what is returned for the whole.
 */
export function fewRows(markdown: string, done: boolean): string {
  if (!markdown.includes('|')) return markdown;
  const out: string[] = [];
  let credit = AT_ONCE;
  let fence: Fence | undefined;
  let rowBefore = false;
  /** How deep the table that the lines are rows of is quoted; undefined outside of one. */
  let table: number | undefined;
  let before = '';
  const lines = markdown.split('\n');
  for (const [index, line] of lines.entries()) {
    const growing = index === lines.length - 1 && !done;
    const end = fence && fenceEnd(fence, line);
    if (end === 'left') fence = undefined;
    if (fence) {
      if (end) fence = undefined;
      out.push(line);
    } else {
      const heads = table === undefined && isHead(before, line);
      if (heads) table = depthOf(line);
      else if (table !== undefined && !isRowBelow(line, table) && !growing) table = undefined;
      const bare = table !== undefined && !heads && !isRow(line);
      const row = line.includes('|') || bare;
      if (growing && (credit < 1 || bare)) {
        out.push('');
      } else {
        if (!growing) fence = openedFence(line);
        if (row && credit < 1) {
          // Directly below a table, a line is its next row, whatever is in it.
          if (rowBefore) out.push('');
          out.push(line.replaceAll('|', BAR));
          rowBefore = false;
          table = undefined;
        } else {
          out.push(bare ? line.replace(MARGIN, '$&| ') : line);
          if (row) credit--;
          rowBefore = row || (rowBefore && !isBlank(line));
        }
      }
    }
    before = fence ? '' : line;
    credit += line.length / CHARACTERS_FOR_ONE;
  }
  return out.join('\n');
}

/** A head without a bar in front is one only if its cells are as many as its table's columns, which `neutralize` must keep. */
function isHead(line: string, below: string): boolean {
  const columns = delimiterColumns(below);
  if (columns === 0 || !line.includes('|') || isListItem(below)) return false;
  return isRow(line) || (columns <= MAX_COLUMNS && cellsOf(line).length === columns);
}

/** Whether a line below a table is another row of it. */
function isRowBelow(line: string, depth: number): boolean {
  const rest = line.replace(MARGIN, '');
  return depthOf(line) === depth && (rest.startsWith('|') || !startsBlock(rest));
}

/** How deep a line is quoted. */
function depthOf(line: string): number {
  return (MARGIN.exec(line) as RegExpExecArray)[0].replace(/[ \t]/g, '').length;
}
