/**
 * The plainest form of an answer, for when Slack refuses the blocks (`invalid_blocks`, `msg_blocks_too_long`): `text` alone.
 * Code and tables stand in fences, since `text` knows no tables.
 */
import { limitMessages, REST_LEFT_OUT } from '../../../src/markdown/limit-messages.ts';
import { delimiterColumns, type Fence, fenceEnd, isRow, openedFence } from '../../../src/markdown/lines.ts';
import { split } from '../../../src/markdown/split.ts';
import { neutralize, plainText, type SlackPiece } from './render.ts';

/** docs.slack.dev, "chat.update": `text` has at most 4,000 characters, of which fences take some. */
const SHORT = 3_600;
/** "chat.postMessage": at most 40,000. Longer answers take bigger messages, so as not to become a flood. */
const LONG = 12_000;
const MOST_SHORT = 8;
/** `plainText` cuts beyond this, escapes counted. */
const LINE = 3_800;
const MARKS: Record<string, string> = { lt: '<', gt: '>', amp: '&' };
const CHUNK = /[\s\S]{1,700}(?:\s+|$)|[\s\S]{1,700}/g;

/** As `renderSlack`, without any Markdown for blocks. Never throws. */
export function plainPieces(
  markdown: string,
  most = Number.POSITIVE_INFINITY,
  note: string = REST_LEFT_OUT,
): SlackPiece[] {
  const text = neutralize(markdown).trim();
  if (text === '') return [];
  const limit = sizeOf(text) > SHORT * MOST_SHORT ? LONG : SHORT;
  const pieces = split(text, limit, sizeOf);
  return limitMessages(pieces, { most, limit, note, measure: sizeOf })
    .pieces.map((piece) => ({ markdown: '', text: plain(piece) }))
    .filter((piece) => piece.text !== '');
}

/** Escapes make a text longer. */
function sizeOf(text: string): number {
  return text.length + 4 * (text.match(/[&<>]/g)?.length ?? 0);
}

function plain(piece: string): string {
  const out: string[] = [];
  let fence: Fence | undefined;
  let rows: string[] = [];
  const endRows = () => {
    if (rows.length > 0) out.push('```', ...rows.map(plainRow), '```');
    rows = [];
  };
  const lines = piece.split('\n');
  for (const [index, line] of lines.entries()) {
    const end = fence && fenceEnd(fence, line);
    if (end) fence = undefined;
    if (end === 'closed') out.push('```');
    else if (fence) out.push(escaped(line));
    else if (isRow(line) || isBareHead(line, rows.length > 0 ? line : lines[index + 1])) rows.push(line.trim());
    else {
      if (end === 'left') out.push('```');
      endRows();
      fence = openedFence(line);
      out.push(fence ? '```' : plainLine(line));
    }
  }
  endRows();
  if (fence) out.push('```');
  return out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** A table's head, or the line below it, without a bar in front. @param delimiter what would be the line below the head */
function isBareHead(line: string, delimiter = ''): boolean {
  return line.includes('|') && delimiterColumns(delimiter) > 0;
}

function plainLine(line: string): string {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  const said = line.slice(indent.length);
  const parts = sizeOf(said) <= LINE ? [said] : (said.match(CHUNK) ?? []);
  return indent + parts.map(plainText).join(' ');
}

/** Marks that `neutralize` has escaped in a table's cells; in a fence they would be shown. */
function plainRow(row: string): string {
  const bare = row
    .replace(/\\([!-/:-@[-`{}~])/g, '$1')
    .replace(/&(lt|gt|amp);/g, (_, name: string) => MARKS[name] ?? '');
  return escaped(bare);
}

function escaped(line: string): string {
  return line.replace(/[&<>]/g, (mark) => (mark === '&' ? '&amp;' : mark === '<' ? '&lt;' : '&gt;'));
}
