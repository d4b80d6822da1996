/**
 * Markdown for chats that show text line by line and have their own marks (Discord, WhatsApp): what they have in common.
 * Each brings a dialect, which says how it writes a paragraph, a heading, code.
 */
import type { BlockContent, DefinitionContent, List, Root, RootContent } from 'mdast';
import { renderTable } from './chat-table.ts';
import { htmlText, type InlineToken, type Mark, type References, referencesOf, tokensOf } from './chat-tokens.ts';

export interface ChatDialect {
  /** Running text, with everything escaped that the platform would read as a mark. */
  inline(tokens: InlineToken[]): string;
  /** @param nested it stands in a list. */
  heading(tokens: InlineToken[], depth: number, nested: boolean): string;
  /** Marks that a heading of this depth shows by itself. */
  headingMarks(depth: number, nested: boolean): Mark[];
  /** A block of code; its lines may begin with `MARGIN`. */
  code(value: string, language: string, place: { quoted: boolean }): string;
  /** What a list's item begins with; `checked` for one of a task list. */
  bullet(checked: boolean | undefined): string;
  /** What the item of this number begins with, in a list that begins with `first`. */
  number(value: number, first: number): string;
  rule: string;
  footnote(label: string, text: string): string;
  /** Columns of the widest table that is shown as aligned code. */
  widestTable: number;
  /** Characters of the longest one that is kept in one block of code. */
  longestTable: number;
}

/** A block of the top level, and whether an empty line stands before it. */
export interface ChatBlock {
  node: RootContent;
  text: string;
  gap: '\n' | '\n\n';
}

/** At the beginning of a line: it stands at the margin, whatever list it is in. Taken out of what `renderBlocks` returns. */
export const MARGIN = '\ue020';
/** Characters that this folder and the renderers use for themselves; nobody writes them. */
const OURS = /[\ue000-\ue02f]/g;

/** White space within a line beyond what anybody lines up with; patterns that look for its end take quadratic time in it. */
const LONG_SPACE = /([^\S\n]{100})[^\S\n]+/g;

/** Text that may be given to the renderers: whole characters, and none of those that they use for themselves. */
export function presentable(markdown: string): string {
  return markdown.toWellFormed().replace(/\r\n?/g, '\n').replace(OURS, '').replace(LONG_SPACE, '$1');
}

/** The blocks of a document; those that show nothing are left out. */
export function renderBlocks(root: Root, dialect: ChatDialect): ChatBlock[] {
  const references = referencesOf(root);
  const blocks: ChatBlock[] = [];
  let previous: RootContent | undefined;
  for (const node of root.children) {
    const text = renderNode(node, { dialect, references, nested: false, quoted: false });
    if (text.trim() === '') continue;
    blocks.push({ node, text: text.replace(new RegExp(`^ *${MARGIN}`, 'gm'), ''), gap: gapBetween(previous, node) });
    previous = node;
  }
  return blocks;
}

interface Place {
  dialect: ChatDialect;
  references: References;
  /** In a list. */
  nested: boolean;
  quoted: boolean;
}

type Block = RootContent | BlockContent | DefinitionContent;

function renderNode(node: Block, place: Place): string {
  const { dialect, references } = place;
  switch (node.type) {
    case 'paragraph':
      return dialect.inline(tokensOf(node.children, references));
    case 'heading': {
      const marks = dialect.headingMarks(node.depth, place.nested);
      return dialect.heading(tokensOf(node.children, references, marks), node.depth, place.nested);
    }
    case 'code':
      return node.value.trim() === '' ? '' : dialect.code(node.value, node.lang ?? '', { quoted: place.quoted });
    case 'blockquote':
      return renderAll(node.children, { ...place, quoted: true })
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n');
    case 'list':
      return renderList(node, place);
    case 'table':
      return renderTable(node, references, dialect, place.quoted);
    case 'thematicBreak':
      return dialect.rule;
    case 'html':
      return dialect.inline([{ type: 'text', value: htmlText(node.value).trim() }]);
    case 'footnoteDefinition':
      return dialect.footnote(node.label ?? node.identifier, renderAll(node.children, place));
    case 'definition': {
      if (references.used.has(node)) return '';
      const label = `[${node.label ?? node.identifier}]: `;
      return dialect.inline([
        { type: 'text', value: label },
        { type: 'link', url: node.url, label: [] },
      ]);
    }
    default:
      return '';
  }
}

function renderAll(nodes: Block[], place: Place, tight = false): string {
  let out = '';
  let previous: Block | undefined;
  for (const node of nodes) {
    const text = renderNode(node, place);
    if (text.trim() === '') continue;
    out += (previous === undefined ? '' : tight ? '\n' : gapBetween(previous, node)) + text;
    previous = node;
  }
  return out;
}

function renderList(list: List, place: Place): string {
  return list.children
    .map((item, index) => {
      const bullet = place.dialect.bullet(item.checked ?? undefined);
      const first = list.start ?? 1;
      const number = list.ordered ? place.dialect.number(first + index, first) : '';
      const marker = number + (number && item.checked == null ? '' : bullet);
      const text = renderAll(item.children, { ...place, nested: true }, true);
      const rest = indented(text, number ? number.length : 2);
      return text.startsWith(MARGIN) ? `${marker.trimEnd()}\n${rest}` : (marker + rest).trimEnd();
    })
    .join('\n');
}

/** All lines but the first moved to the right. Empty ones too: on Discord they would end the list. */
function indented(text: string, columns: number): string {
  return text.replace(/\n/g, `\n${' '.repeat(columns)}`);
}

/** As in the source: an empty line where it has one or more. */
function gapBetween(previous: Block | undefined, next: Block): '\n' | '\n\n' {
  if (!previous?.position || !next.position) return '\n\n';
  return next.position.start.line - previous.position.end.line > 1 ? '\n\n' : '\n';
}
