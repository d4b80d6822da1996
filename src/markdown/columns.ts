/** How wide text is where every character has the same width. */

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const PLAIN = /^[\x20-\x7e]*$/;
const INVISIBLE = /^[\p{Cf}\p{Cc}\p{M}]+$/u;
/** Two columns each: emoji, and the scripts that Unicode Annex 11 calls wide. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6])/u;

/** Columns that a line of text takes in a monospace font. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (INVISIBLE.test(segment)) continue;
    columns += WIDE.test(segment) ? 2 : 1;
  }
  return columns;
}
