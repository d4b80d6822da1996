const ALLOWED = new Set(['http:', 'https:', 'mailto:']);

/**
 * The address of a link that a model wrote, or null if a click on it could do anything but open a page or a letter.
 * Relative addresses are refused too: the model knows no page of this site.
 */
export function safeHref(href: string): string | null {
  try {
    const url = new URL(href);
    return ALLOWED.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
