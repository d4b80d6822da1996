/** A half-written answer, shown as if it were finished. */
import { wholeCharacters } from '../text/clean.ts';
import { codeSpans, emphasisIn, labelEnds } from './inline.ts';
import {
  cellsOf,
  containerOf,
  delimiterColumns,
  type Fence,
  fenceEnd,
  isBlank,
  isRow,
  openedFence,
  startsBlock,
} from './lines.ts';

const LONGEST_LABEL = 1_000;
/** A line that will open a fence, or close one, once it is complete. */
const FENCE_BEGUN = /^(?:`{1,2}|`{3,}[^`\n]*|~{1,2}|~{3,}.*)$/;
const DELIMITER_BEGUN = /^[ \t>]*\|?[ \t]*:?(?:-+[:| \t-]*)?$/;
const TARGET_BEGUN = /^\([^\s()<>]*(?:\([^\s()<>]*\)?)?(?:[ \t]+"[^"\n]*"?)?$/;

/**
 * What to show of a text that is still being written: an open fence is closed; so are emphasis and code; of an open link
 * its label is shown, a mark that may be the first half of one is left out, and the head of a table is held back until
 * its delimiter row is complete. Costs linear time; never throws. A finished text comes back as it is.
 */
export function closeOpen(markdown: string): string {
  const text = wholeCharacters(markdown);
  const { fence, paragraph } = endOf(text);
  if (fence) {
    const lines = text.split('\n');
    const last = lines.at(-1) as string;
    // The end of the fence is being written.
    if (new RegExp(`^[ \\t>]*\\${fence.mark[0]}+[ \\t]*$`).test(last)) lines.pop();
    return `${lines.join('\n').replace(/\n$/, '')}\n${fence.prefix.replace(/[^>\s]/g, ' ')}${fence.mark}`;
  }
  const before = text.slice(0, paragraph);
  const open = text.slice(paragraph);
  const lastLine = open.slice(open.lastIndexOf('\n') + 1);
  if (FENCE_BEGUN.test(lastLine.slice(containerOf(lastLine).length))) return closeOpen(withoutLastLine(text));
  const held = withoutHalfTable(text);
  if (held !== undefined) return held;
  return before + closeInline(open);
}

/** The fence that is open at the end, or where the last paragraph begins. */
function endOf(text: string): { fence: Fence | undefined; paragraph: number } {
  let fence: Fence | undefined;
  let paragraph = 0;
  let at = 0;
  for (const line of text.split('\n')) {
    const complete = at + line.length < text.length;
    const end = fence && fenceEnd(fence, line);
    if (end === 'left') fence = undefined;
    if (fence) {
      if (end) fence = undefined;
      paragraph = at + line.length + (complete ? 1 : 0);
    } else {
      if (end === 'left' || startsBlock(line)) paragraph = at;
      if (complete) fence = openedFence(line);
    }
    at += line.length + 1;
  }
  return { fence, paragraph: Math.min(paragraph, text.length) };
}

function withoutLastLine(text: string): string {
  const newline = text.lastIndexOf('\n');
  return newline < 0 ? '' : text.slice(0, newline);
}

/** The text without a table's head whose delimiter row is not complete; undefined when there is none. */
function withoutHalfTable(text: string): string | undefined {
  const start = text.lastIndexOf('\n') + 1;
  const last = text.slice(start);
  const newline = text.lastIndexOf('\n', start - 2);
  const previous = start > 0 ? text.slice(newline + 1, start - 1) : '';
  const before = newline < 0 ? '' : text.slice(0, newline);
  const complete = delimiterColumns(last) === cellsOf(previous).length;
  if (isRow(previous) && !complete && (last === '' || DELIMITER_BEGUN.test(last)) && !isRow(lastLineOf(before)))
    return before;
  if (isRow(last) && !isRow(previous) && delimiterColumns(last) === 0)
    return start === 0 ? '' : text.slice(0, start - 1);
  return undefined;
}

function lastLineOf(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** A paragraph whose end is being written. */
function closeInline(source: string): string {
  if (!/[*_~`[]/.test(source) || isBlank(source)) return source;
  const { spans, unclosed } = codeSpans(source);
  if (unclosed < source.length) {
    const run = (/^`+/.exec(source.slice(unclosed)) as RegExpExecArray)[0];
    const code = source.slice(unclosed + run.length);
    const before = closeInline(source.slice(0, unclosed));
    if (code.trim() === '') return before.trimEnd();
    // Marks that were open before the code go on behind it, and are closed there.
    const { open } = emphasisIn(source.slice(0, unclosed), spans);
    const marks = open
      .map(({ mark }) => mark)
      .reverse()
      .join('');
    return `${source.slice(0, unclosed)}${run}${code.replace(/`+$/, '')}${run}${marks}`;
  }
  const shown = withoutOpenLink(source, labelEnds(source, spans, LONGEST_LABEL));
  const text = shown.replace(/[*_~]+$/, '');
  const { open } = emphasisIn(text, codeSpans(text).spans);
  const begun = open.filter(({ end }) => text.slice(end).trim() !== '');
  if (begun.length === 0) return text === shown || isEven(shown, text) ? shown : text.trimEnd();
  const marks = begun
    .map(({ mark }) => mark)
    .reverse()
    .join('');
  return text.trimEnd() + marks;
}

/** True when the marks at the end belong to what is closed already. */
function isEven(shown: string, text: string): boolean {
  return emphasisIn(shown, codeSpans(shown).spans).ranges.some(({ end }) => end > text.length);
}

/** The last link, when its address is not complete, shown as its label. */
function withoutOpenLink(text: string, ends: Map<number, number>): string {
  const start = text.lastIndexOf('[');
  if (start < 0 || text[start - 1] === '\\') return text;
  const close = ends.get(start);
  const label = close === undefined ? text.slice(start + 1) : text.slice(start + 1, close);
  const inCode = () => codeSpans(text).spans.some((span) => span.start < start && start < span.end);
  if (close === undefined && (label.includes('\n') || label.length > LONGEST_LABEL || inCode())) return text;
  if (close !== undefined && !TARGET_BEGUN.test(text.slice(close + 1))) return text;
  const shown = text.slice(0, text[start - 1] === '!' ? start - 1 : start) + label;
  return openedFence(shown.slice(shown.lastIndexOf('\n') + 1)) ? text : shown;
}
