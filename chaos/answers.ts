/**
 * What the model says, in a form in which every harm shows: an answer names each message's token once, and ends with the
 * number and the checksum of its words.
 */
import { type Chance, hash32 } from './prng.ts';

/** `q17.3`: conversation 17, message 3; `q17.3v2` once it was edited. */
const TOKEN = /\bq\d+\.\d+(?:v\d+)?\b/g;
const WORDS =
  'river stone runner bridge mountain valley rope knot message relay road step morning cloud wind maize wool house field song'.split(
    ' ',
  );
const START = /Answer to (q[\d.v]+(?: and q[\d.v]+)*):/g;
const BODY = /^((?:[a-z]+ )+)End x(\d+) h([0-9a-f]{8})\./;
const PARAGRAPH_WORDS = 60;

export const tokenOf = (conversation: number, n: number): string => `q${conversation}.${n}`;

/** The conversation that a token belongs to. */
export const conversationOf = (token: string): number => Number(/^q(\d+)\./.exec(token)?.[1] ?? -1);

/** The token that a message had before it was edited. */
export const original = (token: string): string => token.replace(/v\d+$/, '');

/**
 * Tokens of the messages that a prompt's last message asks to answer, in their order. Like a real model, it also answers
 * questions that it reads in the talk from before and that nobody has answered.
 */
export const askedTokens = (prompt: string): string[] => prompt.match(TOKEN) ?? [];

/** An answer to these tokens; most are short, some need several messages. No two are alike. */
export function writeAnswer(tokens: readonly string[], chance: Chance): string {
  const length = chance.happens(0.06) ? chance.between(450, 800) : chance.between(20, 200);
  const words = Array.from({ length }, () => chance.pick(WORDS));
  const text = words.map((word, n) => word + (n % PARAGRAPH_WORDS === PARAGRAPH_WORDS - 1 ? '\n\n' : ' ')).join('');
  const end = `End x${length} h${checksum(tokens, words)}.`;
  return `Answer to ${tokens.join(' and ')}: ${text}${end}`;
}

export interface ReadAnswer {
  tokens: string[];
  /** All its words are there, in order, and nothing else. */
  whole: boolean;
  text: string;
}

/** @param text everything that the assistant wrote in one place, in the order in which it stands there */
export function readAnswers(text: string): { answers: ReadAnswer[]; rest: string[] } {
  const plain = text.replace(/\s+/g, ' ').trim();
  const starts = [...plain.matchAll(START)];
  const rest: string[] = [];
  const answers = starts.map((start, n) => {
    const from = start.index + start[0].length;
    const segment = plain.slice(from, starts[n + 1]?.index ?? plain.length).trim();
    const tokens = (start[1] as string).split(' and ');
    const body = BODY.exec(segment);
    const words = body?.[1]?.trim().split(' ') ?? [];
    const whole = body !== null && words.length === Number(body[2]) && checksum(tokens, words) === body[3];
    if (body) rest.push(segment.slice(body[0].length));
    return { tokens, whole, text: `${start[0]} ${body?.[0] ?? segment}` };
  });
  rest.unshift(plain.slice(0, starts[0]?.index ?? plain.length));
  return { answers, rest: rest.map((piece) => piece.trim()).filter((piece) => piece !== '') };
}

function checksum(tokens: readonly string[], words: readonly string[]): string {
  return hash32(`${tokens.join(' ')}: ${words.join(' ')}`)
    .toString(16)
    .padStart(8, '0');
}
