/**
 * What stands in one paragraph, told from its source in one pass and in linear time: code spans, labels in brackets,
 * emphasis. Close to CommonMark, and good enough to know where a text may be cut or closed; it builds no tree.
 */

export interface Range {
  start: number;
  end: number;
}

/**
 * Code spans in order, and where the first run of backticks stands that has no partner (yet); Infinity if none does.
 * In a `growing` text a run at the very end may become longer, and so is nobody's partner.
 */
export function codeSpans(text: string, growing = false): { spans: Range[]; unclosed: number } {
  const spans: Range[] = [];
  let unclosed = Number.POSITIVE_INFINITY;
  if (!text.includes('`')) return { spans, unclosed };
  const runs: Range[] = Array.from(text.matchAll(/`+/g), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  if (growing && text.endsWith('`')) unclosed = runs.pop()?.start ?? unclosed;
  const byLength = new Map<number, number[]>();
  for (const [index, run] of runs.entries()) {
    const same = byLength.get(run.end - run.start);
    if (same) same.push(index);
    else byLength.set(run.end - run.start, [index]);
  }
  const passed = new Map<number, number>();
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index] as Range;
    const start = run.start + (isEscaped(text, run.start) ? 1 : 0);
    const length = run.end - start;
    if (length === 0) continue;
    const same = byLength.get(length) ?? [];
    let pointer = passed.get(length) ?? 0;
    while (pointer < same.length && (same[pointer] as number) <= index) pointer++;
    passed.set(length, pointer);
    const partner = same[pointer];
    if (partner === undefined) {
      unclosed = Math.min(unclosed, start);
      continue;
    }
    spans.push({ start, end: (runs[partner] as Range).end });
    index = partner;
  }
  return { spans, unclosed };
}

/** True when an odd number of backslashes stands before this place. */
function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes++;
  return slashes % 2 === 1;
}

/** For each `[` the `]` that closes it, at most `longest` characters on; brackets in code and escaped ones left out. */
export function labelEnds(text: string, spans: Range[], longest: number): Map<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  let span = 0;
  for (let i = 0; i < text.length; i++) {
    while (span < spans.length && (spans[span] as Range).end <= i) span++;
    const within = spans[span];
    if (within && within.start <= i) {
      i = within.end - 1;
      continue;
    }
    const character = text[i];
    if (character === '\\') i++;
    else if (character === '[') open.push(i);
    else if (character === ']') {
      const start = open.pop();
      if (start !== undefined && i - start <= longest) ends.set(start, i);
    }
  }
  return ends;
}

/** Emphasis, strong emphasis or strikethrough: from the first mark to the end of the last, and the mark itself. */
export interface Emphasis extends Range {
  mark: string;
}

const RUN = /\*+|_+|~+/g;
/** More marks than this are never open at once; older ones are let go, so that the time stays linear. */
const MOST_OPEN = 32;

/**
 * Emphasis in a paragraph's source, the outer before the inner; marks within `closed` ranges (code, links' addresses) do
 * not count. `open` are the marks that would begin emphasis and found no partner, in order.
 */
export function emphasisIn(text: string, closed: Range[]): { ranges: Emphasis[]; open: Emphasis[] } {
  const ranges: Emphasis[] = [];
  let open: { character: string; at: number; length: number }[] = [];
  let skip = 0;
  for (const match of text.matchAll(RUN)) {
    const at = match.index;
    while (skip < closed.length && (closed[skip] as Range).end <= at) skip++;
    const within = closed[skip];
    if ((within && within.start <= at) || isEscaped(text, at)) continue;
    const character = match[0][0] as string;
    let length = match[0].length;
    if (length > 3 || (character === '~' && length > 2)) continue;
    const { opens, closes } = flanking(text, at, at + length, character === '_');
    let start = at;
    while (closes && length > 0) {
      const index = open.findLastIndex(
        (mark) => mark.character === character && (character !== '~' || mark.length === length),
      );
      if (index < 0) break;
      const opener = open[index] as (typeof open)[number];
      const used = character === '~' ? length : Math.min(2, opener.length, length);
      const begin = opener.at + opener.length - used;
      ranges.push({ start: begin, end: start + used, mark: text.slice(begin, begin + used) });
      start += used;
      length -= used;
      opener.length -= used;
      open = open.slice(0, opener.length > 0 ? index + 1 : index);
    }
    if (opens && length > 0) {
      open.push({ character, at: start, length });
      if (open.length > MOST_OPEN) open.shift();
    }
  }
  ranges.sort((a, b) => a.start - b.start || b.end - a.end);
  return {
    ranges,
    open: open.map(({ at, length }) => ({ start: at, end: at + length, mark: text.slice(at, at + length) })),
  };
}

const PUNCTUATION = /[\p{P}\p{S}]/u;

function flanking(text: string, start: number, end: number, underscore: boolean): { opens: boolean; closes: boolean } {
  const before = text[start - 1] ?? '\n';
  const after = text[end] ?? '\n';
  const spaceBefore = before.trim() === '';
  const spaceAfter = after.trim() === '';
  const markBefore = PUNCTUATION.test(before);
  const markAfter = PUNCTUATION.test(after);
  const left = !spaceAfter && (!markAfter || spaceBefore || markBefore);
  const right = !spaceBefore && (!markBefore || spaceAfter || markAfter);
  if (!underscore) return { opens: left, closes: right };
  return { opens: left && (!right || markBefore), closes: right && (!left || markAfter) };
}
