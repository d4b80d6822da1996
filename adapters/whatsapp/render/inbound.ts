/** What people write in WhatsApp, as the model should read it. */

/** Code first, since nothing in it is a mark; then bold and strikethrough, which Markdown writes with two. */
const CODE = /```[\s\S]*?```|`[^`\n]+`/g;
const PAIR = /(?<![\p{L}\p{N}*~])([*~])(?=[^\s*~])([^*~\n]*[^\s*~])\1(?![\p{L}\p{N}*~])/gu;

/**
 * A message's text as Markdown: `*bold*` → `**bold**`, `~gone~` → `~~gone~~`; all else (`_italic_`, code, lists, quotes,
 * `@number`) is the same there. Never throws.
 */
export function readWhatsApp(text: string): string {
  if (!/[*~]/.test(text)) return text;
  let out = '';
  let at = 0;
  for (const code of text.matchAll(CODE)) {
    out += text.slice(at, code.index).replace(PAIR, '$1$1$2$1$1') + code[0];
    at = code.index + code[0].length;
  }
  return out + text.slice(at).replace(PAIR, '$1$1$2$1$1');
}
