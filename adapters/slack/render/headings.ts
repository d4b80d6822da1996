/**
 * Headings and rules are blocks of their own in Slack, and a message has at most 50 blocks (docs.slack.dev, "Blocks").
 * What an answer has beyond a few, and one more for each 1,000 characters, is shown as bold or plain text: then 12,000
 * characters, the most that a message takes, always stay within 50 blocks.
 */
import { isHeading, isRule } from '../../../src/markdown/lines.ts';
import { neutralizeInline } from './inline.ts';

const AT_ONCE = 12;
const CHARACTERS_FOR_ONE = 1_000;
const MAYBE_HEAVY = /^[ \t]*[-#=*_]/gm;
const PLAIN_TITLE = /^[^*_~`[\]\\<>&@|#!]+$/;

/** True when the line is a heading, a rule, or what makes a heading of the line above. */
export function isHeavy(line: string): boolean {
  return isHeading(line) || isRule(line) || /^ {0,3}=+[ \t]*$/.test(line);
}

/** True when there cannot be too many, even if the last line goes on. */
export function fewHeadings(markdown: string): boolean {
  return (markdown.match(MAYBE_HEAVY)?.length ?? 0) < AT_ONCE;
}

/** Counts by what is written, not by what is read, so that a text which was calmed before stays as it is. */
export function createHeadings(out: readonly string[]) {
  let credit = AT_ONCE;
  let counted = 0;
  const room = (): boolean => {
    for (; counted < out.length; counted++)
      credit = Math.min(AT_ONCE, credit + (out[counted] as string).length / CHARACTERS_FOR_ONE);
    return credit >= 1;
  };
  const take = (): boolean => {
    if (!room()) return false;
    credit--;
    return true;
  };
  return { room, take };
}

/** A heading as bold text, or, like a rule, as the characters that it is written with. */
export function flattened(line: string): string {
  const title = line.trim().replace(/^#+[ \t]*/, '');
  if (isHeading(line) && PLAIN_TITLE.test(title)) return `**${title}**`;
  return neutralizeInline(line.replace(/\S/, '\\$&'), true, false).text;
}
