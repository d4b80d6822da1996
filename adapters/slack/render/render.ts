/**
 * A model's Markdown for Slack, and Slack's text for a model.
 *
 *   renderSlack(markdown): SlackPiece[]              a whole answer, in pieces that Slack takes
 *   streamable(markdownSoFar): string                what of a growing answer can be sent for good
 *   streamPieces(markdownSoFar): string[]            the same, in the pieces of `renderSlack`; one for each message
 *   neutralize(markdown): string                           every ping made harmless
 *   unescapeSlack(text, names?): string              what a person wrote, as the model should read it
 *   mentionedUsers(text): string[]                   whose names `unescapeSlack` wants to know
 *
 * One path for streams and whole posts: standard Markdown, which `chat.startStream`/`appendStream` take as
 * `markdown_text` and a block `{ type: "markdown", text }` renders in the same way (docs.slack.dev, "Markdown block":
 * headings, nested emphasis, lists, task lists, tables, quotes, code with highlighting, rules; images as links).
 * See docs/decisions/0006-slack-text.md.
 */
import { limitMessages, REST_LEFT_OUT } from '../../../src/markdown/limit-messages.ts';
import { type Measure, split, splitGrowing } from '../../../src/markdown/split.ts';
import { neutralize, streamable } from './neutralize.ts';
import { plainText } from './text.ts';

export { mentionedUsers, type SlackNames, unescapeSlack } from './inbound.ts';
export { neutralize, streamable } from './neutralize.ts';
export { plainText } from './text.ts';

/** One message of an answer. */
export interface SlackPiece {
  /** For `markdown_text`, or a block `{ type: 'markdown', text }`; at most 12,000 characters. */
  markdown: string;
  /** For `text` beside blocks: what notifications say; at most 4,000 characters. */
  text: string;
}

const BLANK_LINES = /^(?:[^\S\n]*\n)+/;
/** docs.slack.dev: `markdown_text` of one call, and all markdown blocks of one message together. */
const LONGEST = 12_000;

/**
 * What a text takes of a message, so that one limit stands for all of Slack's. Slack turns a markdown block into several
 * blocks ("Markdown block"); a message has at most 50 ("Blocks"), tables at most 100 rows and together 10,000 characters
 * ("Table block"). Rows therefore count at least 120 of 12,000 and 1.2 for a character. Of headings and rules `neutralize` leaves few enough.
 */
const weight: Measure = (text) => {
  if (!text.includes('|')) return text.length;
  let total = -1;
  for (const line of text.split('\n')) total += 1 + weightOfLine(line);
  return total;
};

function weightOfLine(line: string): number {
  return line.includes('|') ? Math.max(120, Math.ceil(line.length * 1.2)) : line.length;
}

/**
 * A whole answer as messages. Never empty text in a piece; no pieces for a blank answer. Never throws.
 * @param most messages; where more are needed, the last one ends with `note`
 */
export function renderSlack(
  markdown: string,
  most: number = Number.POSITIVE_INFINITY,
  note: string = REST_LEFT_OUT,
): SlackPiece[] {
  const limited = limitMessages(pieces(neutralize(markdown)), {
    most,
    limit: LONGEST,
    note: `_${note}_`,
    measure: weight,
  });
  return limited.pieces.map((piece) => ({ markdown: piece, text: plainText(piece) }));
}

/**
 * The pieces of a growing answer, as far as they can be sent for good: for any `a` and `b`, each piece of
 * `streamPieces(a)` is a beginning of the piece of the same place in `streamPieces(a + b)` and in `renderSlack(a + b)`.
 * All but the last are complete.
 */
export function streamPieces(markdown: string): string[] {
  const { complete, growing } = splitGrowing(streamable(markdown).replace(BLANK_LINES, ''), LONGEST, weight);
  const last = growing.trimEnd();
  return last === '' ? complete : [...complete, last];
}

function pieces(markdown: string): string[] {
  const text = markdown.replace(BLANK_LINES, '').trimEnd();
  return text === '' ? [] : split(text, LONGEST, weight);
}
