import { distance } from 'fastest-levenshtein';

/**
 * The candidate that the writer of `name` most likely meant: the same but for case and hyphens, or with a part left
 * out or out of order (`SLACK_TOKEN`), or a few letters off. Undefined when nothing is near.
 */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  const parts = name.toLowerCase().split(/[^a-z0-9]+/);
  const samePart = candidates.find((candidate) => {
    const theirs = candidate.toLowerCase().split(/[^a-z0-9]+/);
    return parts.length > 1 && parts.every((part) => theirs.includes(part));
  });
  const plain = parts.join('_');
  const [nearest] = candidates
    .map((candidate) => ({ candidate, off: lettersOff(plain, candidate.toLowerCase().replaceAll('-', '_')) }))
    .sort((a, b) => a.off - b.off);
  const near =
    nearest && nearest.off <= (name.length < 5 ? 1 : Math.max(2, Math.floor(name.length / 4))) ? nearest : undefined;
  return near?.off === 0 ? near.candidate : (samePart ?? near?.candidate);
}

/** Letters in the wrong order are one slip, however many. */
function lettersOff(a: string, b: string): number {
  const swapped = a !== b && [...a].sort().join('') === [...b].sort().join('');
  return swapped ? 1 : distance(a, b);
}

/** ` Did you mean X?` (with the space before it) or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const meant = closest(name, candidates);
  return meant ? ` Did you mean ${meant}?` : '';
}

/** `a`, `a or b`, `a, b or c`. */
export function oneOf(items: readonly string[], word = 'or'): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`;
}
