/** What a message replies to, as it stands above the reply in the prompt. */
const MAX_CHARS = 600;
/** The text of attached files, as src/text/attachments.ts puts it under a message. */
const FILE_TEXT = /\n\nFile “[\s\S]*$/;
/** What that message replied to in its turn. */
const OUTER_QUOTE = /^(\[in reply to [^\n]*\]\n)?(> [^\n]*\n)*\n?/;

/**
 * @param text what the message said; its own quote and the text of its files are left out
 * @param files names of the files that came with it
 * @returns lines that begin with `> `; empty when there is nothing to quote
 */
export function quoteOf(text: string, files: readonly string[] = []): string {
  const whole = text.replace(FILE_TEXT, '').trim();
  const words = whole.replace(OUTER_QUOTE, '').trim() || whole;
  const most = Array.from(words);
  const cut = most.length > MAX_CHARS ? `${most.slice(0, MAX_CHARS).join('')} …` : words;
  const lines = [
    ...(cut === '' ? [] : cut.split('\n')),
    ...(files.length > 0 ? [`[attached: ${files.join(', ')}]`] : []),
  ];
  return lines.map((line) => `> ${line}`).join('\n');
}
