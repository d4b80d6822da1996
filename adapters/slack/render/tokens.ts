/** Slack's tokens, names that ping, entities, and addresses in angle brackets: what they look like, and what is shown instead. */

import { isBlankLabel, namesOtherHost } from '../../../src/markdown/link-label.ts';

/** U+2060 WORD JOINER: shown as nothing, keeps the line together, and makes a token or a name something else. */
export const JOINER = '\u2060';

/** What may stand between the letters of a broken-up ping: marks that Markdown swallows, and invisible characters. */
const NOISE = '[*_~`\\\\\\u00ad\\u180e\\u200b-\\u200f\\u2060-\\u2064\\ufeff]{0,8}';
const spread = (word: string) => [...word].join(NOISE);
const BROADCASTS = ['here', 'channel', 'everyone'];

/** Never a ping, though it opens like one: comments and declarations of HTML and XML. */
const DECLARATION = '--|doctype|\\[cdata|element|attlist|entity|notation';
const TOKEN = `(?!${JOINER})(?=${NOISE}(?:!(?!${DECLARATION})|@(?!${JOINER})|#[CDG][A-Z0-9]{2}|https?:|mailto:))`;
const TOKEN_IN_CODE = new RegExp(`<${TOKEN}`, 'gi');
const MAYBE_TOKEN_IN_CODE = new RegExp(
  `<${NOISE}(?:|!(?:-|d[a-z]{0,6}|\\[c?d?a?t?a?|e[a-z]{0,6}|a[a-z]{0,6}|n[a-z]{0,7})?|@|#[CDG]?[A-Z0-9]?|h(?:t(?:t(?:ps?)?)?)?|m[ailto]{0,5})$`,
  'i',
);

const BROADCAST_AFTER = new RegExp(`${NOISE}(?:${BROADCASTS.map(spread).join('|')})(?![\\p{L}\\p{N}_])`, 'iuy');
const BROADCAST_SOON = new RegExp(
  `^${NOISE}(?:${BROADCASTS.map((word) => `${[...word].map((letter) => `(?:${letter}${NOISE}`).join('')}${')?'.repeat(word.length)}`).join('|')})$`,
  'iu',
);
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]{1,8}));/iy;
const MAYBE_ENTITY = /^&(?:#\d{0,7}|#x[0-9a-f]{0,6}|[a-z][a-z0-9]{0,8})?$/i;
/** Names that models use; Slack decodes `&amp;`, `&lt;` and `&gt;` only (docs.slack.dev, "Formatting message text"). */
const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  LT: '<',
  gt: '>',
  GT: '>',
  quot: '"',
  apos: "'",
  commat: '@',
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  bull: '•',
  middot: '·',
  times: '×',
  divide: '÷',
  plusmn: '±',
  deg: '°',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  sect: '§',
  larr: '←',
  rarr: '→',
  uarr: '↑',
  darr: '↓',
  le: '≤',
  ge: '≥',
  ne: '≠',
  infin: '∞',
  micro: 'µ',
};
const SHOWN = /^[\p{L}\p{N}\p{P}\p{S}\p{M}\u00a0]$/u;
const ESCAPED_TOKEN = new RegExp(TOKEN.replace('|https?:|mailto:', ''), 'iy');
const MAYBE_ESCAPED_TOKEN = new RegExp(`^${NOISE}(?:|!(?:-|[a-z[]{0,8})?|@|#[CDG]?[A-Z0-9]?)$`, 'i');

