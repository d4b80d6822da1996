/** What Chasqui itself says to people: true, short, and what to do. */
import type { Budget, Refusal } from '../src/budgets/budgets.ts';
import type { ModelErrorKind } from '../src/models/model.ts';

export const RETRYING = "The model did not answer; I'll try once more.";
/** A stop before the first word. */
export const STOPPED = '_Stopped._';
/** Someone wrote on before the first word. */
export const INTERRUPTED = '_I will answer this together with your next message._';
export const NOTHING_TO_RETRY = 'There is nothing to try again yet.';
export const CUT_SHORT = '\n\n_[The answer ended here: it reached the longest length allowed.]_';
export const FILTERED = "\n\n_[The answer ended here: the model's host filtered the rest.]_";

/** In place of an answer that the platform takes in no form. */
export const refusedText = (code: string): string =>
  `I have an answer, but it cannot be posted here: it was refused (${code}). Please ask in another way, or in another place.`;

/** While the model's host asks for a wait. */
export const waitingText = (waitMs: number): string =>
  `_The model is busy and asks me to wait ${duration(waitMs)}. I will answer then._`;

/** In place of an answer that a budget does not allow. */
export const budgetText = ({ budget, renewsAt }: Refusal): string =>
  `${OWNERS[budget.for] ?? 'The'} allowance for this ${budget.per} is used up. It renews in ${duration(renewsAt - Date.now())}, on ${utc(renewsAt)}.`;

/** Below an answer, once a day or month. */
export const budgetNote = (budgets: readonly Budget[]): string =>
  budgets.map(({ per }) => `Four fifths of your allowance for this ${per} are used.`).join(' ');

const OWNERS: Record<string, string> = { person: 'Your', workspace: "This workspace's", everyone: 'The' };

/** `2026-12-02 00:00 UTC` */
const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export const limitedText = (waitMs: number): string =>
  `That is more than I can answer here at once. Please write again in ${duration(waitMs)}; what is written until then is not answered.`;

export const busyText = (ahead: number): string =>
  ahead > 1
    ? `I am busy at the moment, with ${ahead} conversations in line. Your message is safe, and I will answer it as soon as I can.`
    : 'I am busy at the moment. Your message is safe, and I will answer it as soon as I can.';

/** Behind an answer that came late, since an outage had kept the question. */
export const lateText = (lateMs: number): string =>
  `\n\n_(Sorry for the wait: you wrote this ${duration(lateMs)} ago, and I could not answer sooner.)_`;

/** For people: one unit is enough. */
function duration(ms: number): string {
  const units: [string, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ];
  const [unit, size] = units.find(([, length]) => ms >= length) ?? ['second', 1_000];
  const count = Math.max(1, unit === 'second' || unit === 'minute' ? Math.ceil(ms / size) : Math.round(ms / size));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

export const GIVEN_UP =
  'I could not answer this: something went wrong on my side, and whoever runs me finds it in the log. Please try another message.';

const FAILURES: Record<ModelErrorKind, string> = {
  busy: 'The model is overloaded and did not answer. Please send your message again in a moment.',
  network: 'The model did not answer. Please send your message again in a moment.',
  broken: 'The model did not give a usable answer. Please send your message again in a moment.',
  quota: "The model's allowance is used up for now. Whoever runs me has to raise it, or it renews by itself later.",
  auth: "The model's host refuses my credentials. Whoever runs me has to check the settings (`npm run doctor` tells which).",
  unavailable:
    'My model is no longer offered, or not to this account. Whoever runs me has to choose another one (`npm run doctor` tells more).',
  'too-long': 'That is too long for the model. Send a shorter message, or `reset` the conversation.',
  refused: "The model's host declined to answer this.",
};

export const failureText = (kind: ModelErrorKind): string => FAILURES[kind];

const MAX_TITLE_CHARS = 60;

/** A conversation's title: the beginning of its first question, without markup. */
export function titleOf(text: string): string {
  const line = text
    .replace(/[`*_~#>|[\]]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= MAX_TITLE_CHARS) return line;
  const cut = line.slice(0, MAX_TITLE_CHARS);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), MAX_TITLE_CHARS / 2)).toWellFormed()}…`;
}
