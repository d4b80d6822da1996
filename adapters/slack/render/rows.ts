/**
 * Rows of tables weigh much more in Slack than their characters (a table has at most 100, docs.slack.dev "Table block"),
 * so thousands of short ones would fill dozens of messages. Beyond a number that grows with the text, a row is shown as a
 * line of text with bars that make no table.
 */
import { type Fence, fenceEnd, isBlank, openedFence } from '../../../src/markdown/lines.ts';

const AT_ONCE = 300;
/** Half of what a row weighs: rows at most double what the text weighs. */
const CHARACTERS_FOR_ONE = 60;
const BAR = '│';

/**
 * @param done false for a text that grows: a last line which may still become such a row is held back, so that what is
 * returned for a beginning is a beginning of what is returned for the whole.
 */
export function fewRows(markdown: string, done: boolean): string {
  if (!maybeTooMany(markdown)) return markdown;
  const out: string[] = [];
  let credit = AT_ONCE;
  let fence: Fence | undefined;
  let rowBefore = false;
  const lines = markdown.split('\n');
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1;
    const end = fence && fenceEnd(fence, line);
    if (end === 'left') fence = undefined;
    if (fence) {
      if (end) fence = undefined;
      out.push(line);
    } else if (credit < 1 && last && !done) {
      out.push('');
    } else {
      if (!last || done) fence = openedFence(line);
      const row = line.includes('|');
      if (row && credit < 1) {
        // Directly below a table, a line is its next row, whatever is in it.
        if (rowBefore) out.push('');
        out.push(line.replaceAll('|', BAR));
        rowBefore = false;
      } else {
        out.push(line);
        if (row) credit--;
        rowBefore = row || (rowBefore && !isBlank(line));
      }
    }
    credit += line.length / CHARACTERS_FOR_ONE;
  }
  return out.join('\n');
}

function maybeTooMany(markdown: string): boolean {
  let rows = 0;
  for (let at = markdown.indexOf('|'); at >= 0 && rows < AT_ONCE; rows++) {
    const newline = markdown.indexOf('\n', at);
    at = newline < 0 ? -1 : markdown.indexOf('|', newline);
  }
  return rows >= AT_ONCE;
}
