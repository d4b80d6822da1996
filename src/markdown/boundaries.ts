/** Where a text may be cut between two lines, and what each cut costs the reader. */
import {
  containerOf,
  delimiterColumns,
  type Fence,
  fenceEnd,
  indentOf,
  isBlank,
  isHeading,
  isListItem,
  isQuote,
  isSetextUnderline,
  openedFence,
  startsBlock,
} from './lines.ts';
import type { Measure } from './split.ts';

/** What a cut needs: lines that end the first part, lines that begin the second, columns to move the second to the left. */
interface Seam {
  close: string[];
  reopen: string[];
  dedent: number;
  /** Set when the cut is inside code. */
  fence?: Fence;
}

/** A cut before line `index`. Rank 0 is between blocks, 1 between list items, 2 inside of them, 3 between lines of code. */
export interface Boundary extends Seam {
  index: number;
  rank: 0 | 1 | 2 | 3;
  /** What the lines before it measure. */
  cost: number;
}

/** What no longer fits: the paragraph (or line of code) that begins at line `start`. */
export interface Overflow extends Seam {
  start: number;
  cost: number;
  /** The line at which the limit was passed. */
  at: number;
}

/** Lines of a text, the first one last: what is left to be cut. */
export type LinesLeft = string[];

export function lineAt(left: LinesLeft, index: number): string | undefined {
  return left[left.length - 1 - index];
}

/** Walks the lines until they pass the limit. Long info strings and overlong ends of fences are set right on the way. */
export function findBoundaries(
  left: LinesLeft,
  limit: number,
  measure: Measure,
): { boundaries: Boundary[]; overflow: Overflow | undefined } {
  const boundaries: Boundary[] = [];
  const newline = measure('\n');
  let cost = 0;
  let fence: { opened: Fence; at: number; seam: Seam } | undefined;
  let table: { at: number; seam: Seam } | undefined;
  let paragraph = { start: 0, cost: 0 };
  let inList = false;
  let afterBlank = true;
  let afterHeading = false;

  for (let index = 0; ; index++) {
    let line = lineAt(left, index);
    if (line === undefined) return { boundaries, overflow: undefined };
    let closing = false;

    if (fence && fenceEnd(fence.opened, line) === 'left') fence = undefined;
    if (fence) {
      closing = fenceEnd(fence.opened, line) === 'closed';
      if (!closing && index > fence.at + 1) {
        boundaries.push({ index, rank: afterBlank ? 2 : 3, cost, ...fence.seam });
      }
      paragraph = { start: index, cost };
      afterBlank = isBlank(line);
    } else if (isBlank(line)) {
      afterBlank = true;
      table = undefined;
      paragraph = { start: index, cost };
    } else {
      const previous = index > 0 ? (lineAt(left, index - 1) as string) : '';
      const heads = !table && !afterBlank && previous.includes('|') && delimiterColumns(line) > 0;
      if (table && !line.includes('|')) table = undefined;
      const joins = heads || (!afterBlank && !table && continues(previous, line));
      if (!joins) {
        const first = table !== undefined && index <= table.at + 1;
        if (index > 0 && !first) {
          const seam = table?.seam ?? { close: [], reopen: [], dedent: isQuote(line) ? 0 : indentOf(line) };
          boundaries.push({
            index,
            rank: rankOf(line, afterBlank, inList, afterHeading, table !== undefined),
            cost,
            ...seam,
          });
        }
        paragraph = { start: index, cost };
      }
      if (heads && measure(previous) + measure(line) < limit / 4) {
        table = { at: index, seam: { close: [], reopen: [previous, line], dedent: 0 } };
      }
      if (isListItem(line)) inList = true;
      else if (afterBlank && indentOf(line) === 0) inList = false;
      afterHeading = isHeading(line);
      afterBlank = false;
      const opened = openedFence(line);
      if (opened && measure(opened.prefix + opened.mark) < limit / 8) {
        if (measure(line) > limit / 4 && opened.info !== '') {
          line = opened.prefix + opened.mark;
          left.splice(left.length - 1 - index, 1, opened.info, line);
        }
        fence = { opened, at: index, seam: seamOf(opened, line) };
      }
    }

    let taken = cost + measure(`${line}\n`);
    if (closing && fence && taken - newline > limit) {
      // Its place was kept free, but it is longer than it need be.
      line = fence.seam.close[0] as string;
      left[left.length - 1 - index] = line;
      taken = cost + measure(`${line}\n`);
    }
    const reserve = fence && !closing ? newline + measure(fence.seam.close[0] as string) : 0;
    if (taken - newline + reserve > limit) {
      const rows = table && table.at < index ? table.seam : undefined;
      const seam = fence ? fence.seam : (rows ?? noSeam(lineAt(left, paragraph.start) as string));
      return { boundaries, overflow: { ...paragraph, at: index, ...seam } };
    }
    cost = taken;
    if (closing) fence = undefined;
  }
}

function seamOf(fence: Fence, line: string): Seam {
  const around = fence.prefix.replace(/[^>\s]/g, ' ');
  const again = fence.quoted ? around : '';
  const opening = line.slice(fence.prefix.length).trim();
  return {
    close: [around + fence.mark],
    reopen: [again + opening],
    dedent: fence.quoted ? 0 : indentOf(around),
    fence,
  };
}

function noSeam(line: string): Seam {
  const prefix = containerOf(line);
  return { close: [], reopen: [], dedent: prefix.includes('>') ? 0 : indentOf(prefix.replace(/\S/g, ' ')) };
}

/** True when a line goes on with the paragraph of the line before it. */
export function continues(previous: string, line: string): boolean {
  if (isHeading(previous)) return false;
  if (isSetextUnderline(line) && !isListItem(line)) return !isListItem(previous) && !isQuote(previous);
  if (isQuote(line) && isQuote(previous)) {
    const inner = unquoted(line);
    return inner.trim() !== '' && unquoted(previous).trim() !== '' && !startsBlock(inner);
  }
  return !startsBlock(line);
}

function unquoted(line: string): string {
  return line.replace(/^[ \t]*>[ \t]?/, '');
}

function rankOf(
  line: string,
  afterBlank: boolean,
  inList: boolean,
  afterHeading: boolean,
  inTable: boolean,
): Boundary['rank'] {
  if (afterHeading) return 3;
  if (inTable || indentOf(line) > 0) return 2;
  if (isListItem(line)) return inList ? 1 : 0;
  return afterBlank || isHeading(line) || openedFence(line) ? 0 : 2;
}
