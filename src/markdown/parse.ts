/**
 * Markdown as a tree and back: CommonMark with GFM (tables, strikethrough, task lists, autolinks, footnotes), the
 * dialect that models write.
 */
import type { Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown, gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { gfm } from 'micromark-extension-gfm';
import { isHostile } from './hostile.ts';

const EXTENSIONS = [gfm()];
const TO_TREE = [gfmFromMarkdown()];
const TO_TEXT = [gfmToMarkdown()];

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

function plain(markdown: string): Root {
  const children: Root['children'] = [];
  for (const text of markdown.split(/(\n[ \t]*\n)/)) {
    const value = text.trim();
    if (value !== '') children.push({ type: 'paragraph', children: [{ type: 'text', value }] });
  }
  return { type: 'root', children };
}
