/**
 * Which texts are not worth a parser's time. Parsers of Markdown take quadratic time in some of what can be written:
 * marks in one paragraph, containers in one line, blocks in one document, cells of one table. Linear; no imports, since
 * the web page uses it as well.
 */

/** Longest text that is parsed as one, in UTF-16 units. */
const MAX_LENGTH = 60_000;
const MAX_LINES = 500;
/** Deepest nesting of quotes and lists that a line may open. */
const MAX_DEPTH = 20;
/** Most characters of one paragraph that may open or close something. */
const MAX_MARKS = 400;
const MAX_INDENT = 200;

const MARKS = /[*_~[\]`<&\\@=!]/g;
const PARAGRAPHS = /\n[ \t]*\n/;
const DEEP = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/;
const OPENERS = />|[-*+.)]/g;

/** Characters of a text that may open or close something. */
export function marksIn(text: string): number {
  return text.match(MARKS)?.length ?? 0;
}

/** True when parsing would take more than linear time, or the tree would be absurdly deep. */
export function isHostile(markdown: string): boolean {
  if (markdown.length > MAX_LENGTH) return true;
  if (markdown.length <= 2 * MAX_DEPTH) return false;
  const lines = markdown.split('\n');
  if (lines.length > MAX_LINES || lines.some(isDeep)) return true;
  if (markdown.length <= MAX_MARKS) return false;
  return markdown.split(PARAGRAPHS).some((text) => text.length > MAX_MARKS && marksIn(text) > MAX_MARKS);
}

/** For a parser that is linear in blocks, and pads a table's rows to the width of its head: how much is drawn. */
const MAX_DRAWN = 200_000;
const MAX_CELLS = 10_000;
const MAX_MARKS_TOGETHER = 1_500;
/** At each letter of a word a mail address may begin, which is read to the end of the word. */
const MAX_WORD_BEFORE_AT = 1_000;
/** Each quoted line of a paragraph may be followed by one that belongs to it without a mark. */
const MAX_QUOTED_TOGETHER = 5_000;
const BETWEEN_ADDRESSES = /[^\w.!#$%&'*+/=?^`{|}~-]+/;

/** True when a page would be held up by parsing or drawing this text. */
export function isTooMuchToDraw(markdown: string): boolean {
  if (markdown.length > MAX_DRAWN) return true;
  let columns = 0;
  let cells = 0;
  let marks = 0;
  let quoted = 0;
  let longWord = false;
  let at = false;
  for (const line of markdown.split('\n')) {
    if (isDeep(line)) return true;
    const blank = line.trim() === '';
    marks = blank ? 0 : marks + marksIn(line);
    quoted = blank ? 0 : quoted + Number(line.trimStart().startsWith('>'));
    longWord = !blank && (longWord || hasLongWord(line));
    at = !blank && (at || line.includes('@'));
    if (quoted > MAX_QUOTED_TOGETHER || (longWord && at)) return true;
    if (blank) columns = 0;
    else if (line.includes('-') && line.includes('|') && /^[\s|:>+*-]*$/.test(line)) columns = line.split('|').length;
    cells += columns;
    if (cells > MAX_CELLS || marks > MAX_MARKS_TOGETHER) return true;
  }
  return false;
}

function hasLongWord(line: string): boolean {
  if (line.length <= MAX_WORD_BEFORE_AT) return false;
  return line.split(BETWEEN_ADDRESSES).some((word) => word.length > MAX_WORD_BEFORE_AT);
}

function isDeep(line: string): boolean {
  if (line.length <= MAX_DEPTH) return false;
  const opened = DEEP.exec(line);
  if (opened && (opened[0].match(OPENERS)?.length ?? 0) > MAX_DEPTH) return true;
  return line.length > MAX_INDENT && line.slice(0, MAX_INDENT).trim() === '';
}
