/**
 * Markdown as Telegram's HTML, the parse mode in which every text has a valid form: a few characters are escaped, tags are
 * closed where they were opened. https://core.telegram.org/bots/api#html-style
 */
import type { Nodes } from 'mdast';
import { parse } from '../../src/markdown/parse.ts';
import { split } from '../../src/markdown/split.ts';

/** Counted without the tags. https://core.telegram.org/bots/api#sendmessage */
const MAX_LENGTH = 4_096;
/** Of a piece of Markdown: rendering adds a little, such as blank lines between blocks. */
export const PIECE_LENGTH = 3_900;
/** Never `tg://user?id=…`: such a link is a mention. */
const LINKS = /^(https?:|mailto:)/i;
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const verbatim = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
/** Telegram makes a mention of every `@name` outside code; an unseen word joiner behind the `@` prevents it. */
const plain = (text: string): string => verbatim(text).replace(/(?<!\w)@/g, '@\u2060');
const lengthOf = (html: string): number =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&\w+;/g, '&')
    .trim().length;

/** The messages that show this text, each valid and within Telegram's limit. At least one. */
export function render(markdown: string, limit = PIECE_LENGTH): string[] {
  const pieces = split(markdown, limit).flatMap((piece) => {
    const source = piece.toWellFormed();
    const html = show(parse(source), { source, depth: 0 }).trim();
    if (lengthOf(html) > MAX_LENGTH) return render(piece, Math.floor(limit / 2));
    // Telegram refuses a message in which nothing is to be seen, e.g. one that is an empty fence.
    return lengthOf(html) > 0 ? html : plain(source).trim() || '…';
  });
  return pieces.length > 0 ? pieces : ['…'];
}

/** What is around a node: how many lists, a link (which holds no code), a quote (which holds no quote). */
type Place = { source: string; depth: number; inLink?: boolean; inQuote?: boolean };

function show(node: Nodes, place: Place): string {
  const inner = (between = '', more: Partial<Place> = {}): string =>
    'children' in node ? node.children.map((child) => show(child, { ...place, ...more })).join(between) : '';
  const link = (url: string, html: string): string =>
    LINKS.test(url) && !place.inLink ? `<a href="${verbatim(url)}">${html}</a>` : html;
  switch (node.type) {
    case 'root':
      return inner('\n\n');
    case 'heading':
    case 'strong':
      return `<b>${inner()}</b>`;
    case 'emphasis':
      return `<i>${inner()}</i>`;
    case 'delete':
      return `<s>${inner()}</s>`;
    case 'inlineCode':
      return place.inLink ? plain(node.value) : `<code>${verbatim(node.value)}</code>`;
    case 'code':
      return `<pre><code class="language-${node.lang?.replace(/[^\w+#.-]/g, '') || 'text'}">${verbatim(node.value)}</code></pre>`;
    case 'table': // as it was written, in a fixed width
      return `<pre>${verbatim(place.source.slice(node.position?.start.offset, node.position?.end.offset))}</pre>`;
    case 'blockquote':
      return place.inQuote ? inner('\n\n') : `<blockquote>${inner('\n\n', { inQuote: true })}</blockquote>`;
    case 'list': {
      const marker = (n: number, done?: boolean | null) =>
        node.ordered ? `${(node.start ?? 1) + n}.` : done ? '☑' : done === false ? '☐' : '•';
      const lines = node.children.map((item, n) => `${marker(n, item.checked)} ${show(item, place)}`);
      return lines.map((line) => '  '.repeat(place.depth) + line).join('\n');
    }
    case 'listItem':
      return inner('\n', { depth: place.depth + 1 });
    case 'link':
      return link(node.url, inner('', { inLink: true }));
    case 'image':
      return link(node.url, plain(node.alt || node.url));
    case 'definition':
      return plain(`[${node.identifier}]: ${node.url}`);
    case 'footnoteReference':
      return plain(`[${node.identifier}]`);
    case 'footnoteDefinition':
      return `${plain(`[${node.identifier}]`)} ${inner('\n')}`;
    case 'thematicBreak':
      return '———';
    case 'break':
      return '\n';
    default:
      return 'value' in node ? plain(node.value) : inner();
  }
}
