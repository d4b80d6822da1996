/** A long or mark-ridden answer as a tree, parsed in parts so that one part's excess does not cost the others their form. */
import type { Root, RootContent } from 'mdast';
import { isHostile, marksIn } from './hostile.ts';
import {
  type Fence,
  fenceEnd,
  indentOf,
  isBlank,
  isRow,
  isSetextUnderline,
  openedFence,
  startsBlock,
} from './lines.ts';
import { parse } from './parse.ts';

/** Well below what `isHostile` allows, since a part is judged as one paragraph here. */
const MOST_MARKS = 300;
const LONGEST_PART = 8_000;
const MOST_LINES_OF_PART = 120;
/** Of what is parsed outside of code; what follows is plain text. A list costs most: about 0.1 ms an item. */
const MOST_LINES = 1_500;
const MOST_LENGTH = 120_000;
/** A definition of a link, which serves the whole text. */
const DEFINITION = /^ {0,3}\[[^\]\n^][^\]\n]{0,200}\]:[ \t]*\S/;
/** Of all definitions together, since each part is parsed with them. */
const LONGEST_DEFINITIONS = 4_000;

/**
 * The same tree as `parse` for every usual answer. One that `parse` would take as plain text for its length or for the
 * marks in it (a page of HTML in a code block, a list of a hundred bold names) is cut between its blocks and parsed part
 * by part; only a part that is hostile by itself is plain text. Costs linear time; never throws.
 */
export function parseParts(markdown: string): Root {
  if (!isHostile(markdown)) return parse(markdown);
  const children: RootContent[] = [];
  const parts = partsOf(markdown.split('\n'));
  const definitions = definitionsOf(parts);
  let lines = 0;
  let length = 0;
  for (const part of parts) {
    if (part.code) {
      children.push({ type: 'code', lang: part.code.lang, value: part.code.value, position: place(part, part) });
      continue;
    }
    const source = part.lines.join('\n');
    lines += part.lines.length;
    length += source.length;
    if (lines > MOST_LINES || length > MOST_LENGTH) {
      const value = source.trim();
      if (value !== '')
        children.push({ type: 'paragraph', children: [{ type: 'text', value }], position: place(part, part) });
      continue;
    }
    const refers = source.includes('[') && definitions !== '';
    for (const node of parse(refers ? `${source}\n\n${definitions}` : source).children) {
      // The definitions stand in their own part already.
      if (refers && (node.position?.start.line ?? 0) > part.lines.length) continue;
      const { start, end } = node.position ?? {
        start: { line: 1 },
        end: { line: source.trimEnd().split('\n').length },
      };
      const at = (line: number) => ({ line: part.first + line - 1, column: 1 });
      children.push({ ...node, position: { start: at(start.line), end: at(end.line) } });
    }
  }
  return { type: 'root', children };
}

/** The lines that define links, for the parts that only refer to them. */
function definitionsOf(parts: Part[]): string {
  const lines = parts.flatMap((part) => (part.code ? [] : part.lines.filter((line) => DEFINITION.test(line))));
  const text = lines.join('\n');
  return text.length > LONGEST_DEFINITIONS ? '' : text;
}

interface Part {
  /** Number of its first line, and of its last one. */
  first: number;
  last: number;
  lines: string[];
  code?: { lang: string | null; value: string };
}

function place(from: Part, to: Part): RootContent['position'] {
  return { start: { line: from.first, column: 1 }, end: { line: to.last, column: 1 } };
}

/** Fences at the margin are parts of their own; what stands between is cut where a block begins at the margin. */
function partsOf(lines: string[]): Part[] {
  const parts: Part[] = [];
  let part: Part = { first: 1, last: 1, lines: [] };
  let fence: Fence | undefined;
  let marks = 0;
  let length = 0;
  let afterBlank = true;
  const begin = (line: number) => {
    if (part.lines.length > 0) parts.push(part);
    part = { first: line, last: line, lines: [] };
    marks = 0;
    length = 0;
  };
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (fence && part.code) {
      part.last = number;
      if (fenceEnd(fence, line)) {
        part.code.value = part.lines.slice(1).join('\n');
        fence = undefined;
        begin(number + 1);
      } else {
        part.lines.push(line);
      }
      continue;
    }
    const opened = openedFence(line);
    if (opened?.prefix === '') {
      begin(number);
      fence = opened;
      part.code = { lang: opened.info.split(/\s/, 1)[0] || null, value: '' };
      part.lines.push(line);
      afterBlank = true;
      continue;
    }
    const more = marksIn(line);
    const full =
      marks + more > MOST_MARKS || length + line.length > LONGEST_PART || part.lines.length >= MOST_LINES_OF_PART;
    if (full && (afterBlank || beginsBlock(line, part.lines.at(-1) ?? ''))) {
      if (indentOf(line) === 0 && !isBlank(line)) begin(number);
    }
    part.lines.push(line);
    part.last = number;
    marks += more;
    length += line.length + 1;
    afterBlank = isBlank(line);
  }
  if (part.code) part.code.value = part.lines.slice(1).join('\n');
  if (part.lines.length > 0) parts.push(part);
  return parts;
}

/** True when the line belongs to no block that is under way: not to a table, nor to a heading that it underlines. */
function beginsBlock(line: string, previous: string): boolean {
  return startsBlock(line) && !isSetextUnderline(line) && !(isRow(line) && isRow(previous));
}
