import { withoutHidden } from './hidden.ts';

/** Removes hidden characters and normalizes line ends. Idempotent; what people see stays the same. */
export function cleanText(text: string): string {
  return withoutHidden(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);
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
