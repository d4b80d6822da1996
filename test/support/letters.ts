/** Letters and digits of a text, in order: what no renderer may lose. */

export function letters(text: string): string[] {
  return text.match(/[\p{L}\p{N}]/gu) ?? [];
}

/** True when `part` is `whole` with things left out and nothing added. */
export function contains(whole: string[], part: string[]): boolean {
  let at = 0;
  for (const letter of whole) if (letter === part[at]) at++;
  return at === part.length;
}

/** For texts that come in another order. */
export function sorted(text: string[]): string[] {
  return text.toSorted();
}
