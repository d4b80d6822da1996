/**
 * Markdown as Telegram's HTML, the parse mode in which every text has a valid form: a few characters are escaped, tags are
 * closed where they were opened. https://core.telegram.org/bots/api#html-style
 */
import {
  type ChatBlock,
  type ChatDialect,
  MARGIN,
  presentable,
  renderBlocks,
} from '../../../src/markdown/chat-blocks.ts';
import { type InlineToken, plainOf } from '../../../src/markdown/chat-tokens.ts';
import { closeOpen } from '../../../src/markdown/close-open.ts';
import { REST_IN_FILE, REST_LEFT_OUT } from '../../../src/markdown/limit-messages.ts';
import { isBlankLabel, namesOtherHost } from '../../../src/markdown/link-label.ts';
import { parseParts } from '../../../src/markdown/parse-parts.ts';
import { split, splitGrowing } from '../../../src/markdown/split.ts';

/** Counted without the tags. https://core.telegram.org/bots/api#sendmessage */
const MAX_LENGTH = 4_096;
/** Of a piece of Markdown: rendering adds a little, such as an aligned table's spaces. */
const PIECE_LENGTH = 3_900;
const VISIBLE = /[^\s\p{Cf}\p{Cc}\p{M}]/u;
/** Never `tg://user?id=…`: such a link is a mention. */
const LINKS = /^(https?:|mailto:)/i;
const MARKS = { strong: 'b', emphasis: 'i', delete: 's' };
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const verbatim = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
/** Telegram makes a mention of every `@name` outside code; an unseen word joiner behind the `@` prevents it. */
const plain = (text: string): string => verbatim(text).replace(/(?<!\w)@/g, '@\u2060');

const dialect: ChatDialect = {
  inline: (tokens) => tokens.map(tokenHtml).join(''),
  heading: (tokens) => `<b>${dialect.inline(tokens)}</b>`,
  headingMarks: () => ['strong'],
  code(value, language, { quoted }) {
    const name = language.replace(/[^\w+#.-]/g, '');
    const html = `<pre><code${name && ` class="language-${name}"`}>${verbatim(value)}</code></pre>`;
    return quoted ? html : html.replace(/^/gm, MARGIN);
  },
  bullet: (checked) => (checked === undefined ? '• ' : checked ? '☑ ' : '☐ '),
  number: (value) => `${value}. `,
  rule: '———',
  footnote: (label, text) => `[${plain(label)}] ${text}`,
  widestTable: 40,
  longestTable: 3_000,
};

function tokenHtml(token: InlineToken): string {
  if (token.type === 'text') return plain(token.value);
  if (token.type === 'code') return `<code>${verbatim(token.value)}</code>`;
  if (token.type !== 'link') return `<${token.type === 'open' ? '' : '/'}${MARKS[token.mark]}>`;
  const said = plainOf(token.label);
  const label = plain(isBlankLabel(said) ? token.url : said);
  if (!LINKS.test(token.url)) return label;
  const address = namesOtherHost(said, token.url) ? ` (${plain(token.url)})` : '';
  return `<a href="${verbatim(token.url)}">${label}</a>${address}`;
}

/** Quotes come with `> ` before each line. Telegram has a tag for them, which may not stand in itself. */
function blockHtml({ node, text, gap }: ChatBlock): string {
  const html = node.type === 'blockquote' ? `<blockquote>${text.replace(/^> ?/gm, '')}</blockquote>` : text;
  return gap + html.replace(/^[ >]+/gm, (begin) => begin.replaceAll('>', '&gt;'));
}

/** One message: HTML, or the whole answer as a file with a line under it. */
export type TelegramPiece = string | { file: string; caption: string };

export const LEFT_OUT = `<i>${REST_LEFT_OUT}</i>`;

/** The messages that show a text, each valid and within Telegram's limit; at least one. */
export function render(markdown: string): string[] {
  const messages = split(markdown, PIECE_LENGTH).flatMap((piece) => messagesOf(piece));
  return messages.length > 0 ? messages : ['…'];
}

/** At most so many of them; where more are needed, the last one is the whole text as a file. */
export function renderFew(markdown: string, most: number): TelegramPiece[] {
  const messages: string[] = [];
  for (const piece of split(markdown, PIECE_LENGTH)) {
    messages.push(...messagesOf(piece));
    if (messages.length <= most) continue;
    return most === 1
      ? [beginning(markdown)]
      : [...messages.slice(0, most - 1), { file: markdown, caption: REST_IN_FILE }];
  }
  return messages.length > 0 ? messages : ['…'];
}

/** A file would leave no room for the answer: as much of it as fits above the note. */
function beginning(markdown: string): string {
  const room = MAX_LENGTH - REST_LEFT_OUT.length - 2;
  for (const piece of split(markdown, PIECE_LENGTH)) {
    const [begin] = messagesOf(piece, room);
    if (begin !== undefined) return `${begin}\n\n${LEFT_OUT}`;
  }
  return LEFT_OUT;
}

/** The same for a text that grows: all but the last stay as they are. */
export function renderGrowing(markdown: string): string[] {
  const { complete, growing } = splitGrowing(markdown, PIECE_LENGTH);
  return [...complete, closeOpen(growing)].flatMap((piece) => messagesOf(piece));
}

/** Usually one; two halves of a text that got too long, none of one in which nothing is to be seen. */
function messagesOf(markdown: string, room: number = MAX_LENGTH): string[] {
  const html = renderBlocks(parseParts(presentable(markdown)), dialect)
    .map(blockHtml)
    .join('')
    .trim();
  const shown = html.replace(/<[^>]*>/g, '').replace(/&\w+;/g, '&');
  if (shown.length > room) {
    return split(markdown, Math.floor(markdown.length / 2)).flatMap((half) => messagesOf(half, room));
  }
  return VISIBLE.test(shown) ? [html] : [];
}
