/**
 * Running text for WhatsApp: its marks where they take effect, and what it would take for a mark made harmless.
 *
 * faq.whatsapp.com "How to format your messages" names the marks and no rule for where they count. The rule used here is
 * mautrix/whatsapp's (formatting.go): a mark opens at the beginning of a line, behind white space or behind another mark;
 * it closes where no letter or digit follows; nothing reaches over a line's end. Since other punctuation in front is
 * taken by some versions of the app, text is protected there as well.
 */
import { type InlineToken, type Mark, plainOf } from '../../../src/markdown/chat-tokens.ts';
import { isBlankLabel } from '../../../src/markdown/link-label.ts';

/** U+2060 WORD JOINER: shown as nothing. */
export const JOINER = '\u2060';

const MARKS: Record<Mark, string> = { strong: '*', emphasis: '_', delete: '~' };
const MAX_MONO = 1_000;
const WORD_ENDS = /[\p{L}\p{N}]$/u;
const WORD_BEGINS = /^[\p{L}\p{N}]/u;
/** Some versions of the app know no other letters; text is protected against those as well. */
const ASCII_WORD = /^[a-zA-Z\d]$/;
const WEB = /^https?:\/\/[^\s/]/i;

/** What a line is made of: text, marks that count, and what is left as it is (code, addresses). */
interface Part {
  kind: 'text' | 'mark' | 'whole';
  value: string;
}

/** A paragraph. */
export function whatsAppInline(tokens: InlineToken[]): string {
  return linesOf(flat(tokens))
    .map((line) => withLineStart(writeLine(line)))
    .join('\n');
}

/** Text and marks only; links are spelled out. */
function flat(tokens: InlineToken[]): InlineToken[] {
  return tokens.flatMap((token): InlineToken[] => {
    if (token.type !== 'link') return [token];
    const said = isBlankLabel(plainOf(token.label)) ? '' : plainOf(token.label).trim();
    const address = WEB.test(token.url) ? encodeAddress(token.url) : token.url.replace(/^mailto:/i, '');
    const shown: InlineToken = WEB.test(token.url)
      ? { type: 'link', url: address, label: [] }
      : { type: 'text', value: address };
    if (said === '' || said === token.url || said === address) return [shown];
    if (`http://${said}` === token.url) return [{ type: 'text', value: said }];
    if (address === '') return token.label;
    return [...token.label, { type: 'text', value: ' (' }, shown, { type: 'text', value: ')' }];
  });
}

/** Tokens by line; a mark that is open at a line's end is closed there and opened again on the next one. */
function linesOf(tokens: InlineToken[]): InlineToken[][] {
  const lines: InlineToken[][] = [[]];
  const open: Mark[] = [];
  for (const token of tokens) {
    if (token.type === 'open') open.push(token.mark);
    if (token.type === 'close') open.pop();
    if (token.type !== 'text' || !token.value.includes('\n')) {
      lines.at(-1)?.push(token);
      continue;
    }
    for (const [index, value] of token.value.split('\n').entries()) {
      if (index > 0) {
        for (const mark of open.toReversed()) lines.at(-1)?.push({ type: 'close', mark });
        lines.push(open.map((mark) => ({ type: 'open', mark })));
      }
      const trimmed = index > 0 ? value.trimStart() : value;
      if (trimmed !== '') lines.at(-1)?.push({ type: 'text', value: trimmed });
    }
  }
  return lines;
}

function writeLine(tokens: InlineToken[]): string {
  const parts = protectedText(partsOf(tokens));
  return parts
    .map((part) => part.value)
    .join('')
    .trimEnd();
}

function partsOf(tokens: InlineToken[]): Part[] {
  const taken = effective(tokens);
  const parts: Part[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'text') {
      // Three of them are code for WhatsApp, or for what cuts the message.
      const value = token.value.replace(/``(?=`)/g, `\`\`${JOINER}`).replace(/~(?=~)/g, `~${JOINER}`);
      parts.push({ kind: 'text', value });
    } else if (token.type === 'code') {
      const apart = parts.at(-1)?.value.endsWith('`') ? JOINER : '';
      parts.push({ kind: 'whole', value: apart + inlineCode(token.value) });
    } else if (token.type === 'link') parts.push({ kind: 'whole', value: token.url });
    else if (taken.has(index)) parts.push({ kind: 'mark', value: MARKS[token.mark] });
  }
  return parts;
}

