/** Cuts one paragraph (or heading, list item, table row) in two, so that both are whole Markdown. */
import { codeSpans, type Emphasis, emphasisIn, labelEnds, type Range } from './inline.ts';
import { containerOf, startsBlock } from './lines.ts';
import type { Measure } from './split.ts';

/** Looked at behind the cut, to know whether what is open there will be closed. */
const LOOK_AHEAD = 4_000;
const LONGEST_LABEL = 500;
const SENTENCE_END = /[.!?…][)\]"'”’»]{0,3}[ \t\n]|[。！？]/g;
const TARGET = /\([^\s()<>]{0,1000}(?:\([^\s()<>]{0,100}\)[^\s()<>]{0,100}){0,3}(?:[ \t]+"[^"\n]{0,300}")?\)/y;
/** Never cut: bare addresses, `<…>`, entities, escapes, emoji codes. */
const WHOLE =
  /https?:\/\/[^\s<>()[\]]{1,1500}|<[^\s<>][^<>\n]{0,400}>|&#?[a-z0-9]{1,31};|\\[\s\S]|:[a-z0-9_+-]{1,40}:/gi;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * @param room what the first part may measure; at least 1.
 * @returns both parts; neither is the whole. The second begins with what keeps it a part of the same quote or heading.
 */
export function cutParagraph(source: string, room: number, measure: Measure): { head: string; tail: string } {
  const prefix = containerOf(source);
  const window = source.slice(0, fitting(source, room, measure) + LOOK_AHEAD);
  const { whole, ranges } = structureOf(window, prefix.length);
  let limit = fitting(source, room, measure);
  for (;;) {
    const at = placeOf(window, limit, prefix.length, whole);
    const around = ranges.filter(({ start, end, mark }) => start + mark.length < at && at <= end - mark.length);
    const kept = window.slice(0, at).trimEnd();
    const head =
      kept +
      around
        .map(({ mark }) => mark)
        .reverse()
        .join('');
    const over = measure(head) - room;
    if (over <= 0 || limit === 1) {
      // Too little room for anything whole: a bare cut.
      if (over > 0) return { head: window.slice(0, limit), tail: source.slice(limit) };
      const tail = again(source, prefix, at) + reopened(around, asText(rest(source, at)));
      return tail.length < source.length ? { head, tail } : { head: window.slice(0, limit), tail: source.slice(limit) };
    }
    limit = Math.max(1, limit - Math.max(1, Math.ceil(over)));
  }
}

/** Cuts a line of code: behind a grapheme, and nothing is added or left out. */
export function cutWord(source: string, room: number, measure: Measure): { head: string; tail: string } {
  const at = insideWord(source, fitting(source, room, measure));
  return { head: source.slice(0, at), tail: source.slice(at) };
}

/** Text from the middle of a line that would begin a block now that it stands first, escaped. */
function asText(text: string): string {
  const line = text.slice(0, 2_000).split('\n', 1)[0] as string;
  if (line === '' || line.startsWith('|') || !startsBlock(line)) return text;
  return /^\d/.test(line) ? text.replace(/[.)]/, '\\$&') : `\\${text}`;
}

/** Sets what was open at the cut again; `~~` before a tilde would begin a fence. */
function reopened(around: readonly Emphasis[], text: string): string {
  const marks = around.map(({ mark }) => mark).join('');
  return marks + (marks.endsWith('~') && text.startsWith('~') ? `\\${text}` : text);
}

/** What makes the second part belong to the same heading or quote. */
function again(source: string, prefix: string, at: number): string {
  const heading = /^ {0,3}#{1,6}[ \t]/.exec(source);
  if (heading && at <= source.length) return heading[0];
  return prefix.includes('>') ? prefix.replace(/[^>\s]/g, ' ') : '';
}

/** The text behind the cut; a quote's marks at its beginning are left out, since they are set again. */
function rest(source: string, at: number): string {
  const text = source.slice(at).trimStart();
  const lineEnded =
    source.slice(0, source.length - text.length).trimEnd().length <
    source.lastIndexOf('\n', source.length - text.length);
  return lineEnded || source[at - 1] === '\n' ? text.replace(/^(?:>[ \t]?)+/, '') : text;
}

/** The most UTF-16 units of the text's beginning that fit. */
export function fitting(text: string, room: number, measure: Measure): number {
  let low = 0;
  let high = Math.min(text.length, Math.max(1, Math.floor(room)));
  while (high < text.length && measure(text.slice(0, high)) <= room) {
    low = high;
    high = Math.min(text.length, high * 2);
  }
  if (measure(text.slice(0, high)) <= room) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (measure(text.slice(0, middle)) <= room) low = middle;
    else high = middle;
  }
  return Math.max(1, low);
}

function structureOf(text: string, from: number): { whole: Range[]; ranges: Emphasis[] } {
  const { spans } = codeSpans(text);
  const whole: Range[] = [...spans];
  const labels = text.includes('](') ? labelEnds(text, spans, LONGEST_LABEL) : new Map<number, number>();
  for (const [start, close] of labels) {
    TARGET.lastIndex = close + 1;
    const target = TARGET.exec(text);
    if (target) whole.push({ start: text[start - 1] === '!' ? start - 1 : start, end: close + 1 + target[0].length });
  }
  for (const match of text.matchAll(WHOLE)) whole.push({ start: match.index, end: match.index + match[0].length });
  const merged = union(whole);
  const { ranges } = emphasisIn(text, merged);
  return { whole: merged, ranges: ranges.filter((range) => range.start >= from) };
}

function union(ranges: Range[]): Range[] {
  const out: Range[] = [];
  for (const range of ranges.sort((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else out.push({ ...range });
  }
  return out;
}

/** Where to cut at or before `limit`: behind a sentence, else a word, else a grapheme; outside of what stays whole. */
function placeOf(text: string, limit: number, from: number, whole: Range[]): number {
  const sentence = lastMatch(text, SENTENCE_END, Math.max(limit >> 1, limit - 1_500), limit);
  for (const place of [sentence, lastSpace(text, Math.max(limit >> 2, limit - 700), limit), limit]) {
    const moved = outside(place, whole);
    if (moved <= from || moved < Math.max(limit >> 2, limit - 2_500)) continue;
    if (text.slice(from, moved).trim() !== '') return moved === limit ? insideWord(text, moved) : moved;
  }
  return insideWord(text, limit);
}

function lastMatch(text: string, pattern: RegExp, from: number, to: number): number {
  let place = -1;
  for (const match of text.slice(from, to).matchAll(pattern)) place = from + match.index + match[0].length;
  return place;
}

function lastSpace(text: string, from: number, to: number): number {
  for (let i = to; i > from; i--) if (/\s/.test(text[i - 1] as string)) return i;
  return -1;
}

function outside(place: number, whole: Range[]): number {
  const range = whole.find((candidate) => candidate.start < place && place < candidate.end);
  return range ? range.start : place;
}

/** The last boundary of a grapheme at or before `limit`; of a code point when one grapheme is absurdly long. */
function insideWord(text: string, limit: number): number {
  const from = Math.max(0, limit - 64);
  const start = isLow(text.charCodeAt(from)) ? from + 1 : from;
  let place = -1;
  for (const { index } of graphemes.segment(text.slice(start, limit + 64))) {
    if (start + index > limit) break;
    if (index > 0) place = start + index;
  }
  if (place > 0) return place;
  return isLow(text.charCodeAt(limit)) && limit > 1 ? limit - 1 : limit;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
