/**
 * Cuts a long Markdown text into pieces that are each whole Markdown. Works on the source, line by line: what is not cut
 * stays as it was written, and no tree is built.
 */

import { wholeCharacters } from '../text/clean.ts';
import { type Boundary, continues, findBoundaries, type LinesLeft, lineAt, type Overflow } from './boundaries.ts';
import { cutParagraph, cutWord, fitting } from './cut-paragraph.ts';
import { type Fence, fenceEnd, indentOf, isBlank, isQuote, openedFence } from './lines.ts';

/** How long a text is, in the unit of a platform's limit. Must grow with the text, and add up over its lines. */
export type Measure = (text: string) => number;

const utf16: Measure = (text) => text.length;

/**
 * How full a piece must be for a boundary of each rank to be taken (a block's end early, a line of code late), and how
 * much may at most be left empty for it.
 */
const LEAST_FILL = [0.4, 0.5, 0.55, 0.6] as const;
const MOST_EMPTY = [3_000, 2_500, 2_000, 1_500] as const;
/** Looked at behind a cut in a paragraph, in UTF-16 units, to know whether what is open there will be closed. */
const LOOK_AHEAD = 4_000;

/**
 * Pieces of at most `limit` each. One piece when the text fits. Cuts where it hurts least: between blocks, list items,
 * table rows (the head is repeated), paragraphs' sentences, words, graphemes, code points. A code fence that is cut is
 * closed and opened again with its language; emphasis likewise; a link is not cut unless it alone passes the limit.
 * What remains of a nested list is moved to the left. White space at a cut is dropped, no other text is. For a text
 * that grows, all pieces but the last stay as they are once the paragraph behind their cut is complete.
 *
 * @param limit at least 40, in the unit of `measure`.
 * @param measure length in the platform's unit; UTF-16 units by default.
 */
export function split(markdown: string, limit: number, measure: Measure = utf16): string[] {
  if (limit < 40) throw new RangeError(`A piece must be allowed to measure at least 40, not ${limit}.`);
  if (measure(markdown) <= limit) return [markdown];
  const pieces: string[] = [];
  const left: LinesLeft = markdown.split('\n').reverse();
  while (left.length > 0) {
    const cut = nextCut(left, limit, measure) ?? take(left, left.length);
    const piece = withoutBlankEnds(cut);
    if (piece.length > 0) pieces.push(piece.join('\n'));
  }
  return pieces;
}

/**
 * The same for a text that still grows at its end: `complete` are pieces that `split` gives whatever follows, `growing`
 * is the beginning of the next one, all of it that stays in it wherever the text is cut in the end. (Not promised for
 * lines that no sane text has: a fence whose info string, or a table whose head, takes a quarter of the limit.)
 */
export function splitGrowing(
  markdown: string,
  limit: number,
  measure: Measure = utf16,
): { complete: string[]; growing: string } {
  const complete: string[] = [];
  const left: LinesLeft = markdown.split('\n').reverse();
  for (;;) {
    const cut = nextCut(left, limit, measure, true);
    if (!cut) break;
    const piece = withoutBlankEnds(cut);
    if (piece.length > 0) complete.push(piece.join('\n'));
  }
  return { complete, growing: keptWhereverCut(left, limit, measure) };
}

function keptWhereverCut(left: LinesLeft, limit: number, measure: Measure): string {
  const { boundaries, overflow } = findBoundaries(left, limit, measure);
  const best = bestOf(
    boundaries.filter((boundary) => boundary.index < left.length - 1),
    limit,
  );
  const lines = left.toReversed();
  if (best) return lines.slice(0, best.index).join('\n');
  const text = lines.join('\n');
  const least = leastFill(0, limit);
  return overflow || measure(text) > least ? wholeCharacters(text.slice(0, fitting(text, least, measure))) : text;
}

/**
 * Takes the lines of the next piece; undefined when all that is left fits in one.
 * @param growing nothing is taken that the lines still to come could change.
 */
