/** WhatsApp refused a text: the same words without marks, and without characters that nobody sees. */

const FENCE = /^ {0,3}```[^\n]*$/gm;
const PAIR = /(?<![\p{L}\p{N}*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}*_~`])/gu;
const UNSEEN = /[\p{Cc}\p{Co}\u200b\u2060\ufeff]/gu;

/** @param text a message as `renderWhatsApp` makes it */
export function plainWhatsApp(text: string): string {
  const bare = text.replace(FENCE, '').replace(PAIR, '$2').replace(PAIR, '$2');
  const seen = bare.toWellFormed().replace(UNSEEN, (character) => (/[\n\t]/.test(character) ? character : ''));
  return seen.trim() === '' ? text : seen;
}
