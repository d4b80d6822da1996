/** What a person would complain about, from what was written, what is shown, and what is kept. */
import { RETRYING } from '../workers/texts.ts';
import { conversationOf, original, type ReadAnswer, readAnswers } from './answers.ts';

/** A message that a person wrote. */
export interface Written {
  platform: string;
  conversation: number;
  token: string;
  /** The platform's id, by which Chasqui knows it. */
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** When the platform had Chasqui's word that it has the message; undefined where it asks for none. */
  takenAt?: number;
  /** Deleted by the person: answered or not, both are right. Undelivered: the platform itself gave it up. */
  fate?: 'deleted' | 'undelivered';
}

/** What somebody who looks at a conversation sees of the assistant. */
export interface View {
  platform: string;
  conversation: number;
  /** Messages in their order. */
  texts: string[];
  /** Messages that look as if they were still being written. */
  unfinished: number;
  /** The same after the page was loaded anew, where a platform shows it from another source. */
  reloaded?: string[];
  /** Other harm that the onlooker noticed. */
  noticed?: string[];
}

/** What Redis holds of a conversation. */
export interface Kept {
  /** Finished turns, oldest first. */
  turns: { tokens: string[]; reply: string; outcome: string; at: number }[];
  /** When each message was stored, by its id. */
  storedAt: ReadonlyMap<string, number>;
}

export type Complaint =
  | 'lost'
  | 'twice'
  | 'out of order'
  | 'cut'
  | 'mixed up'
  | 'strange text'
  | 'left unfinished'
  | 'history differs'
  | 'seen differently';

export interface Story {
  platform: string;
  conversation: number;
  complaint: Complaint;
  token: string;
  seen: string;
}

export interface PlatformVerdict {
  platform: string;
  sent: number;
  answered: number;
  /** The assistant said plainly that it could not answer. */
  refused: number;
  deleted: number;
  undelivered: number;
  /** Messages that are there twice, where the platform has no way to prevent it after a lost answer. */
  remainder: number;
  longestWaitMs: number;
  stories: Story[];
}

export interface Evidence {
  platform: string;
  /** A lost answer of this platform can double a message, by its own documentation. */
  mayDouble: boolean;
  written: Written[];
  views: View[];
  kept: ReadonlyMap<number, Kept>;
}

const CLOCK_MS = 1_000;

/** What Chasqui says in place of an answer. */
const REFUSALS = [/^The model .*again in a moment\.$/, /^I could not answer this/];

export function judge(evidence: Evidence): PlatformVerdict {
  const { platform, written, views, kept } = evidence;
  const verdict: PlatformVerdict = {
    platform,
    sent: written.length,
    answered: 0,
    refused: 0,
    deleted: written.filter(({ fate }) => fate === 'deleted').length,
    undelivered: written.filter(({ fate }) => fate === 'undelivered').length,
    remainder: 0,
    longestWaitMs: 0,
    stories: [],
  };
  for (const view of views) {
    const own = written.filter(({ conversation }) => conversation === view.conversation);
    judgeConversation(verdict, view, own, kept.get(view.conversation), evidence.mayDouble);
  }
  return verdict;
}

