/** Answers are long; a screen reader announces the beginning and the rest can be read in the conversation. */
const ANNOUNCED_CHARS = 600;

/** Markdown as it is spoken: without its marks, code left out. */
export function plainText(markdown: string): string {
  const text = markdown
    .replace(/^(```|~~~)[\s\S]*?(^\1|$(?![\s\S]))/gm, ' Code. ')
    // Bounded, or brackets without end take quadratic time.
    .replace(/!?\[([^[\]]{0,500})\]\([^)]{0,500}\)/g, '$1')
    .replace(/^[\s>#|:-]+/gm, '')
    .replace(/[*_`~|]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > ANNOUNCED_CHARS
    ? `${text.slice(0, ANNOUNCED_CHARS)}… The whole answer is in the conversation.`
    : text;
}