/** Which marks WhatsApp will take; a pair inside a word, or around nothing, is left out. */
function effective(tokens: InlineToken[]): Set<number> {
  const taken = new Set<number>();
  const open: number[] = [];
  const textAt = (index: number): string | undefined => {
    const token = tokens[index];
    if (token?.type === 'text' || token?.type === 'code') return token.value;
    return token?.type === 'link' ? token.url : undefined;
  };
  const neighbour = (from: number, step: 1 | -1): string => {
    let index = from + step;
    while (index >= 0 && index < tokens.length && textAt(index) === undefined) index += step;
    return textAt(index) ?? '';
  };
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'open') open.push(index);
    if (token.type !== 'close') continue;
    const start = open.pop();
    if (start === undefined) continue;
    const inner = tokens.slice(start + 1, index).flatMap((_, at) => textAt(start + 1 + at) ?? []);
    const text = inner.join('');
    const outside = !WORD_ENDS.test(neighbour(start, -1)) && !WORD_BEGINS.test(neighbour(index, 1));
    if (outside && text.trim() !== '' && text === text.trim()) taken.add(start).add(index);
  }
  return taken;
}

/**
 * `*`, `_`, `~` and backticks of the text, with joiners about those that WhatsApp could pair: with each other, or with a
 * mark of ours on the same line. `2*3*4` and `snake_case` need none.
 */
function protectedText(parts: Part[]): Part[] {
  const line = parts.map((part) => part.value).join('');
  if (!parts.some((part) => part.kind === 'text' && /[*_~`]/.test(part.value))) return parts;
  const risky = new Set<string>();
  for (const mark of ['*', '_', '~', '`']) {
    const ours = parts.some((part) => part.kind !== 'text' && part.value.includes(mark));
    const { opens, closes } = placesOf(line, mark);
    const first = opens[0];
    if (ours || (first !== undefined && closes.some((at) => at > first + 1))) risky.add(mark);
  }
  if (risky.size === 0) return parts;
  let at = 0;
  return parts.map((part) => {
    const start = at;
    at += part.value.length;
    if (part.kind !== 'text') return part;
    const value = part.value.replace(/[*_~`]/g, (mark, offset: number) => {
      const before = line[start + offset - 1] ?? '\n';
      const after = line[start + offset + 1] ?? '\n';
      const inWord = ASCII_WORD.test(before) && ASCII_WORD.test(after);
      const alone = /\s/.test(before) && /\s/.test(after);
      return risky.has(mark) && !inWord && !alone ? JOINER + mark + JOINER : mark;
    });
    return { ...part, value };
  });
}

function placesOf(line: string, mark: string): { opens: number[]; closes: number[] } {
  const opens: number[] = [];
  const closes: number[] = [];
  for (let at = line.indexOf(mark); at >= 0; at = line.indexOf(mark, at + 1)) {
    const before = line[at - 1] ?? '\n';
    const after = line[at + 1] ?? '\n';
    if (!ASCII_WORD.test(before) && !/\s/.test(after)) opens.push(at);
    if (!/\s/.test(before) && !ASCII_WORD.test(after)) closes.push(at);
  }
  return { opens, closes };
}

/** What would be a list or a quote if it began a line. */
function withLineStart(line: string): string {
  return /^[ \t]*(?:[-*>]|\d{1,9}\.)[ \t]/.test(line) ? JOINER + line : line;
}

/** Code within a line. */
export function inlineCode(code: string): string {
  if (code.trim() === '') return code;
  if (!code.includes('`')) return `\`${code}\``;
  const inner = code.replace(/``(?=`)/g, `\`\`${JOINER}`);
  // So long a one might be cut, and the rest of the message would be code.
  if (inner.length > MAX_MONO) return inner;
  return `\`\`\`${inner.startsWith('`') ? JOINER : ''}${inner}${inner.endsWith('`') ? JOINER : ''}\`\`\``;
}

/** An address in which WhatsApp finds no white space, no code, and no two marks that make a pair. */
function encodeAddress(url: string): string {
  let address = url.replace(/[\s<>`]/g, encodeURIComponent);
  for (const mark of ['*', '_', '~']) {
    const { opens, closes } = placesOf(address, mark);
    const first = opens[0];
    if (first === undefined || !closes.some((at) => at > first)) continue;
    address = address.replaceAll(mark, `%${mark.charCodeAt(0).toString(16)}`);
  }
  return address;
}
