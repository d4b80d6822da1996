/**
 * Characters that people never mean and that hide instructions or break platforms: lone surrogates, control characters,
 * bidirectional overrides (Unicode TR36), and the Tags block U+E0000–E007F ("ASCII smuggling"). Emoji joiners, variation
 * selectors and the marks that Persian or Hindi need stay.
 */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;
const BIDI_OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g;
const INVISIBLE = /[\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]/g;
/** Flags such as Scotland's are a black flag followed by tags and the cancel tag; everywhere else tags go. */
const TAGS = /(\u{1f3f4}[\u{e0020}-\u{e007e}]+\u{e007f})|[\u{e0000}-\u{e007f}]/gu;
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** Anything that one of the above could match; most texts hold none of it. */
const SUSPECT =
  /(?![\n\t])\p{Cc}|\p{Surrogate}|[\u00ad\u180e\u200b\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** Removes hidden characters and normalizes line ends. Idempotent; what people see stays the same. */
export function cleanText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(TAGS, '$1')
    .replace(LONE_SURROGATES, '')
    .replace(BIDI_OVERRIDES, '')
    .replace(INVISIBLE, '')
    .replace(CONTROLS, '');
}

/** Cuts to at most `limit` UTF-16 units, never through a surrogate pair, and says so at the end. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
  return `${text.slice(0, end)}\n[… cut after ${limit} characters]`;
}

/** Without the half of a surrogate pair whose other half has not arrived yet. */
export function wholeCharacters(text: string): string {
  return isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.slice(0, -1) : text;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
