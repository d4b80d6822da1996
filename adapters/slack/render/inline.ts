/**
 * One paragraph (or heading, list item, table row) of a model's Markdown, made harmless and fit for Slack.
 *
 * Slack reads its own `<…>` tokens inside a markdown block too: `<!channel>` pings, `<https://a|b>` hides where a link
 * goes. It shows `&lt;` as `<` and does not read the result again (measured by others in a real workspace:
 * PostHog/posthog#95054). So outside code no `<` survives, and inside code, where an entity would be shown as it is
 * written, only what could be a token is broken, by an invisible word joiner after the `<`.
 */

import { codeSpans, labelEnds, type Range } from '../../../src/markdown/inline.ts';
import {
  addressBeside,
  brokenAngle,
  encodeTarget,
  isBroadcast,
  JOINER,
  maybeAngle,
  maybeBroadcast,
  maybeEntity,
  neutralizeCode,
  readAngle,
  readEntity,
} from './tokens.ts';

const SPECIAL = /[<&@[\\`]/g;
/** Before an `@`: it is part of an address, and calls nobody. */
const ADDRESS = /[\w.+-]/;

/** `(destination "title")` right after a link's label. */
const TARGET =
  /\([ \t]{0,9}(?:<([^<>\n]{0,2000})>|([^\s()<>]{0,1000}(?:\([^\s()<>]{0,300}\)[^\s()<>]{0,300}){0,2}))(?:[ \t]{1,9}(?:"[^"\n]{0,500}"|'[^'\n]{0,500}'|\([^()\n]{0,500}\)))?[ \t]{0,9}\)/y;
const LONGEST_LABEL = 1_000;
const LONGEST_TARGET = 3_200;
const LINKABLE = /^(?:https?:\/\/|mailto:|tel:)/i;

/** Something in brackets: where its label ends, what to write there, where the text goes on. */
interface Link {
  /** False for a footnote's mark. */
  link: boolean;
  close: number;
  end: number;
  write: string;
}

/**
 * @param text one paragraph's source, complete or (`done` false) still growing at its end.
 * @param cell it is a row of a table, where a line break cannot be written.
 * @returns what to send, and whether the rest was held back because what follows decides about it. Held back or not,
 * the text returned for a beginning is a beginning of the text returned for the whole.
 */
export function neutralizeInline(text: string, done: boolean, cell = false): { text: string; held: boolean } {
  SPECIAL.lastIndex = 0;
  if (!SPECIAL.test(text)) return { text, held: false };
  const code = codeSpans(text, !done);
  const labels = text.includes('[') ? labelEnds(text, code.spans, LONGEST_LABEL) : new Map<number, number>();
  /** From an unclosed backtick on, it is open whether this is code; nothing that would be changed may pass. */
  const sure = done ? Number.POSITIVE_INFINITY : code.unclosed;
  const open: Link[] = [];
  const out: string[] = [];
  let at = 0;
  let span = 0;

  const inLink = () => open.some(({ link }) => link);
  const hold = (index: number) => {
    out.push(text.slice(at, index));
    return { text: out.join(''), held: true };
  };

  for (;;) {
    SPECIAL.lastIndex = at;
    const found = SPECIAL.exec(text);
    const next = found ? found.index : text.length;
    const link = open.at(-1);
    if (link && link.close <= next) {
      out.push(text.slice(at, link.close), link.write);
      at = link.end;
      open.pop();
      continue;
    }
    if (!found) {
      out.push(text.slice(at));
      return { text: out.join(''), held: false };
    }
    while (span < code.spans.length && (code.spans[span] as Range).end <= next) span++;
    const within = code.spans[span];
    if (within && within.start <= next) {
      out.push(text.slice(at, within.start), neutralizeCode(text.slice(within.start, within.end)));
      at = within.end;
      continue;
    }
    if (found[0] === '`') {
      out.push(text.slice(at, next + 1));
      at = next + 1;
      continue;
    }
    if (next > sure) return hold(next);
    switch (found[0]) {
      case '\\': {
        const escaped = text[next + 1];
        if (escaped === undefined && !done) return hold(next);
        out.push(text.slice(at, next));
        if (escaped === '<') {
          // "\<" shows as "<", as "&lt;" does; but "\&lt;" would show as "&lt;".
          at = next + 1;
          const angle = brokenAngle(text, next + 2, done);
          if (angle === undefined) return { text: out.join(''), held: true };
          out.push(angle);
          at = next + 2;
        } else if (escaped === '@' || escaped === '\n' || escaped === undefined) {
          out.push('\\');
          at = next + 1;
        } else {
          out.push(`\\${escaped}`);
          at = next + 2;
        }
        continue;
      }
      case '@': {
        const address = next > 0 && ADDRESS.test(text[next - 1] as string);
        if (!done && !address && maybeBroadcast(text, next + 1)) return hold(next);
        out.push(text.slice(at, next + 1), !address && isBroadcast(text, next + 1) ? JOINER : '');
        at = next + 1;
        continue;
      }
      case '&': {
        if (!done && maybeEntity(text, next)) return hold(next);
        const entity = readEntity(text, next);
        const end = next + (entity?.source.length ?? 1);
        let shown = entity?.character ?? text.slice(next, end);
        if (entity?.character === '<') {
          const broken = brokenAngle(text, end, done);
          if (broken === undefined) return hold(next);
          shown = broken;
        } else if (entity?.character === '@') {
          const address = next > 0 && ADDRESS.test(text[next - 1] as string);
          if (!done && !address && maybeBroadcast(text, end)) return hold(next);
          if (!address && isBroadcast(text, end)) shown += JOINER;
        } else if (entity?.character === '&') {
          shown = '&amp;';
        } else if (entity?.character === '>') {
          shown = '&gt;';
        }
        out.push(text.slice(at, next), shown);
        at = end;
        continue;
      }
      case '<': {
        if (!done && maybeAngle(text, next)) return hold(next);
        const read = readAngle(text, next, cell, inLink());
        if (read) {
          out.push(text.slice(at, next), read.write);
          at = read.end;
          continue;
        }
        const broken = brokenAngle(text, next + 1, done);
        if (broken === undefined) return hold(next);
        out.push(text.slice(at, next), broken);
        at = next + 1;
        continue;
      }
      case '[': {
        const image = text[next - 1] === '!' && text[next - 2] !== '\\';
        if (text[next + 1] === undefined && !done) return hold(image ? next - 1 : next);
        const close = labels.get(next);
        const footnote = text[next + 1] === '^';
        if (close === undefined || close >= sure) {
          const mayClose = text.length - next <= LONGEST_LABEL + 1 || sure <= next + LONGEST_LABEL;
          if (!done && mayClose) return hold(image ? next - 1 : next);
          out.push(text.slice(at, next), footnote ? '\\[' : '[');
          at = next + 1;
          continue;
        }
        if (footnote) {
          // Slack knows no footnotes; escaped, "[^1]" can be read, and its definition is not taken for a link's.
          out.push(text.slice(at, next), '\\[');
          at = next + 1;
          open.push({ link: false, close, end: close + 1, write: '\\]' });
          continue;
        }
        const after = text[close + 1];
        if (after === undefined && !done) return hold(image ? next - 1 : next);
        TARGET.lastIndex = close + 1;
        const target = after === '(' ? TARGET.exec(text) : null;
        if (!target || close + 1 + target[0].length > sure) {
          const mayFit = after === '(' && (text.length - close <= LONGEST_TARGET || sure <= close + LONGEST_TARGET);
          if (!done && mayFit) return hold(image ? next - 1 : next);
          out.push(text.slice(at, next + 1));
          at = next + 1;
          continue;
        }
        const label = text.slice(next + 1, close);
        const end = close + 1 + target[0].length;
        const kept = keptLink(target[1] ?? target[2] ?? '', { label, image, nested: inLink() }, close, end);
        out.push(text.slice(at, image && !kept.linked ? next - 1 : next), kept.linked ? '[' : '');
        at = next + 1;
        if (inLink() && close === at) out.push(image ? 'image' : 'link');
        open.push(kept);
      }
    }
  }
}

/** Slack cannot link everything: addresses without a known scheme are written out beside the label, as code. */
function keptLink(
  destination: string,
  from: { label: string; image: boolean; nested: boolean },
  close: number,
  end: number,
): Link & { linked: boolean } {
  const target = destination
    .trim()
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/&(?:amp;)+/gi, '&');
  const { label, image, nested } = from;
  if (nested) return { link: true, close, end, write: '', linked: false };
  if (LINKABLE.test(target)) {
    const address = encodeTarget(target);
    const beside = image && label === '' ? 'image' : addressBeside(label, address);
    return { link: true, close, end, write: `${beside}](${address})`, linked: true };
  }
  const shown = target.replace(/[`\n]/g, ' ').trim();
  return { link: true, close, end, linked: false, write: shown === '' ? '' : ` (\`${neutralizeCode(shown)}\`)` };
}
