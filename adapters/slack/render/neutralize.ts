/**
 * A model's Markdown, made harmless and fit for Slack, one line at a time: the source stays as it is but for what Slack
 * would take for a ping or a link of its own, cannot show, or would refuse. Works on whole texts and on growing ones.
 */
import {
  containerOf,
  delimiterColumns,
  type Fence,
  fenceEnd,
  isRow,
  openedFence,
  startsBlock,
} from '../../../src/markdown/lines.ts';
import { wholeCharacters } from '../../../src/text/clean.ts';
import { createHeadings, fewHeadings, flattened, isHeavy } from './headings.ts';
import { neutralizeInline } from './inline.ts';
import { fewRows, MAX_COLUMNS } from './rows.ts';
import { neutralizeCode, neutralizeCodeUntil } from './tokens.ts';

const NOTHING_TO_DO = /^[^<&@[\\|`]*$/;
/** The first character at which a line may come out changed. */
const MAY_CHANGE = /!?\[|[<&@\\|`]/;
/** The beginning of a line (behind quote marks and list markers) whose kind the characters to come decide. */
const UNDECIDED = /^(?:(?:\d{1,9}[.)]?|[-_*=#|`~+:][-_*=#|`~+: \t]*)?$|```|~~~)/;

/**
 * Makes every ping and every Slack token in a model's Markdown harmless, without changing what people read, and turns
 * what Slack cannot show into what it can. Idempotent; linear; never throws.
 *
 * `<!here>`, `<!channel|…>`, `<@U1>`, `<!subteam^S1|@team>` → the name as text; `@here` → the same with an invisible
 * joiner, so that a copy of it pings nobody either; any other `<` → `&lt;` (in code it stays, and tokens are broken by a
 * joiner); `<https://a>` → `[https://a](https://a)`; links to what Slack cannot open (`javascript:`, `#part`, `./file`)
 * → label and address as text; `[^1]` → `\[^1]`; `<br>` → a line break; tables of more than 20 columns → code;
 * table rows begin with a bar; `|` of too many rows → `│`.
 */
export function neutralize(markdown: string): string {
  return NOTHING_TO_DO.test(markdown) && fewHeadings(markdown) ? markdown : calmLines(markdown, true);
}

/**
 * What of a growing answer can be sent now and never has to be taken back: for any `a` and `b`, `streamable(a)` is a
 * beginning of `streamable(a + b)` and of `neutralize(a + b)`. Held back are half a character, half an entity, a link or a
 * `<…` that is not complete, and a line whose kind is still open.
 */
export function streamable(markdown: string): string {
  let whole = wholeCharacters(markdown);
  // "!" may be the beginning of an image.
  if (whole.endsWith('!')) whole = whole.slice(0, -1);
  return NOTHING_TO_DO.test(whole) && fewHeadings(whole) ? whole : calmLines(whole, false);
}

function calmLines(source: string, done: boolean): string {
  const markdown = fewRows(source, done);
  const out: string[] = [];
  const headings = createHeadings(out);
  let fence: Fence | undefined;
  /** Set while the lines are rows of a table that is too wide; its value closes the code that it is shown as. */
  let wide: string | undefined;
  let inTable = false;
  /** Where the paragraph began that goes on until a block starts. */
  let paragraph = -1;
  let at = 0;

  const flush = (end: number, final: boolean): boolean => {
    if (paragraph < 0) return true;
    const written = markdown.slice(paragraph, end);
    paragraph = -1;
    const { text, held } = neutralizeInline(written, final, isRow(written));
    out.push(text);
    return !held;
  };

  while (at < markdown.length) {
    const newline = markdown.indexOf('\n', at);
    const complete = newline >= 0 || done;
    const end = newline < 0 ? markdown.length : newline;
    const next = newline < 0 ? end : newline + 1;
    const line = markdown.slice(at, end);

    if (fence) {
      const ended = fenceEnd(fence, line);
      if (!complete && (ended || /^[ \t>]*[`~]*[ \t]*$/.test(line))) {
        out.push(unchanged(line));
        break;
      }
      if (ended !== 'left') {
        const until = complete ? line.length : neutralizeCodeUntil(line);
        out.push(neutralizeCode(line.slice(0, until)), markdown.slice(end, next));
        if (until < line.length) break;
        if (ended === 'closed') fence = undefined;
        at = next;
        continue;
      }
      fence = undefined;
    }

    if (!complete && UNDECIDED.test(line.slice(containerOf(line).length))) {
      if (flush(at, false) && wide === undefined && headings.room()) out.push(unchanged(line));
      return out.join('');
    }

    const row = isRow(line);
    if (wide !== undefined) {
      if (row) {
        if (!complete) break;
        out.push(neutralizeCode(line), markdown.slice(end, next));
        at = next;
        continue;
      }
      out.push(wide);
      wide = undefined;
    }

    if (startsBlock(line) && !flush(at, true)) break;

    if (isHeavy(line) && !headings.take()) {
      if (!complete) break;
      out.push(flattened(line), markdown.slice(end, next));
      inTable = false;
      at = next;
      continue;
    }

    fence = complete ? openedFence(line) : undefined;
    if (fence) {
      out.push(neutralizeCode(markdown.slice(at, next)));
      inTable = false;
    } else if (row && !inTable) {
      // The row after a table's head says whether it is one, and how wide.
      const follows = nextLine(markdown, next, done);
      if (!complete || follows === undefined) {
        out.push(unchanged(line));
        break;
      }
      inTable = delimiterColumns(follows) > 0;
      if (inTable && delimiterColumns(follows) > MAX_COLUMNS) {
        // Shown as code, in its own alignment.
        wide = `${(/^[ \t>]*/.exec(line) as RegExpExecArray)[0]}\`\`\`\n`;
        out.push(wide, neutralizeCode(line), markdown.slice(end, next));
      } else {
        paragraph = at;
      }
    } else {
      if (!row) inTable = false;
      if (!row && complete && delimiterColumns(line) > MAX_COLUMNS) {
        // A table whose rows do not begin with "|": with one of them escaped, it is no table any more.
        flush(at, true);
        out.push(markdown.slice(at, next).replace('|', '\\|'));
      } else if (paragraph < 0) {
        paragraph = at;
      }
    }
    at = next;
  }
  if (paragraph >= 0) flush(at, done);
  if (wide !== undefined && done) out.push(markdown.endsWith('\n') ? wide : `\n${wide.trimEnd()}`);
  return out.join('');
}

function unchanged(line: string): string {
  const change = line.search(MAY_CHANGE);
  return change < 0 ? line : line.slice(0, change);
}

/** The line that begins at `start`, when it is complete. */
function nextLine(markdown: string, start: number, done: boolean): string | undefined {
  const newline = markdown.indexOf('\n', start);
  if (newline >= 0) return markdown.slice(start, newline);
  return done ? markdown.slice(start) : undefined;
}
