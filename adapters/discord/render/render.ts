/**
 * A model's Markdown for Discord, and Discord's text for a model.
 *
 *   renderDiscord(markdown): DiscordPiece[]          a whole answer, in messages that Discord takes
 *   streamDiscord(markdownSoFar): DiscordPiece[]     a growing answer, as it can be shown now
 *   readDiscord(text, names?): string                what a person wrote, as the model should read it
 *   mentionedIn(text)                                whose names `readDiscord` wants to know
 *
 * Discord's Markdown is its own: every line break shows, `__` underlines, headings end at `###`, there are no tables,
 * rules, images or reference links (support.discord.com "Markdown Text 101"). So the answer is parsed and written anew.
 */
import type { Root } from 'mdast';
import { type ChatDialect, presentable, renderBlocks } from '../../../src/markdown/chat-blocks.ts';
import { closeOpen } from '../../../src/markdown/close-open.ts';
import { limitMessages, REST_IN_FILE } from '../../../src/markdown/limit-messages.ts';
import { parseParts } from '../../../src/markdown/parse-parts.ts';
import { split } from '../../../src/markdown/split.ts';
import { wholeCharacters } from '../../../src/text/clean.ts';
import { codeBlock, fileName, fileNote } from './code.ts';
import { calmPings, discordInline, finished, JOINER } from './inline.ts';

export { type DiscordNames, mentionedIn, nameCalls, readDiscord } from './inbound.ts';

/** One message of an answer. */
export interface DiscordPiece {
  /** At most 2,000 characters, never blank. */
  content: string;
  /** Goes with the message; UTF-8. */
  file?: { name: string; text: string };
}

/** discord.com/developers "Create Message": characters of `content`. Counted as UTF-16 units, which is never too few. */
const LONGEST = 2_000;
/** Longer code is a file: in more than two messages nobody can read or copy it. */
const LONGEST_CODE = 3_200;
const VISIBLE = /[^\s\p{Cf}\p{Cc}\p{M}]/u;

const dialect: ChatDialect = {
  inline: discordInline,
  heading(tokens, depth, nested) {
    const text = discordInline(tokens).replace(/\s*\n\s*/g, ' ');
    if (depth > 3 || nested) return text === '' ? '' : `**${text}**`;
    // Discord takes "#" at the end of a heading away, as in "C#".
    return `${'#'.repeat(depth)} ${text}${text.endsWith('#') ? JOINER : ''}`;
  },
  headingMarks: (depth, nested) => (depth > 3 || nested ? ['strong'] : []),
  code: codeBlock,
  bullet: (checked) => (checked === undefined ? '- ' : checked ? '- ☑ ' : '- ☐ '),
  // Discord counts from 1 where a list begins with 0.
  number: (value, first) => `${value}${first === 0 ? '\\' : ''}. `,
  rule: '─'.repeat(16),
  footnote: (label, text) => `-# [${label}] ${text.replace(/\n+/g, '\n-# ')}`,
  widestTable: 56,
  longestTable: 1_500,
};

/**
 * A whole answer as messages; none for a blank one. A block of code longer than about two messages is a file with the
 * message that speaks of it. Never throws; linear.
 */
export function renderDiscord(markdown: string): DiscordPiece[] {
  return pieces(parseParts(presentable(markdown)), true);
}

/**
 * The messages of a growing answer, to be shown by edits: what is open is closed for the moment, half a mention or link
 * is held back; code that would need a message of its own is only announced until it is complete. The last pieces may
 * change, and in rare cases (a table that turns out wide) become fewer. No piece has a file yet: where one will be, its
 * note stands already.
 */
export function streamDiscord(markdown: string): DiscordPiece[] {
  return pieces(parseParts(closeOpen(withoutHalf(presentable(wholeCharacters(markdown))))), false);
}

/** At most so many messages: where there are more, the last one is cut, says so, and brings the whole answer as a file. */
export function fewPieces(pieces: DiscordPiece[], most: number, markdown: string): DiscordPiece[] {
  const texts = pieces.map(({ content }) => content);
  const limited = limitMessages(texts, { most, limit: LONGEST, note: `-# ${REST_IN_FILE}` });
  if (!limited.cut) return pieces;
  const file = { name: 'answer.md', text: markdown.toWellFormed() };
  return [...pieces.slice(0, most - 1), { content: limited.pieces[most - 1] as string, file }];
}

/** Without the beginning of a mention, an emoji or a spoiler at the end. */
function withoutHalf(markdown: string): string {
  return markdown.replace(/(?:<(?:[@#:/]|a:|t:)[^\s<>]{0,60}|<a?|@[a-z]{0,8}|\|)$/, '');
}

function messages(text: string): number {
  return split(text, LONGEST).length;
}

function pieces(root: Root, done: boolean): DiscordPiece[] {
  const out: DiscordPiece[] = [];
  let text = '';
  let files = 0;
  const flush = (file?: DiscordPiece['file']) => {
    const parts = text.trim() === '' ? [] : split(text.replace(/^(?:[ \t]*\n)+/, '').trimEnd(), LONGEST);
    for (const [index, part] of parts.entries()) {
      const content = finished(part).trimEnd();
      if (VISIBLE.test(content)) out.push(file && index === parts.length - 1 ? { content, file } : { content });
    }
    text = '';
  };
  const blocks = renderBlocks(root, dialect);
  for (const [index, block] of blocks.entries()) {
    const code = block.node.type === 'code' ? block.node : undefined;
    const open = !done && index === blocks.length - 1;
    const gap = text === '' ? '' : block.gap;
    const whole = text + gap + calmPings(block.text);
    const name = fileName(code?.lang ?? '', files + 1);
    const noted = code ? text + gap + fileNote(name, code.value, done ? 'attached' : open ? 'open' : 'waiting') : '';
    // Code that is still being written would open a second message, and take it back when it turns into a file.
    const file = code && (code.value.length > LONGEST_CODE || (open && messages(whole) > messages(noted)));
    text = file ? noted : whole;
    if (!file) continue;
    files++;
    flush(done ? { name, text: `${code.value}\n` } : undefined);
  }
  flush();
  return out;
}
