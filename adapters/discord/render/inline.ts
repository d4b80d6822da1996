/**
 * Running text for Discord: its marks, its escapes, its links, and nothing in it that pings.
 *
 * What Discord reads: discord.com/developers "Reference", section "Message Formatting"; support.discord.com "Markdown
 * Text 101". Where neither says (what a masked link's label may hold, what a backslash escapes), the tests of
 * LyricLy/parse-discord do, which were tried out in the client.
 */
import { type InlineToken, type Mark, plainOf } from '../../../src/markdown/chat-tokens.ts';
import { isBlankLabel, namesOtherHost } from '../../../src/markdown/link-label.ts';

/** U+2060 WORD JOINER: shown as nothing, and makes a name or a mark something else. */
export const JOINER = '\u2060';
/** Stand for `<` and `>` around a masked link's address until the text is cut, so that no cut falls into it. */
const OPEN_ADDRESS = '\ue001';
const CLOSE_ADDRESS = '\ue002';
/** May be one of the two marks of a spoiler; decided when the whole paragraph is known. */
const BAR_OPENS = '\ue003';
const BAR_CLOSES = '\ue004';

const MARKS: Record<Mark, string> = { strong: '**', emphasis: '*', delete: '~~' };
const INVISIBLE = '[\\u00ad\\u180e\\u200b-\\u200f\\u2060-\\u2064\\ufeff]*';
const PING = new RegExp(`@${INVISIBLE}(?=(?:everyone|here))|(<@[!&]?)${INVISIBLE}(?=\\d)`, 'gi');
const MENTION = /<(?:@[!&]?|#)(\d{1,20})>/;
/** Custom emoji, timestamps, mentions of commands: kept when they are well-formed. */
const KEPT = /<a?:\w{1,32}:\d{15,21}>|<t:-?\d{1,13}(?::[tTdDfFR])?>|<\/[-\w ]{1,100}:\d{15,21}>/;
const SHORTCODE = /:\w{1,40}:/;
/** The one thing that Discord shows as it is, although a backslash stands in it. */
const SHRUG = /¯\\_\(ツ\)_\/¯/;
/** Discord reads `<name:/…>` as an address and hides the brackets; the others it reads when they are well-formed. */
const ADDRESS_LIKE = /<(?=[^: >]{1,40}:\/|a?:\w|t:-?\d|id:|\/[-\w ]{1,40}:\d)/;
const SPECIAL = new RegExp(
  [MENTION, KEPT, SHORTCODE, SHRUG, ADDRESS_LIKE, /\\(?![A-Za-z0-9\s])/, /[*_`~]/, /\|{2,}/, /\](?=\()/]
    .map((part) => part.source)
    .join('|'),
  'g',
);
const PICTOGRAPH = /(?![©®™])\p{Extended_Pictographic}|\p{Regional_Indicator}/u;
const WEB = /^https?:\/\/[^\s/]/i;

/** Everything in a text that would call somebody, broken by a joiner. Idempotent. */
export function calmPings(text: string): string {
  return text.includes('@') ? text.replace(PING, (_, open?: string) => `${open ?? '@'}${JOINER}`) : text;
}

/** The text of a piece, once it is cut. */
export function finished(piece: string): string {
  return piece.replaceAll(OPEN_ADDRESS, '<').replaceAll(CLOSE_ADDRESS, '>');
}

/** A paragraph. */
export function discordInline(tokens: InlineToken[]): string {
  return withLineStarts(withSpoilers(written(tokens)));
}

function written(tokens: InlineToken[]): string {
  let out = '';
  let closed = false;
  for (const token of tokens) {
    switch (token.type) {
      case 'text':
        out += escapeText(token.value);
        break;
      case 'open':
        // "*a***b**" would be read otherwise.
        out += (closed && out.endsWith('*') ? JOINER : '') + MARKS[token.mark];
        break;
      case 'close':
        out += MARKS[token.mark];
        break;
      case 'code':
        out += (out.endsWith('`') ? JOINER : '') + inlineCode(token.value);
        break;
      case 'link':
        out += link(token.url, token.label);
        break;
    }
    closed = token.type === 'close';
  }
  return out;
}

/** Text as it is to be seen. */
function escapeText(text: string): string {
  return text.replace(SPECIAL, (found, id: string | undefined, at: number) => {
    if (id !== undefined) return `${found[1]}${JOINER}${id}`;
    switch (found[0]) {
      case '|':
        return bars(text, at, found);
      case ':':
      case '¯':
        return found;
      case ']':
        return ']\\';
      case '<':
        return found.length > 1 ? found : '\\<';
      default:
        return `\\${found}`;
    }
  });
}

/** `||` before a word or behind one may belong to a spoiler; between spaces it is an operator. */
function bars(text: string, at: number, found: string): string {
  const inner = (character: string | undefined) => character !== undefined && !/\s/.test(character);
  const before = text[at - 1];
  const after = text[at + 2];
  const edge = (character: string | undefined) => character === undefined || !/[\p{L}\p{N}]/u.test(character);
  if (found.length === 2) {
    if (edge(before) && (inner(after) || at + 2 === text.length)) return BAR_OPENS;
    if (edge(after) && (inner(before) || at === 0)) return BAR_CLOSES;
  }
  return found.replace(/\|/g, '\\|');
}

const SPOILER = new RegExp(`${BAR_OPENS}([^${BAR_OPENS}${BAR_CLOSES}]+)[${BAR_OPENS}${BAR_CLOSES}]`, 'g');
const LONE_BARS = new RegExp(`[${BAR_OPENS}${BAR_CLOSES}]`, 'g');

function withSpoilers(text: string): string {
  return text.replace(SPOILER, '||$1||').replace(LONE_BARS, '\\|\\|');
}

/** What would begin a block if it stood at the beginning of a line, escaped. */
function withLineStarts(text: string): string {
  return text
    .replace(/^([ \t]*)(#{1,3}|-#|-|>>>|>)(?=\s)/gm, '$1\\$2')
    .replace(/^([ \t]*\d{1,9})(?=\.\s)/, '$1\\')
    .replace(/[ \t]+$/gm, '');
}

function inlineCode(code: string): string {
  if (code.trim() === '') return code;
  const mark = code.includes('`') ? '``' : '`';
  const inner = code.replace(/``(?=`*)/g, `\`${JOINER}\`${JOINER}`);
  return mark + (inner.startsWith('`') ? ' ' : '') + inner + (/`$/.test(inner) ? ' ' : '') + mark;
}

/**
 * Addresses stand in `<…>`, which keeps Discord from adding previews; the brackets are not shown. Besides, the message
 * carries SUPPRESS_EMBEDS, but that flag is lost wherever the text is copied to.
 */
function link(url: string, label: InlineToken[]): string {
  const said = isBlankLabel(plainOf(label)) ? '' : plainOf(label).trim();
  if (!WEB.test(url)) return elsewhere(url, said, label);
  const address = encodeAddress(url);
  if (said === '' || said === url || `http://${said}` === url) return `<${address}>`;
  const masked = maskable(label, said) && !namesOtherHost(said, url);
  const shown = withSpoilers(masked ? bare(label) : written(label));
  return masked ? `[${shown}](${OPEN_ADDRESS}${address}${CLOSE_ADDRESS})` : `${shown} (<${address}>)`;
}

/** Where a link cannot lead from Discord: an e-mail address, a part of the page, a file. */
function elsewhere(url: string, said: string, label: InlineToken[]): string {
  const address = url.replace(/^mailto:/i, '');
  if (said === '' || said === address || said === url) return escapeText(said || address);
  return address === '' ? written(label) : `${written(label)} (${inlineCode(address)})`;
}

/**
 * True when Discord shows `[label](address)` as a link. It does not where the label holds an emoji, an address or a
 * mention (discord/discord-api-docs#6088), and it undoes no escapes there.
 */
function maskable(label: InlineToken[], said: string): boolean {
  if (PICTOGRAPH.test(said) || /[[\]\\<>\n@]|https?:|discord\.gg|:\w+:|\|\|/i.test(said)) return false;
  const text = label.map((token) => (token.type === 'text' ? token.value : '')).join('');
  if (label.some((token) => token.type === 'open') && /[*_~`]/.test(text)) return false;
  return !/([*_~`])[\s\S]*\1/.test(text);
}

function bare(label: InlineToken[]): string {
  return label
    .map((token) => {
      if (token.type === 'text') return token.value.replace(/\s+/g, ' ');
      if (token.type === 'code') return inlineCode(token.value);
      return token.type === 'link' ? '' : MARKS[token.mark];
    })
    .join('');
}

/** An address without anything that ends it, marks text, or pings. */
function encodeAddress(url: string): string {
  return url
    .replace(/[\s\p{Cc}<>()|\\*`]/gu, (character) =>
      /[()*]/.test(character) ? `%${character.charCodeAt(0).toString(16)}` : encodeURIComponent(character),
    )
    .replace(/~~/g, '%7e%7e')
    .replace(new RegExp(`@(?=${INVISIBLE}(?:everyone|here))`, 'gi'), '%40');
}