const AUTOLINK = /<((?:https?:\/\/|mailto:)[^\s<>|]{1,2000})>/iy;
const EMAIL = /<([a-z0-9.!#$%&'*+/=?^_{}~-]{1,64}@[a-z0-9.-]{1,200})>/iy;
const BREAK = /<br[ \t]{0,8}\/?>/iy;
const SLACK_TOKEN =
  /<(?:!(here|channel|everyone)|!subteam\^([A-Z0-9]{1,20})|@([A-Z][A-Z0-9]{1,20})|#([A-Z][A-Z0-9]{1,20})|!date\^[^<>|\n]{1,200})(?:\|([^<>|\n]{0,200}))?>/y;
/** After a line break this would begin a block. */
const BLOCK_MARK = /^[ \t]*[-#>|`~=_:*+\d]/;
/** An opened `<…` that is not one of the above yet, and may still become one. */
const MAYBE_ANGLE = /^<(?:[!@#][^<>\n]{0,440}|[^\s<>|]{0,2010}|br[ \t]{0,8}\/?(?:>[ \t]{0,40})?)$/i;

/** Code that is shown as it is written, but in which no token of Slack's is left. */
export function neutralizeCode(code: string): string {
  return code.includes('<') ? code.replace(TOKEN_IN_CODE, `<${JOINER}`) : code;
}

/** Where the end of growing code must be held back: at a `<` that may become a token; else its length. */
export function neutralizeCodeUntil(code: string): number {
  const from = Math.max(0, code.length - 64);
  const match = MAYBE_TOKEN_IN_CODE.exec(code.slice(from));
  return match ? from + match.index : code.length;
}

/** True when what follows an `@` calls everyone, however it is broken up. */
export function isBroadcast(text: string, at: number): boolean {
  if (text[at] === JOINER) return false;
  BROADCAST_AFTER.lastIndex = at;
  return BROADCAST_AFTER.test(text);
}

/** True when what follows an `@` at the end of a growing text may still call everyone. */
export function maybeBroadcast(text: string, at: number): boolean {
  return BROADCAST_SOON.test(text.slice(at, at + 200));
}

/** True when the `&` here, at the end of a growing text, may still begin an entity. */
export function maybeEntity(text: string, at: number): boolean {
  return MAYBE_ENTITY.test(text.slice(at, at + 12)) && text.length - at < 12;
}

/** The entity here, and the character that it stands for if Slack has to be given that one: `&`, `<`, `>`, `@`, or no ASCII. */
export function readEntity(text: string, at: number): { source: string; character: string | undefined } | undefined {
  ENTITY.lastIndex = at;
  const match = ENTITY.exec(text);
  if (!match) return undefined;
  const [source, decimal, hexadecimal, name] = match;
  const code = decimal ? Number(decimal) : hexadecimal ? Number.parseInt(hexadecimal, 16) : undefined;
  const character = name
    ? NAMED[name]
    : code !== undefined && code <= 0x10_ffff
      ? String.fromCodePoint(code)
      : undefined;
  const known =
    character !== undefined && (/^[&<>@"']$/.test(character) || (character > '\u007f' && SHOWN.test(character)));
  return { source, character: known ? character : undefined };
}

/** `&lt;`, with a joiner if a token's text follows; undefined when too little is known yet. */
export function brokenAngle(text: string, after: number, done: boolean): string | undefined {
  if (!done && MAYBE_ESCAPED_TOKEN.test(text.slice(after, after + 40))) return undefined;
  ESCAPED_TOKEN.lastIndex = after;
  return ESCAPED_TOKEN.test(text) ? `&lt;${JOINER}` : '&lt;';
}

/** True when the `<` here, at the end of a growing text, may still become a token or an address. */
export function maybeAngle(text: string, at: number): boolean {
  return MAYBE_ANGLE.test(text.slice(at, at + 2_100)) && text.length - at < 2_100;
}

/** What a complete `<…>` is shown as: a link, a name, a line break; undefined when it is just text. */
export function readAngle(
  text: string,
  at: number,
  cell: boolean,
  inLink: boolean,
): { write: string; end: number } | undefined {
  for (const pattern of [AUTOLINK, EMAIL, BREAK, SLACK_TOKEN]) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const end = at + match[0].length;
    if (pattern === BREAK) return { write: cell || BLOCK_MARK.test(text.slice(end, end + 40)) ? ' · ' : '  \n', end };
    if (pattern === AUTOLINK) return { write: link(match[1] as string, match[1] as string, inLink), end };
    if (pattern === EMAIL) return { write: link(match[1] as string, `mailto:${match[1]}`, inLink), end };
    return { write: tokenAsText(match), end };
  }
  return undefined;
}

function tokenAsText(match: RegExpExecArray): string {
  const [, broadcast, group, person, channel, label = ''] = match;
  const name = label
    .replace(/^[@#]/, '')
    .replace(/[*_~`[\]\\&@]/g, ' ')
    .trim();
  if (broadcast) return `@${JOINER}${broadcast}`;
  if (group || person) return `@${JOINER}${name || group || person}`;
  if (channel) return `#${name || channel}`;
  return name || 'date';
}

function link(label: string, target: string, inLink: boolean): string {
  const shown = escaped(label);
  return inLink ? shown : `[${shown}](${encodeTarget(target)})`;
}

function escaped(text: string): string {
  return text.replace(/[\\*_~`[\]&^]/g, '\\$&');
}

/**
 * What is written behind a link's label, within it: the address, where the label is blank or names another host. Nothing
 * where it stands there already, so that what is neutralize stays as it is.
 * @param address as `encodeTarget` gives it
 */
export function addressBeside(label: string, address: string): string {
  const shown = escaped(address).replace(/@/g, `@${JOINER}`);
  if (isBlankLabel(label)) return shown;
  return namesOtherHost(label.replaceAll(JOINER, ''), address) && !label.endsWith(` (${shown})`) ? ` (${shown})` : '';
}

/** An address as a Markdown link takes it. */
export function encodeTarget(target: string): string {
  return target.replace(/[\s<>|()\\]/g, (character) =>
    character === '(' ? '%28' : character === ')' ? '%29' : encodeURIComponent(character),
  );
}