function judgeConversation(
  verdict: PlatformVerdict,
  view: View,
  written: Written[],
  kept: Kept | undefined,
  mayDouble: boolean,
): void {
  const { conversation, platform } = view;
  const tell = (complaint: Complaint, token: string, seen: string): void => {
    verdict.stories.push({ platform, conversation, complaint, token, seen });
  };
  const texts = mayDouble ? withoutRepeated(view.texts) : view.texts;
  verdict.remainder += view.texts.length - texts.length;
  const { answers, rest } = readAnswers(texts.join('\n'));
  const turns = kept?.turns ?? [];
  const shown = answersByToken(answers);
  const refused = new Set(
    turns.filter(({ outcome }) => outcome === 'failed').flatMap(({ tokens }) => tokens.map(original)),
  );

  for (const message of written) {
    const found = shown.get(message.token) ?? [];
    if (found.length > 1) tell('twice', message.token, found.map(short).join(' | '));
    if (found.length > 0) verdict.answered++;
    else if (refused.has(message.token)) verdict.refused++;
    else if (!message.fate) tell('lost', message.token, lastOf(texts));
    const done = turns.find(({ tokens }) => tokens.map(original).includes(message.token));
    if (done) verdict.longestWaitMs = Math.max(verdict.longestWaitMs, done.at - message.at);
  }
  for (const answer of answers) {
    const [first = ''] = answer.tokens;
    if (!answer.whole) tell('cut', first, short(answer));
    const foreign = answer.tokens.find((token) => conversationOf(token) !== conversation);
    if (foreign) tell('mixed up', foreign, short(answer));
  }
  for (const text of rest)
    if (!REFUSALS.some((known) => known.test(text))) tell('strange text', '', text.slice(0, 200));
  if (view.unfinished > 0)
    tell('left unfinished', '', `${view.unfinished} messages look as if they were being written`);
  for (const what of view.noticed ?? []) tell('seen differently', '', what);

  const disorder = firstDisorder(answers, written, kept);
  if (disorder) tell('out of order', disorder, answers.map(({ tokens }) => tokens.join('+')).join(' '));
  const lines = (all: ReadAnswer[]): string => all.map(({ text }) => text).join('\n');
  const remembered = readAnswers(turns.map(({ reply }) => reply).join('\n')).answers;
  if (lines(remembered) !== lines(answers))
    tell(
      'history differs',
      firstDifference(answers, remembered),
      `shown: ${answers.map(short).join(' | ')}; kept: ${remembered.map(short).join(' | ')}`,
    );
  if (view.reloaded && lines(readAnswers(view.reloaded.join('\n')).answers) !== lines(answers))
    tell('seen differently', '', `after a reload: ${view.reloaded.map((text) => text.slice(0, 60)).join(' | ')}`);
}

/**
 * All texts differ, so an equal one is the same message again. A beginning of an answer that begins anew further down is
 * what stands there of an attempt whose post nobody learned of.
 */
function withoutRepeated(texts: string[]): string[] {
  const distinct = [...new Set(texts)];
  const beginning = (text: string): string | undefined => /^Answer to [^:]+:/.exec(text.trim())?.[0];
  return distinct.filter((text, n) => {
    if (text === RETRYING && n < distinct.length - 1) return false;
    const [answer, ...more] = readAnswers(text).answers;
    if (!answer || answer.whole || more.length > 0) return true;
    return !distinct.slice(n + 1).some((other) => beginning(other) === beginning(text));
  });
}

function answersByToken(answers: ReadAnswer[]): Map<string, ReadAnswer[]> {
  const found = new Map<string, ReadAnswer[]>();
  for (const answer of answers)
    for (const token of answer.tokens.map(original)) found.set(token, [...(found.get(token) ?? []), answer]);
  return found;
}

/**
 * A message that was taken before another was written is answered before it, or named before it in the same answer.
 * @returns the first token that stands behind one that should follow it
 */
function firstDisorder(answers: ReadAnswer[], written: Written[], kept: Kept | undefined): string | undefined {
  const messages = new Map(written.map((message) => [message.token, message]));
  const shown = answers.flatMap(({ tokens }) => tokens.map(original));
  const order = [...new Set(shown)].map((token) => messages.get(token)).filter((message) => message !== undefined);
  let newest = 0;
  for (const message of order) {
    const { token, id, takenAt } = message;
    // Where nothing is acknowledged: stored by then, with what two processes' clocks and calls may differ.
    const taken = takenAt ?? (kept?.storedAt.get(id) ?? Number.POSITIVE_INFINITY) + CLOCK_MS;
    if (taken < newest) return token;
    newest = Math.max(newest, message.at);
  }
  return undefined;
}

function firstDifference(shown: ReadAnswer[], remembered: ReadAnswer[]): string {
  const at = shown.findIndex(({ text }, n) => text !== remembered[n]?.text);
  return (shown[at] ?? remembered[shown.length] ?? shown[0])?.tokens[0] ?? '';
}

const short = ({ tokens, whole, text }: ReadAnswer): string =>
  `${tokens.join('+')}${whole ? '' : ' (not whole)'} …${text.slice(-40)}`;

const lastOf = (texts: string[]): string => (texts.length === 0 ? 'nothing' : `last: …${texts.at(-1)?.slice(-60)}`);
