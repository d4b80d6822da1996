/** The running text of a paragraph as a flat list, for platforms that have their own marks for it. */
import type { Definition, PhrasingContent, Root, RootContent } from 'mdast';

export type Mark = 'strong' | 'emphasis' | 'delete';

/** Marks come in pairs, properly nested, never twice in each other, and never around nothing or beside a space. */
export type InlineToken =
  | { type: 'text'; value: string }
  | { type: 'open' | 'close'; mark: Mark }
  | { type: 'code'; value: string }
  /** `label` holds no link; it is empty for an image without a description. */
  | { type: 'link'; url: string; label: InlineToken[] };

/** What reference links and footnotes point at. */
export interface References {
  definitions: Map<string, Definition>;
  /** Those that some link shows; the others would be lost if they were not shown themselves. */
  used: Set<Definition>;
  /** Those that were linked already: an address is told once, however often it is referred to. */
  linked: Set<Definition>;
}

const BREAK = /<br[ \t]{0,8}\/?>/gi;

export function referencesOf(root: Root): References {
  const definitions = new Map<string, Definition>();
  const used = new Set<Definition>();
  const visit = (node: Root | RootContent) => {
    if (node.type === 'definition' && !definitions.has(node.identifier)) definitions.set(node.identifier, node);
    if ('children' in node) for (const child of node.children) visit(child);
  };
  visit(root);
  if (definitions.size === 0) return { definitions, used, linked: new Set() };
  const mark = (node: Root | RootContent) => {
    if (node.type === 'linkReference' || node.type === 'imageReference') {
      const definition = definitions.get(node.identifier);
      if (definition) used.add(definition);
    }
    if ('children' in node) for (const child of node.children) mark(child);
  };
  mark(root);
  return { definitions, used, linked: new Set() };
}

/** @param without marks that are left out, since what stands around the text shows them already. */
export function tokensOf(nodes: PhrasingContent[], references: References, without: Mark[] = []): InlineToken[] {
  const out: InlineToken[] = [];
  collect(nodes, references, new Set(without), false, out);
  return joined(out);
}

/** HTML, as it is written; `<br>` is a line break. */
export function htmlText(value: string): string {
  return value.replace(BREAK, '\n');
}

/** The letters of it, without any marks. */
export function plainOf(tokens: InlineToken[]): string {
  let out = '';
  for (const token of tokens) {
    if (token.type === 'text' || token.type === 'code') out += token.value;
    else if (token.type === 'link') out += plainOf(token.label) || token.url;
  }
  return out;
}

function collect(
  nodes: PhrasingContent[],
  references: References,
  inside: Set<Mark>,
  inLink: boolean,
  out: InlineToken[],
): void {
  for (const [index, node] of nodes.entries()) {
    switch (node.type) {
      case 'text':
        out.push({ type: 'text', value: node.value });
        break;
      case 'html':
        out.push({ type: 'text', value: htmlText(node.value) });
        break;
      case 'break':
        out.push({ type: 'text', value: '\n' });
        break;
      case 'inlineCode':
        out.push({ type: 'code', value: node.value.replace(/\n/g, ' ') });
        break;
      case 'strong':
      case 'emphasis':
      case 'delete': {
        const inner: InlineToken[] = [];
        const mark = node.type;
        if (isArithmetic(mark, nodes[index - 1], nodes[index + 1])) {
          const sign: InlineToken = { type: 'text', value: mark === 'strong' ? '**' : '*' };
          collect(node.children, references, inside, inLink, inner);
          out.push(sign, ...inner, sign);
          break;
        }
        if (inside.has(mark)) collect(node.children, references, inside, inLink, inner);
        else collect(node.children, references, new Set([...inside, mark]), inLink, inner);
        out.push(...(inside.has(mark) ? inner : marked(mark, joined(inner))));
        break;
      }
      case 'footnoteReference':
        out.push({ type: 'text', value: `[${node.label ?? node.identifier}]` });
        break;
      case 'image':
      case 'imageReference': {
        const url = node.type === 'image' ? node.url : addressOnce(node.identifier, references, inLink);
        const label: InlineToken[] = node.alt ? [{ type: 'text', value: node.alt }] : [];
        if (inLink || url === undefined) out.push(...label);
        else out.push({ type: 'link', url, label });
        break;
      }
      case 'link':
      case 'linkReference': {
        const url = node.type === 'link' ? node.url : addressOnce(node.identifier, references, inLink);
        const label: InlineToken[] = [];
        collect(node.children, references, inside, true, label);
        if (inLink || url === undefined) out.push(...label);
        else out.push({ type: 'link', url, label: joined(label.map(oneLine)) });
        break;
      }
    }
  }
}

/** The address of a reference link; undefined from the second time on. */
function addressOnce(identifier: string, { definitions, linked }: References, inLink: boolean): string | undefined {
  const definition = definitions.get(identifier);
  if (!definition || inLink || linked.has(definition)) return undefined;
  linked.add(definition);
  return definition.url;
}

/** `2*3*4` and `2**3**4`: nobody means emphasis in the middle of a word or a number. Bold in a word is meant: `un**believ**able`. */
function isArithmetic(mark: Mark, before: PhrasingContent | undefined, after: PhrasingContent | undefined): boolean {
  if (mark === 'delete' || before?.type !== 'text' || after?.type !== 'text') return false;
  const inside = mark === 'emphasis' ? /[\p{L}\p{N}]/u : /\p{N}/u;
  return inside.test(before.value.at(-1) ?? '') && inside.test(after.value[0] ?? '');
}

/** Marks around the text in it; white space at its edges stays outside. */
function marked(mark: Mark, inner: InlineToken[]): InlineToken[] {
  const first = inner[0];
  const last = inner.at(-1);
  if (!inner.some((token) => token.type === 'code' || token.type === 'link' || hasInk(token))) return inner;
  const before = first?.type === 'text' ? (/^\s*/.exec(first.value) as RegExpExecArray)[0] : '';
  const after = last?.type === 'text' ? last.value.slice(last.value.trimEnd().length) : '';
  const kept = inner.map((token) => {
    if (token.type !== 'text' || (token !== first && token !== last)) return token;
    const from = token === first ? before.length : 0;
    const to = token === last ? token.value.length - after.length : token.value.length;
    return { ...token, value: token.value.slice(from, Math.max(from, to)) };
  });
  const around = (value: string): InlineToken[] => (value === '' ? [] : [{ type: 'text', value }]);
  return [...around(before), { type: 'open', mark }, ...kept, { type: 'close', mark }, ...around(after)];
}

function oneLine(token: InlineToken): InlineToken {
  return token.type === 'text' ? { ...token, value: token.value.replace(/\s+/g, ' ') } : token;
}

function hasInk(token: InlineToken): boolean {
  return token.type === 'text' && token.value.trim() !== '';
}

/** Neighbouring texts as one, so that what is written across them is seen. */
function joined(tokens: InlineToken[]): InlineToken[] {
  const out: InlineToken[] = [];
  for (const token of tokens) {
    const last = out.at(-1);
    if (token.type === 'text' && token.value === '') continue;
    if (token.type === 'text' && last?.type === 'text')
      out[out.length - 1] = { ...last, value: last.value + token.value };
    else out.push(token);
  }
  return out;
}
