import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { Component, type ComponentChildren, type VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { isTooMuchToDraw } from '../../../../../src/markdown/hostile.ts';
import { isBlankLabel, namesOtherHost } from '../../../../../src/markdown/link-label.ts';
import { CodeBlock } from './code-block.tsx';
import { decodeEntities } from './entities.ts';
import { safeHref } from './links.ts';

/** A long answer is parsed again less often while it grows: at most a quarter of the time goes into it. */
const REST_PER_COST = 3;

interface Rendered {
  text: string;
  tree: VNode;
  again: number;
}

/**
 * A model's Markdown. marked reads it, and its tokens become elements one by one: no HTML text is ever built or parsed,
 * so that nothing in it can become an element or an attribute that is not named here.
 */
export class Markdown extends Component<{ text: string; streaming: boolean }, { failed: boolean }> {
  override state = { failed: false };

  /** One message that cannot be drawn must not take the conversation with it. */
  override componentDidCatch(): void {
    this.setState({ failed: true });
  }

  override render({ text, streaming }: { text: string; streaming: boolean }): VNode {
    return this.state.failed ? plain(text) : <Drawn text={text} streaming={streaming} />;
  }
}

function Drawn(props: { text: string; streaming: boolean }): VNode {
  const last = useRef<Rendered | null>(null);
  const now = performance.now();
  const kept = last.current;
  if (kept && (kept.text === props.text || (props.streaming && now < kept.again))) return kept.tree;
  const tree = draw(props.text);
  last.current = { text: props.text, tree, again: now + (performance.now() - now) * REST_PER_COST };
  return tree;
}

function draw(text: string): VNode {
  if (isTooMuchToDraw(text)) return plain(text);
  try {
    const tokens = new Lexer({ gfm: true }).lex(text) as Token[];
    return <div class="markdown">{blocks(tokens, headingLevels(tokens))}</div>;
  } catch {
    // Too deep for the parser; the text as it was written says the same.
    return plain(text);
  }
}

function plain(text: string): VNode {
  return (
    <div class="markdown">
      <p class="raw" dir="auto">
        {text}
      </p>
    </div>
  );
}

/** Heading depths as they are used, mapped to levels below the message's own (h2) without gaps. */
function headingLevels(tokens: Token[]): Map<number, number> {
  const depths = new Set(tokens.flatMap((token) => (token.type === 'heading' ? [token.depth as number] : [])));
  return new Map([...depths].sort().map((depth, n) => [depth, Math.min(3 + n, 6)]));
}

function blocks(tokens: Token[], levels: Map<number, number>): ComponentChildren {
  return tokens.map((token, key) => block(token as MarkedToken, key, levels));
}

function block(token: MarkedToken, key: number, levels: Map<number, number>): ComponentChildren {
  switch (token.type) {
    case 'paragraph':
      return (
        <p key={key} dir="auto">
          {inlines(token.tokens)}
        </p>
      );
    case 'heading': {
      const Tag = `h${levels.get(token.depth) ?? 6}` as 'h3';
      return (
        <Tag key={key} dir="auto">
          {inlines(token.tokens)}
        </Tag>
      );
    }
    case 'code':
      return <CodeBlock key={key} code={token.text} lang={token.lang ?? ''} />;
    case 'list':
      return list(token, key, levels);
    case 'blockquote':
      return (
        <blockquote key={key} dir="auto">
          {blocks(token.tokens, levels)}
        </blockquote>
      );
    case 'table':
      return table(token, key);
    case 'hr':
      return <hr key={key} />;
    case 'html':
      return (
        <p key={key} class="raw" dir="auto">
          {token.text.trim()}
        </p>
      );
    case 'space':
    case 'def':
      return null;
    default:
      return inline(token, key);
  }
}

function list(token: Tokens.List, key: number, levels: Map<number, number>): VNode {
  const items = token.items.map((item, n) => (
    <li key={n} dir="auto" class={item.task ? 'task' : undefined}>
      {blocks(item.tokens, levels)}
    </li>
  ));
  return token.ordered ? (
    <ol key={key} start={Number(token.start) || 1}>
      {items}
    </ol>
  ) : (
    <ul key={key}>{items}</ul>
  );
}

function table(token: Tokens.Table, key: number): VNode {
  const align = (n: number) => (token.align[n] ? `align-${token.align[n]}` : undefined);
  return (
    <section
      key={key}
      class="table"
      aria-label="Table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table>
        <thead>
          <tr>
            {token.header.map((cell, n) => (
              <th key={n} dir="auto" scope="col" class={align(n)}>
                {inlines(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, r) => (
            <tr key={r}>
              {row.map((cell, n) => (
                <td key={n} dir="auto" class={align(n)}>
                  {inlines(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function inlines(tokens: Token[]): ComponentChildren {
  return tokens.map((token, key) => inline(token as MarkedToken, key));
}

function inline(token: MarkedToken, key: number): ComponentChildren {
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{inlines(token.tokens)}</strong>;
    case 'em':
      return <em key={key}>{inlines(token.tokens)}</em>;
    case 'del':
      return <del key={key}>{inlines(token.tokens)}</del>;
    case 'codespan':
      return <code key={key}>{token.text}</code>;
    case 'br':
      return <br key={key} />;
    case 'link':
      return link(token.href, inlines(token.tokens), lettersOf(token.tokens), key);
    // Loading an image would tell its host who reads this, and could carry words of the conversation in its address.
    case 'image':
      return link(token.href, `🖼 ${decodeEntities(token.text) || 'image'}`, decodeEntities(token.text) || 'image', key);
    case 'checkbox':
      return (
        <span key={key} class="checkbox" role="img" aria-label={token.checked ? 'done' : 'not done'}>
          {token.checked ? '☑' : '☐'}
        </span>
      );
    case 'html':
      return /^<br\s*\/?>$/i.test(token.text) ? <br key={key} /> : token.text;
    case 'escape':
      return token.text;
    case 'text':
      return token.tokens ? inlines(token.tokens) : decodeEntities(token.text);
    default:
      return token.raw;
  }
}

/** What a link's label says, without marks. */
function lettersOf(tokens: Token[]): string {
  return (tokens as MarkedToken[])
    .map((token) => {
      if ('tokens' in token && token.tokens) return lettersOf(token.tokens);
      return token.type === 'text' ? decodeEntities(token.text) : 'text' in token ? token.text : '';
    })
    .join('');
}

/** The address is written out where the label is blank or names another host. */
function link(href: string, content: ComponentChildren, label: string, key: number): ComponentChildren {
  const safe = safeHref(decodeEntities(href));
  if (!safe) return <span key={key}>{content}</span>;
  const blank = isBlankLabel(label);
  const anchor = (
    <a key={key} href={safe} title={safe} target="_blank" rel="noopener noreferrer nofollow">
      {blank ? safe : content}
    </a>
  );
  return !blank && namesOtherHost(label, safe) ? [anchor, ` (${safe})`] : anchor;
}
