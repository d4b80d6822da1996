/**
 * Block Kit as far as an assistant meets it: what Slack refuses, and what a person reads in it.
 * Rules: docs.slack.dev "Block Kit" reference pages of each block (counts and lengths), "Markdown block" (12,000 characters
 * for all markdown blocks of a payload together), "Feedback buttons element", "Context actions block" (5 elements),
 * "Table block" (100 rows, 20 columns, one table a message; that this also holds for the tables of a markdown block is
 * assumed: bots report `invalid_blocks` for two). The error codes are those of chat.postMessage; which of them an over-long
 * markdown block raises is assumed.
 */
import type { Block } from './types.ts';
import { SlackRefusal } from './types.ts';

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function invalid(pointer: string, message: string, code = 'invalid_blocks'): never {
  throw new SlackRefusal(code, {
    errors: [`${message} [json-pointer:${pointer}]`],
    response_metadata: { messages: [`[ERROR] ${message} [json-pointer:${pointer}]`] },
  });
}

/** A text object: its type, and 1 to `max` characters. */
function text(value: unknown, pointer: string, max: number, types = ['plain_text', 'mrkdwn']): void {
  if (!isObject(value)) invalid(pointer, 'missing required field: text');
  if (!types.includes(value.type as string)) invalid(`${pointer}/type`, `must be one of ${types.join(', ')}`);
  if (typeof value.text !== 'string' || value.text.length === 0)
    invalid(`${pointer}/text`, 'must be more than 0 characters');
  if (value.text.length > max) invalid(`${pointer}/text`, `must be less than ${max + 1} characters`);
}

function list(value: unknown, pointer: string, max: number): unknown[] {
  if (!Array.isArray(value)) invalid(pointer, 'missing required field');
  if (value.length === 0) invalid(pointer, 'no fewer than 1 items allowed');
  if (value.length > max) invalid(pointer, `no more than ${max} items allowed`);
  return value;
}

function element(value: unknown, pointer: string): void {
  if (!isObject(value) || typeof value.type !== 'string') invalid(pointer, 'unsupported type');
  const id = value.action_id;
  if (id !== undefined && (typeof id !== 'string' || id.length > 255))
    invalid(`${pointer}/action_id`, 'must be less than 256 characters');
  switch (value.type) {
    case 'button':
      text(value.text, `${pointer}/text`, 75, ['plain_text']);
      if (typeof value.value === 'string' && value.value.length > 2000)
        invalid(`${pointer}/value`, 'must be less than 2001 characters');
      return;
    case 'feedback_buttons':
      for (const side of ['positive_button', 'negative_button']) {
        const button = value[side];
        if (!isObject(button)) invalid(`${pointer}/${side}`, 'missing required field');
        text(button.text, `${pointer}/${side}/text`, 75, ['plain_text']);
        if (typeof button.value !== 'string' || button.value.length > 2000)
          invalid(`${pointer}/${side}/value`, 'missing required field');
      }
      return;
    case 'icon_button':
      text(value.text, `${pointer}/text`, 75, ['plain_text']);
      if (typeof value.icon !== 'string') invalid(`${pointer}/icon`, 'missing required field');
      return;
    default:
      invalid(`${pointer}/type`, `unsupported type: ${value.type}`);
  }
}