function nextCut(left: LinesLeft, limit: number, measure: Measure, growing = false): string[] | undefined {
  const { boundaries, overflow } = findBoundaries(left, limit, measure);
  if (!overflow || (growing && overflow.at >= left.length - 1)) return undefined;
  const room = limit - overflow.cost;
  const best = bestOf(boundaries, limit) ?? (room < limit / 4 ? boundaries.at(-1) : undefined);
  if (best) {
    const lines = take(left, best.index);
    moveLeft(left, best.dedent, best.fence);
    left.push(...best.reopen.toReversed());
    return [...lines, ...best.close];
  }
  if (overflow.fence) {
    const lines = take(left, overflow.start);
    const close = overflow.close[0] as string;
    const { head, tail } = cutWord(take(left, 1)[0] as string, Math.max(1, room - measure(`\n${close}`)), measure);
    moveLeft(left, overflow.dedent, overflow.fence);
    left.push(tail, ...overflow.reopen.toReversed());
    return [...lines, head, close];
  }
  const inTable = overflow.reopen.length > 0;
  const count = inTable ? 1 : paragraphLines(left, overflow, room);
  if (growing && overflow.start + count >= left.length) return undefined;
  const lines = take(left, overflow.start);
  const { head, tail } = cutParagraph(take(left, count).join('\n'), Math.max(1, room), measure);
  if (inTable && lineAt(left, 0)?.includes('|')) left.push(...overflow.reopen.toReversed(), '');
  moveLeft(left, overflow.dedent);
  left.push(...tail.split('\n').reverse());
  return [...lines, head];
}

function leastFill(rank: Boundary['rank'], limit: number): number {
  return Math.max(LEAST_FILL[rank] * limit, limit - MOST_EMPTY[rank]);
}

function take(left: LinesLeft, count: number): string[] {
  return count === 0 ? [] : left.splice(left.length - count, count).reverse();
}

/** The latest boundary of the best rank that leaves the piece full enough. */
function bestOf(boundaries: Boundary[], limit: number): Boundary | undefined {
  for (const rank of [0, 1, 2, 3] as const) {
    const least = leastFill(rank, limit);
    const found = boundaries.findLast((boundary) => boundary.rank === rank && boundary.cost >= least);
    if (found) return found;
  }
  return undefined;
}

/**
 * How many lines the paragraph that overflows has, as far as the cut can fall and a little more. Never fewer than those
 * that overflow: what fits is not to be cut, or each line would become a piece.
 */
function paragraphLines(left: LinesLeft, { start, at }: Overflow, room: number): number {
  let length = 0;
  for (let count = 1; ; count++) {
    const line = lineAt(left, start + count - 1) as string;
    length += line.length + 1;
    const next = lineAt(left, start + count);
    if (next === undefined) return count;
    if (start + count <= at) continue;
    if (isBlank(next) || !continues(line, next) || length > room + LOOK_AHEAD) return count;
  }
}

/** Moves the rest of what was cut inside a list to the left, up to where the list ends. */
function moveLeft(left: LinesLeft, columns: number, within?: Fence): void {
  let fence = within;
  for (let index = left.length - 1; columns > 0 && index >= 0; index--) {
    const line = left[index] as string;
    if (isBlank(line)) continue;
    const indent = indentOf(line);
    if (!fence) {
      if (indent === 0 || isQuote(line)) return;
      columns = Math.min(columns, indent);
      fence = openedFence(line);
    } else if (fenceEnd(fence, line)) {
      fence = undefined;
    }
    left[index] = withoutIndent(line, columns);
  }
}

function withoutIndent(line: string, columns: number): string {
  let removed = 0;
  let at = 0;
  while (removed < columns && (line[at] === ' ' || line[at] === '\t')) {
    removed += line[at] === '\t' ? 4 - (removed % 4) : 1;
    at++;
  }
  return ' '.repeat(Math.max(0, removed - columns)) + line.slice(at);
}

function withoutBlankEnds(lines: string[]): string[] {
  let start = 0;
  let end = lines.length;
  while (start < end && isBlank(lines[start] as string)) start++;
  while (end > start && isBlank(lines[end - 1] as string)) end--;
  return lines.slice(start, end);
}
