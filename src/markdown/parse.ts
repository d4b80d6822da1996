/**
 * Markdown as a tree and back: CommonMark with GFM (tables, strikethrough, task lists, autolinks, footnotes), the
 * dialect that models write.
 */
import type { Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown, gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { gfm } from 'micromark-extension-gfm';

const EXTENSIONS = [gfm()];
const TO_TREE = [gfmFromMarkdown()];
const TO_TEXT = [gfmToMarkdown()];

/** Longest text that is given to the parser, in UTF-16 units; longer ones are shown as plain text. */
const MAX_LENGTH = 100_000;
/** Deepest nesting of quotes and lists that a line may open. The parser takes quadratic time in it. */
const MAX_DEPTH = 40;
/** Most characters of one paragraph that may open or close something; the parser takes quadratic time in some of them. */
const MAX_MARKS = 400;

const MARKS = /[*_~[\]`<]/g;
const PARAGRAPHS = /\n[ \t]*\n/;
const DEEP = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/;
const ANY_MARK = /[*_~[\]`<>#|\\&]|^[ \t]*[-+=\d]|:\/\/|www\.|@|^ {2}|\t/m;

/**
 * The tree of a Markdown text. Never throws. A text that is hostile (see `isHostile`) comes back as paragraphs of plain
 * text: it stays readable, and costs linear time.
 */
export function parse(markdown: string): Root {
  if (!ANY_MARK.test(markdown) || isHostile(markdown)) return plain(markdown);
  return fromMarkdown(markdown, { extensions: EXTENSIONS, mdastExtensions: TO_TREE });
}

/** The Markdown of a tree: `-` for lists, `*` for emphasis, fences for code. */
export function print(root: Root): string {
  return toMarkdown(root, { extensions: TO_TEXT, bullet: '-', rule: '-', fences: true, listItemIndent: 'one' });
}

/** True when parsing would take more than linear time: absurd nesting, or thousands of marks in one paragraph. */
export function isHostile(markdown: string): boolean {
  if (markdown.length > MAX_LENGTH) return true;
  if (markdown.length < 200) return false;
  for (const paragraph of markdown.split(PARAGRAPHS)) {
    if (paragraph.length > MAX_MARKS && (paragraph.match(MARKS)?.length ?? 0) > MAX_MARKS) return true;
  }
  for (const line of markdown.split('\n')) {
    if (line.length <= MAX_DEPTH) continue;
    const opened = DEEP.exec(line);
    if (opened && (opened[0].match(/>|[-*+.)]/g)?.length ?? 0) > MAX_DEPTH) return true;
    if (/^[ \t]{200}/.test(line)) return true;
  }
  return false;
}

function plain(markdown: string): Root {
  const children: Root['children'] = [];
  for (const text of markdown.split(/(\n[ \t]*\n)/)) {
    const value = text.trim();
    if (value !== '') children.push({ type: 'paragraph', children: [{ type: 'text', value }] });
  }
  return { type: 'root', children };
}