/** Tables of a Markdown text, by their delimiter rows outside of fences. */
function tablesIn(markdown: string): number {
  const unfenced = markdown.replace(/^ {0,3}(```+|~~~+)[\s\S]*?^ {0,3}\1/gm, '');
  return unfenced.match(/^ *\|?(?: *:?-+:? *\|)+(?: *:?-+:?)? *$/gm)?.length ?? 0;
}

function block(value: Fields, pointer: string): number {
  const type = value.type;
  if (typeof value.block_id === 'string' && value.block_id.length > 255)
    invalid(`${pointer}/block_id`, 'must be less than 256 characters');
  switch (type) {
    case 'divider':
      return 0;
    case 'header':
      text(value.text, `${pointer}/text`, 150, ['plain_text']);
      return 0;
    case 'section': {
      if (value.text === undefined && value.fields === undefined) invalid(pointer, 'missing required field: text');
      if (value.text !== undefined) text(value.text, `${pointer}/text`, 3000);
      if (value.fields !== undefined)
        for (const [i, field] of list(value.fields, `${pointer}/fields`, 10).entries())
          text(field, `${pointer}/fields/${i}`, 2000);
      if (value.accessory !== undefined) element(value.accessory, `${pointer}/accessory`);
      return 0;
    }
    case 'markdown':
      if (typeof value.text !== 'string' || value.text.length === 0)
        invalid(`${pointer}/text`, 'missing required field');
      if (tablesIn(value.text) > 1) invalid(`${pointer}/text`, 'only one table is allowed');
      return value.text.length;
    case 'context':
      for (const [i, item] of list(value.elements, `${pointer}/elements`, 10).entries()) {
        if (isObject(item) && item.type === 'image') continue;
        text(item, `${pointer}/elements/${i}`, 3000);
      }
      return 0;
    case 'actions':
      for (const [i, item] of list(value.elements, `${pointer}/elements`, 25).entries())
        element(item, `${pointer}/elements/${i}`);
      return 0;
    case 'context_actions':
      for (const [i, item] of list(value.elements, `${pointer}/elements`, 5).entries()) {
        if (isObject(item) && item.type === 'button')
          invalid(`${pointer}/elements/${i}/type`, 'unsupported type: button');
        element(item, `${pointer}/elements/${i}`);
      }
      return 0;
    case 'rich_text':
      if (!Array.isArray(value.elements)) invalid(`${pointer}/elements`, 'missing required field');
      return 0;
    case 'image':
      if (typeof value.alt_text !== 'string') invalid(`${pointer}/alt_text`, 'missing required field');
      return 0;
    case 'table': {
      const rows = list(value.rows, `${pointer}/rows`, 100);
      for (const [i, row] of rows.entries()) list(row, `${pointer}/rows/${i}`, 20);
      return 0;
    }
    default:
      invalid(`${pointer}/type`, `unsupported type: ${String(type)}`);
  }
}

let blockCounter = 0;

/**
 * Reads the `blocks` argument (JSON text or an array), refuses what Slack refuses and gives every block its `block_id`.
 * @throws SlackRefusal `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`, or `tooMany` beyond 50 blocks
 */
export function readBlocks(value: unknown, tooMany = 'invalid_blocks'): Block[] | undefined {
  if (value === undefined || value === '' || value === null) return undefined;
  let parsed: unknown = value;
  if (typeof value === 'string') {
    try {
      parsed = JSON.parse(value);
    } catch {
      throw new SlackRefusal('invalid_blocks_format'); // not JSON: that is the answer
    }
  }
  if (!Array.isArray(parsed)) throw new SlackRefusal('invalid_blocks_format');
  if (parsed.length > 50) invalid('/blocks', 'no more than 50 items allowed', tooMany);
  let markdown = 0;
  const seen = new Set<string>();
  for (const [i, item] of parsed.entries()) {
    if (!isObject(item)) throw new SlackRefusal('invalid_blocks_format');
    markdown += block(item, `/blocks/${i}`);
    item.block_id ??= (++blockCounter).toString(36);
    if (seen.has(item.block_id as string)) invalid(`/blocks/${i}/block_id`, 'block_id already exists');
    seen.add(item.block_id as string);
  }
  if (markdown > 12_000) throw new SlackRefusal('msg_blocks_too_long');
  return parsed as Block[];
}

function richText(node: unknown): string {
  if (!isObject(node)) return '';
  if (node.type === 'text') return String(node.text ?? '');
  if (node.type === 'link') return String(node.text ?? node.url ?? '');
  if (node.type === 'user') return `<@${node.user_id}>`;
  if (node.type === 'usergroup') return `<!subteam^${node.usergroup_id}>`;
  if (node.type === 'broadcast') return `<!${node.range}>`;
  if (node.type === 'emoji') return `:${node.name}:`;
  const children = Array.isArray(node.elements) ? node.elements.map(richText) : [];
  return children.join(node.type === 'rich_text' || node.type === 'rich_text_list' ? '\n' : '');
}

const textOf = (value: unknown): string => (isObject(value) && typeof value.text === 'string' ? value.text : '');

/** The words that a person reads in these blocks, one block under the other; buttons leave none. */
export function blocksText(blocks: Block[]): string {
  const parts: string[] = [];
  for (const item of blocks) {
    if (item.type === 'markdown') parts.push(String(item.text));
    else if (item.type === 'section') {
      if (item.text) parts.push(textOf(item.text));
      if (Array.isArray(item.fields)) parts.push(item.fields.map(textOf).join('\n'));
    } else if (item.type === 'header') parts.push(textOf(item.text));
    else if (item.type === 'context') parts.push((item.elements as unknown[]).map(textOf).join(' '));
    else if (item.type === 'rich_text') parts.push(richText(item));
    else if (item.type === 'table')
      parts.push(
        (item.rows as unknown[][])
          .map((row) => row.map((cell) => textOf(cell) || richText(cell)).join(' | '))
          .join('\n'),
      );
  }
  return parts.filter((part) => part !== '').join('\n');
}
