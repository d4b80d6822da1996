/** A long or mark-ridden answer as a tree, parsed in parts so that one part's excess does not cost the others their form. */
import type { Root, RootContent } from 'mdast';
import { type Fence, fenceEnd, indentOf, isBlank, openedFence, startsBlock } from './lines.ts';
import { isHostile, parse } from './parse.ts';

/** Well below what `isHostile` allows, since a part is judged as one paragraph here. */
const MOST_MARKS = 300;
const LONGEST_PART = 8_000;
/** Lines outside of code that are parsed; what follows is plain text. A list costs most: about 0.1 ms an item. */
const MOST_LINES = 2_000;
const MARKS = /[*_~[\]`<]/g;

/**
 * The same tree as `parse` for every usual answer. One that `parse` would take as plain text for its length or for the
 * marks in it (a page of HTML in a code block, a list of a hundred bold names) is cut between its blocks and parsed part
 * by part; only a part that is hostile by itself is plain text. Costs linear time; never throws.
 */
export function parseParts(markdown: string): Root {
  if (!isHostile(markdown)) return parse(markdown);
  const children: RootContent[] = [];
  let lines = 0;
  for (const part of partsOf(markdown.split('\n'))) {
    if (part.code) {
      children.push({ type: 'code', lang: part.code.lang, value: part.code.value, position: place(part, part) });
      continue;
    }
    lines += part.lines.length;
    if (lines > MOST_LINES) {
      const value = part.lines.join('\n').trim();
      if (value !== '')
        children.push({ type: 'paragraph', children: [{ type: 'text', value }], position: place(part, part) });
      continue;
    }
    for (const node of parse(part.lines.join('\n')).children) {
      const { start, end } = node.position ?? { start: { line: 1 }, end: { line: part.lines.length } };
      const at = (line: number) => ({ line: part.first + line - 1, column: 1 });
      children.push({ ...node, position: { start: at(start.line), end: at(end.line) } });
    }
  }
  return { type: 'root', children };
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
    const more = line.match(MARKS)?.length ?? 0;
    const full = marks + more > MOST_MARKS || length + line.length > LONGEST_PART;
    if (full && indentOf(line) === 0 && !isBlank(line) && (afterBlank || startsBlock(line))) begin(number);
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
