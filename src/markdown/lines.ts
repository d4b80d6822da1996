/**
 * What can be told of Markdown one line at a time, cheaply and without a tree: fences, list items, headings, table rows.
 * Where CommonMark needs the whole document to decide (how far a list item's indentation reaches), the lenient answer is
 * taken. Every pattern is linear in the length of its line.
 */

/** Quote marks and list markers (in any order) that stand before a line's own content; nobody means more than 40. */
const CONTAINER = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+){0,40}/;
const BACKTICK_FENCE = /^(`{3,})([^`]*)$/;
const TILDE_FENCE = /^(~{3,})(.*)$/;
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/;
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const LIST_ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;
const DELIMITER_CELL = /^:?-+:?$/;

/** An open code fence: its marker (three or more backticks or tildes), its info string, what stood before it. */
export interface Fence {
  mark: string;
  info: string;
  prefix: string;
  /** It stands in a block quote, and so ends with it. */
  quoted: boolean;
}

/** The containers (quote marks, list markers, indentation) that a line opens with. */
export function containerOf(line: string): string {
  return (CONTAINER.exec(line) as RegExpExecArray)[0];
}

/** The fence that this line opens, if it opens one. */
export function openedFence(line: string): Fence | undefined {
  if (!line.includes('```') && !line.includes('~~~')) return undefined;
  const prefix = containerOf(line);
  const rest = line.slice(prefix.length);
  const match = BACKTICK_FENCE.exec(rest) ?? TILDE_FENCE.exec(rest);
  if (!match) return undefined;
  return { mark: match[1] as string, info: (match[2] as string).trim(), prefix, quoted: prefix.includes('>') };
}

/** `closed`: the line is the fence's end. `left`: the quote around it ended, the line is no part of it any more. */
export function fenceEnd(fence: Fence, line: string): 'closed' | 'left' | undefined {
  let rest = line.trim();
  if (fence.quoted) {
    if (!rest.startsWith('>')) return 'left';
    rest = rest.replace(/^[> \t]+/, '');
  }
  if (rest.length < fence.mark.length || !rest.startsWith(fence.mark)) return undefined;
  return isRunOf(rest, fence.mark[0] as string) ? 'closed' : undefined;
}

function isRunOf(text: string, character: string): boolean {
  for (let i = 0; i < text.length; i++) if (text[i] !== character) return false;
  return true;
}

export function isBlank(line: string): boolean {
  return line.trim() === '';
}

export function isHeading(line: string): boolean {
  return HEADING.test(line);
}

export function isRule(line: string): boolean {
  return line.length < 400 && RULE.test(line);
}

export function isListItem(line: string): boolean {
  return LIST_ITEM.test(line);
}

export function isQuote(line: string): boolean {
  return line.trimStart().startsWith('>');
}

/** `===` or `---` under a line of text makes that line a heading. */
export function isSetextUnderline(line: string): boolean {
  const text = line.trim();
  return text !== '' && (isRunOf(text, '=') || isRunOf(text, '-'));
}

/** Columns of a table's delimiter row (`| --- | :-: |`); 0 when the line is none. */
export function delimiterColumns(line: string): number {
  if (!line.includes('-')) return 0;
  const cells = cellsOf(line);
  if (!line.includes('|') || !cells.every((cell) => DELIMITER_CELL.test(cell))) return 0;
  return cells.length;
}

/** A row's cells, trimmed; `\|` does not end a cell. */
export function cellsOf(line: string): string[] {
  let row = line.replace(/^[ \t>]*/, '').trimEnd();
  if (row.startsWith('|')) row = row.slice(1);
  if (row.endsWith('|') && !row.endsWith('\\|')) row = row.slice(0, -1);
  const cells: string[] = [];
  let start = 0;
  for (let i = 0; i < row.length; i++) {
    if (row[i] === '\\') i++;
    else if (row[i] === '|') {
      cells.push(row.slice(start, i).trim());
      start = i + 1;
    }
  }
  cells.push(row.slice(start).trim());
  return cells;
}

/** A table's row as models write it, with a leading `|`. */
export function isRow(line: string): boolean {
  return /^[ \t>]*\|/.test(line);
}

/** True when the line begins a block of its own, and so ends the paragraph before it. */
export function startsBlock(line: string): boolean {
  const first = line.trimStart()[0];
  if (first === undefined) return true;
  if (first === '>' || first === '|') return true;
  if (first === '#') return isHeading(line);
  if (first === '`' || first === '~') return openedFence(line) !== undefined;
  return isListItem(line) || isRule(line) || isSetextUnderline(line);
}

/** Columns of white space before the line's text; a tab counts up to the next multiple of four. */
export function indentOf(line: string): number {
  let columns = 0;
  for (const character of line) {
    if (character === ' ') columns++;
    else if (character === '\t') columns += 4 - (columns % 4);
    else break;
  }
  return columns;
}
