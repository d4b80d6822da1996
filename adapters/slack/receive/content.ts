/**
 * What a Slack message says beyond its `text`: tables, the words of apps (alerts), forwarded messages. All of it in Slack's
 * own notation, `&`, `<` and `>` escaped, so that `unescapeSlack` reads the whole in one pass.
 * Source: docs.slack.dev, "Block Kit", "Rich text block", "Table block", "Secondary message attachments".
 */
import type { SlackFile } from './normalize.ts';

/** A message, or a part of one, of any shape; nothing of it can be relied on. */
export interface Said {
  text?: string;
  blocks?: unknown;
  attachments?: unknown;
  files?: SlackFile[];
}

type Fields = Record<string, unknown>;

/** Blocks and attachments nest (a forward of a forward); deeper ones are left out. */
const MAX_DEPTH = 5;
/** Slack's placeholder where an attachment has no words of its own. */
const NO_FALLBACK = /^\[no preview available\]$/i;

/**
 * @param text the message's `text` as it is to be read (our mention taken off)
 * @returns that, and under it what the blocks and attachments say and the text does not; never throws
 */
export function wordsOf(message: Said, text = message.text ?? ''): string {
  const bare = isBlank(message.text);
  return join([withBlocks(text, message.blocks, bare), ...list(message.attachments).map((item) => attached(item, 0))]);
}

/** The files of a message and of what it forwards. */
export function filesOf(message: Said, depth = 0): SlackFile[] {
  if (depth > MAX_DEPTH) return [];
  const forwarded = list(message.attachments).filter(isOfSlack);
  return [...(list(message.files) as SlackFile[]), ...forwarded.flatMap((item) => filesOf(item as Said, depth + 1))];
}

/**
 * A person's rich text is in `text` already, and so do most blocks of apps, for notifications; what does not is added.
 * A block that says all of the text and more takes its place.
 */
function withBlocks(text: string, blocks: unknown, bare = isBlank(text)): string {
  let said = text.trim();
  for (const block of list(blocks)) {
    if (block.type === 'rich_text' && !bare) continue;
    const words = blockText(block, 0);
    const known = letters(said);
    const added = letters(words);
    if (added === '' || (block.type !== 'table' && known.includes(added))) continue;
    said = known !== '' && added.includes(known) ? words : join([said, words]);
  }
  return said;
}

function blockText(block: Fields, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  switch (block.type) {
    case 'table':
    case 'data_table':
      return table(block);
    case 'rich_text':
      return richText(block, depth);
    case 'section':
      return join([textOf(block.text), ...list(block.fields).map(textOf)], '\n');
    case 'context':
      return list(block.elements).map(textOf).filter(Boolean).join(' ');
    case 'markdown':
      return typeof block.text === 'string' ? escaped(block.text) : '';
    case 'image':
    case 'video':
      return join([textOf(block.title), block.type === 'image' ? string(block.alt_text) : ''], '\n');
    case 'actions':
    case 'context_actions':
    case 'divider':
      return '';
    default:
      return join([textOf(block.title), textOf(block.text), ...list(block.elements).map(textOf)], '\n');
  }
}

/** Rows of cells as a Markdown table, the first as its head. */
function table(block: Fields): string {
  const rows = (Array.isArray(block.rows) ? block.rows : []).map((row) => cellsOf(row).map(cellText));
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width === 0) return '';
  const line = (cells: string[]) => `| ${Array.from({ length: width }, (_, n) => cells[n] ?? '').join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `|${' --- |'.repeat(width)}`, ...body.map(line)].join('\n');
}

function cellsOf(row: unknown): Fields[] {
  return list(Array.isArray(row) ? row : (row as Fields | null)?.cells);
}

function cellText(cell: Fields): string {
  const words = cell.type === 'rich_text' ? richText(cell, 0) : escaped(string(cell.text ?? cell.value));
  return words
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

function richText(node: Fields, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  switch (node.type) {
    case 'text':
      return escaped(string(node.text));
    case 'link':
      return node.text ? `<${string(node.url)}|${escaped(string(node.text))}>` : `<${string(node.url)}>`;
    case 'user':
      return `<@${string(node.user_id)}>`;
    case 'channel':
      return `<#${string(node.channel_id)}>`;
    case 'usergroup':
      return `<!subteam^${string(node.usergroup_id)}>`;
    case 'broadcast':
      return `<!${string(node.range)}>`;
    case 'emoji':
      return `:${string(node.name)}:`;
    case 'date':
      return escaped(string(node.fallback));
  }
  const inner = list(node.elements).map((child) => richText(child, depth + 1));
  switch (node.type) {
    case 'rich_text_list':
      return inner
        .map(
          (item, n) =>
            `${'  '.repeat(Math.min(Number(node.indent) || 0, 8))}${node.style === 'ordered' ? `${n + 1}.` : '-'} ${item}`,
        )
        .join('\n');
    case 'rich_text_preformatted':
      return `\`\`\`\n${inner.join('')}\n\`\`\``;
    case 'rich_text_quote':
      return inner.join('').replace(/^/gm, '&gt; ');
    case 'rich_text':
      return inner.join('\n');
    default:
      return inner.join('');
  }
}

/** A text object, or what holds one. `mrkdwn` and `plain_text` come escaped. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return '';
  return value.type === 'image' ? string(value.alt_text) : textOf(value.text);
}

/** A forwarded message, an alert; '' for the preview of a link, which only repeats what stands behind it. */
function attached(item: Fields, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  if (isOfSlack(item)) return forwarded(item, depth);
  if (item.from_url || item.original_url || item.is_app_unfurl) return '';
  const body = join([
    string(item.pretext),
    string(item.title),
    withBlocks(string(item.text), item.blocks),
    list(item.fields)
      .map((field) => join([string(field.title), string(field.value)], ': '))
      .join('\n'),
  ]);
  const fallback = string(item.fallback).trim();
  return body || (NO_FALLBACK.test(fallback) ? '' : fallback);
}

/** A shared message, or one whose link Slack shows unfolded. */
function isOfSlack(item: Fields): boolean {
  return item.is_share === true || item.is_msg_unfurl === true;
}

function forwarded(item: Fields, depth: number): string {
  const { message_blocks: parts } = item;
  const blocks = list(parts).flatMap((part) => list((part.message as Fields | undefined)?.blocks));
  const words = join([
    withBlocks(string(item.text), [...blocks, ...list(item.blocks)]),
    ...list(item.attachments).map((inner) => attached(inner, depth + 1)),
  ]);
  const fallback = string(item.fallback).trim();
  const said = words || (NO_FALLBACK.test(fallback) ? '' : fallback);
  const files = list(item.files).length > 0;
  if (said === '' && !files) return '';
  const author = string(item.author_name) || string(item.author_subname);
  const name = author || (item.author_id ? `<@${string(item.author_id)}>` : '');
  const kind = item.is_share === true ? 'Forwarded message' : 'Linked message';
  return join([kind, name, said || '(a file)'], ': ');
}

function isBlank(text: string | undefined): boolean {
  return !text || text.trim() === '';
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (mark) => (mark === '&' ? '&amp;' : mark === '<' ? '&lt;' : '&gt;'));
}

/** What two renderings of the same words have in common. */
function letters(text: string): string {
  return text
    .replace(/&(?:amp|lt|gt);/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}

function join(parts: string[], glue = '\n\n'): string {
  return parts.filter((part) => part.trim() !== '').join(glue);
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
