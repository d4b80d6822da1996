/** The plain text of a piece: for notifications, and for clients that show no blocks. */
import { delimiterColumns, type Fence, fenceEnd, openedFence } from '../../../src/markdown/lines.ts';
import { wholeCharacters } from '../../../src/text/clean.ts';

/** `chat.update` takes at most 4,000 characters of `text` (docs.slack.dev, "chat.update"). */
const LONGEST = 3_900;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', nbsp: ' ' };

/**
 * @param markdown a piece that `neutralize` has been through.
 * @returns its text without marks, for Slack's `text` field: at most 4,000 characters, `&`, `<` and `>` escaped, so that
 * no token is left in it; cut with "…".
 */
export function plainText(markdown: string): string {
  const lines: string[] = [];
  let fence: Fence | undefined;
  for (const line of markdown.slice(0, 2 * LONGEST).split('\n')) {
    const end = fence && fenceEnd(fence, line);
    if (end === 'left') fence = undefined;
    if (end === 'closed') {
      fence = undefined;
      continue;
    }
    if (fence) {
      lines.push(line);
      continue;
    }
    fence = openedFence(line);
    if (!fence && delimiterColumns(line) === 0 && !/^[ \t]*-{2,}[ \t]*$/.test(line)) lines.push(plainLine(line));
  }
  const text = lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return cut(text.replace(/[&<>]/g, (mark) => (mark === '&' ? '&amp;' : mark === '<' ? '&lt;' : '&gt;')));
}

/** Escaped marks wait in the private use area while the others are taken out. */
const SHELTER = 0xe000;

function plainLine(line: string): string {
  if (!/[*_~`#>\\[\]&|+-]/.test(line)) return line.trimEnd();
  return line
    .trimEnd()
    .replace(/\\([!-/:-@[-`{-~])/g, (_, mark: string) => String.fromCharCode(SHELTER + mark.charCodeAt(0)))
    .replace(/^([ \t]*)(?:#{1,6}[ \t]+|(?:>[ \t]?)+)/, '$1')
    .replace(
      /^([ \t]*)[-*+][ \t]+(\[[ xX]\][ \t])?/,
      (_, space: string, task?: string) => `${space}${task === undefined ? '•' : task[1] === ' ' ? '☐' : '☑'} `,
    )
    .replace(/^[ \t]*\|(.*?)\|?[ \t]*$/, (_, cells: string) => cells.trim())
    .replace(/!?\[([^[\]\n]{0,500})\]\(([^\s()<>]{1,2000})\)/g, (_, label: string, target: string) =>
      target === `mailto:${label}` || label === target ? label : `${label} (${target})`,
    )
    .replace(/(\*\*|__|~~)(?=\S)|(?<=\S)(\*\*|__|~~)/g, '')
    .replace(/(?<![\p{L}\p{N}*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\p{L}\p{N}*])/gu, '')
    .replace(/(?<![\p{L}\p{N}_])_(?=[^\s_])|(?<=[^\s_])_(?![\p{L}\p{N}_])/gu, '')
    .replace(/`+/g, '')
    .replace(/[\ue000-\ue07f]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) - SHELTER))
    .replace(/&(lt|gt|amp|quot|nbsp);/g, (_, name: string) => ENTITIES[name] as string);
}

function cut(text: string): string {
  if (text.length <= LONGEST) return text;
  const kept = wholeCharacters(text.slice(0, LONGEST));
  return `${kept.replace(/&[a-z]{0,3}$/, '')}…`;
}
