/**
 * A model's Markdown for WhatsApp, and WhatsApp's text for a model.
 *
 *   renderWhatsApp(markdown): string[]      a whole answer, in messages that WhatsApp takes
 *   streamWhatsApp(markdownSoFar): string[] a growing answer, as it can be shown now (where messages are edited)
 *   readWhatsApp(text): string              what a person wrote, as the model should read it
 *
 * WhatsApp has bold, italic, strikethrough, code, quotes and flat lists (faq.whatsapp.com "How to format your messages");
 * headings, tables, links and rules are written with those.
 */
import type { Root } from 'mdast';
import { type ChatDialect, MARGIN, presentable, renderBlocks } from '../../../src/markdown/chat-blocks.ts';
import { closeOpen } from '../../../src/markdown/close-open.ts';
import { limitMessages, REST_LEFT_OUT } from '../../../src/markdown/limit-messages.ts';
import { parseParts } from '../../../src/markdown/parse-parts.ts';
import { split } from '../../../src/markdown/split.ts';
import { wholeCharacters } from '../../../src/text/clean.ts';
import { inlineCode, JOINER, whatsAppInline } from './inline.ts';

export { readWhatsApp } from './inbound.ts';

/** developers.facebook.com "Text messages" of the Cloud API: characters of `body`. Counted as UTF-16 units. */
const MAX_CHARS = 4_096;
/** Columns of monospace text that a phone shows without wrapping. */
const PHONE = 34;
const VISIBLE = /[^\s\p{Cf}\p{Cc}\p{M}]/u;

const dialect: ChatDialect = {
  inline: whatsAppInline,
  heading(tokens) {
    return whatsAppInline([{ type: 'open', mark: 'strong' }, ...tokens, { type: 'close', mark: 'strong' }]);
  },
  headingMarks: () => ['strong'],
  code(value, _language, { quoted }) {
    const safe = value.replace(/``(?=`)/g, `\`\`${JOINER}`);
    // A quote ends with its line, and code would end with it.
    if (quoted) return safe.split('\n').map(inlineCode).join('\n');
    return ['```', ...safe.split('\n'), '```'].map((line) => MARGIN + line).join('\n');
  },
  bullet: (checked) => (checked === undefined ? '- ' : checked ? '☑ ' : '☐ '),
  number: (value) => `${value}. `,
  rule: '─'.repeat(12),
  footnote: (label, text) => `[${label}] ${text}`,
  widestTable: PHONE,
  longestTable: 3_000,
};

/** A whole answer as messages of at most 4,096 characters, cut between paragraphs where possible; none for a blank one. At most `most`; where there are more, the last one ends with `note`. Never throws; linear. */
export function renderWhatsApp(
  markdown: string,
  most: number = Number.POSITIVE_INFINITY,
  note: string = REST_LEFT_OUT,
): string[] {
  const messages = pieces(parseParts(presentable(markdown)));
  return limitMessages(messages, { most, limit: MAX_CHARS, note: `_${note}_` }).pieces;
}

/**
 * The messages of an answer, at most `most`. Where more are needed, `rest` is the whole answer, for a file that is the last
 * of them; a single message has no room for one, and ends with a note.
 */
export function renderFew(markdown: string, most: number): { texts: string[]; rest?: string } {
  const texts = renderWhatsApp(markdown);
  if (texts.length <= most) return { texts };
  return most < 2 ? { texts: renderWhatsApp(markdown, most) } : { texts: texts.slice(0, most - 1), rest: markdown };
}

/** What takes the file's place where none can be sent. */
export const LEFT_OUT = `_${REST_LEFT_OUT}_`;

/** The messages of a growing answer, to be shown by edits: what is open is closed for the moment. The last may change. */
export function streamWhatsApp(markdown: string): string[] {
  return pieces(parseParts(closeOpen(presentable(wholeCharacters(markdown)))));
}

function pieces(root: Root): string[] {
  const text = renderBlocks(root, dialect)
    .map((block, index) => (index === 0 ? '' : block.gap) + block.text)
    .join('');
  if (text.trim() === '') return [];
  return split(text.replace(/^(?:[ \t]*\n)+/, '').trimEnd(), MAX_CHARS)
    .map((piece, index) => (index === 0 ? piece : withoutEscape(piece)))
    .filter((piece) => VISIBLE.test(piece));
}

/** `split` escapes what would begin a block now that it stands first; WhatsApp would show the backslash. */
function withoutEscape(piece: string): string {
  return piece.replace(/^([> ]*[*_~]{0,3}(?:\d{1,9}(?=\\[.)]))?)\\(?=[-#>+*=`~_.)])/, `$1${JOINER}`);
}
