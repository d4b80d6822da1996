/**
 * Characters that nobody sees. They join emoji and letters in honest texts; elsewhere they carry instructions to a model
 * ("ASCII smuggling" in tags, bytes in variation selectors, bits in zero-width characters) or break platforms.
 * Unicode: Default_Ignorable_Code_Point; TR36 (bidirectional overrides); TR51 (emoji); TR37 (ideographic variation).
 */

/** Anything that may have to go; most texts hold none of it. */
const SUSPECT = /(?![\n\t])\p{Cc}|\p{Surrogate}|\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/u;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
const PICTOGRAPH = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]/u;
const KEYCAP_BASE = /[0-9#*]/;
const KEYCAP = 0x20e3;
const HAN = /\p{Script=Han}/u;
/** With standardized variants of their glyphs: operators, Han, East Asian punctuation, Myanmar, Phags-pa. */
const VARIED =
  /[\p{Sm}\p{Script=Han}\p{Script=Myanmar}\p{Script=Phags_Pa}\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f]/u;
/** Letters and marks of scripts whose joining forms are chosen by U+200C and U+200D: Persian, Hindi, Malayalam, … */
const JOINING =
  /(?=[\p{L}\p{M}])[\p{scx=Arabic}\p{scx=Syriac}\p{scx=Mongolian}\p{scx=Nko}\p{scx=Phags_Pa}\p{scx=Mandaic}\p{scx=Adlam}\p{scx=Devanagari}\p{scx=Bengali}\p{scx=Gurmukhi}\p{scx=Gujarati}\p{scx=Oriya}\p{scx=Tamil}\p{scx=Telugu}\p{scx=Kannada}\p{scx=Malayalam}\p{scx=Sinhala}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}\p{scx=Balinese}\p{scx=Javanese}\p{scx=Chakma}\p{scx=Hanifi_Rohingya}\p{scx=Thai}\p{scx=Lao}]/u;
const RIGHT_TO_LEFT = /(?=\p{L})[\p{scx=Arabic}\p{scx=Hebrew}\p{scx=Syriac}\p{scx=Thaana}\p{scx=Nko}\p{scx=Adlam}]/u;
const WORD = /[\p{L}\p{N}]/u;
const MONGOLIAN = /\p{Script=Mongolian}/u;
/** Flags that are a black flag, tags, and the cancel tag: England, Scotland, Wales; California and Texas are drawn by some. */
const TAG_FLAG =
  /^\u{1f3f4}(?:\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})|\u{e0075}\u{e0073}(?:\u{e0063}\u{e0061}|\u{e0074}\u{e0078}))\u{e007f}/u;
const LONGEST_FLAG = 14;

/** @returns the text without what nobody sees, save for what an honest text needs. Idempotent, linear. */
export function withoutHidden(text: string): string {
  if (!SUSPECT.test(text)) return text;
  const rightToLeft = RIGHT_TO_LEFT.test(text);
  const kept: string[] = [];
  let before = '';
  for (let at = 0; at < text.length; ) {
    const char = charAt(text, at);
    const next = charAt(text, at + char.length);
    const flag = char === '\u{1f3f4}' ? TAG_FLAG.exec(text.slice(at, at + LONGEST_FLAG))?.[0] : undefined;
    at += (flag ?? char).length;
    if (flag === undefined && SUSPECT.test(char) && !isHonest(char, before, next, rightToLeft)) continue;
    kept.push(flag ?? char);
    before = char;
  }
  return kept.join('');
}

/** @param before what was kept last, @param next what follows in the text as it came */
function isHonest(char: string, before: string, next: string, rightToLeft: boolean): boolean {
  const code = char.codePointAt(0) as number;
  if (code === 0x200c) return JOINING.test(before);
  if (code === 0x200d) {
    return JOINING.test(before) || ((PICTOGRAPH.test(before) || before === '\ufe0f') && PICTOGRAPH.test(next));
  }
  // Never two in a row: bits are made of runs.
  if (before === '' || IGNORABLE.test(before)) return false;
  if (code === 0xfe0e || code === 0xfe0f) {
    if (KEYCAP_BASE.test(before)) return code === 0xfe0f && next.codePointAt(0) === KEYCAP;
    return PICTOGRAPH.test(before);
  }
  if (code >= 0xfe00 && code <= 0xfe02) return VARIED.test(before);
  if (code >= 0xe0100 && code <= 0xe01ef) return HAN.test(before);
  if ((code >= 0x180b && code <= 0x180d) || code === 0x180f) return MONGOLIAN.test(before);
  if (code === 0x200e || code === 0x200f || code === 0x061c) {
    const between = WORD.test(before) && WORD.test(next);
    return rightToLeft && (!between || RIGHT_TO_LEFT.test(before) || RIGHT_TO_LEFT.test(next));
  }
  return false;
}

/** The character at a place, whole where both halves of its pair are there. */
function charAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
