/**
 * Reads a message's HTML as Telegram does: what it cannot read it refuses, with Telegram's words.
 * https://core.telegram.org/bots/api#html-style
 */
const TAGS = new Set(['b', 'strong', 'i', 'em', 'u', 'ins', 's', 'strike', 'del', 'code', 'pre', 'a', 'blockquote']);
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

export class HtmlError extends Error {}

/** @returns the text that is shown, the names that Telegram would notify, and the addresses behind links */
export function readHtml(html: string): { text: string; mentions: string[]; links: string[] } {
  const open: string[] = [];
  const links: string[] = [];
  let text = '';
  let outsideCode = '';
  for (const [part] of html.matchAll(/<[^>]*>?|[^<]+/g)) {
    if (!part.startsWith('<')) {
      const shown = part.replace(/&(lt|gt|amp|quot);/g, (_, name: string) => NAMED[name] as string);
      text += shown;
      outsideCode += open.includes('code') || open.includes('pre') ? '\0' : shown;
      continue;
    }
    const [, slash, name = '', attributes = ''] = /^<(\/?)([a-z]+)((?:\s[^<>]*)?)>$/.exec(part) ?? [];
    if (!TAGS.has(name)) throw new HtmlError(`Unsupported start tag "${name || part}"`);
    if (slash === '/') {
      const last = open.pop();
      if (last !== name) throw new HtmlError(`Unmatched end tag, expected "</${last ?? ''}>", found "</${name}>"`);
      continue;
    }
    if (name === 'blockquote' && open.includes(name)) throw new HtmlError('blockquote entities cannot be nested');
    const [, attribute, value = ''] = /^ (href|class)="([^"]*)"$/.exec(attributes) ?? [];
    if (attributes !== '' && attribute !== (name === 'a' ? 'href' : name === 'code' ? 'class' : ''))
      throw new HtmlError(`Unexpected attribute in "${part}"`);
    if (name === 'a') links.push(value);
    open.push(name);
  }
  if (open.length > 0) throw new HtmlError(`Can't find end tag corresponding to start tag "${open.at(-1)}"`);
  const mentions = [...outsideCode.matchAll(/(?<![\w])@(\w{2,32})/g)].map(([, name]) => name as string);
  return { text: text.trim(), mentions, links };
}
