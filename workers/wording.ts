/** What Chasqui itself says to people: true, short, and what to do. */
import type { ModelErrorKind } from '../src/models/model.ts';

export const RETRYING = "The model did not answer; I'll try once more.";
/** A stop before the first word. */
export const STOPPED = '_Stopped._';
export const NOTHING_TO_RETRY = 'There is nothing to try again yet.';
export const CUT_SHORT = '\n\n_[The answer ended here: it reached the longest length allowed.]_';
export const FILTERED = "\n\n_[The answer ended here: the model's host filtered the rest.]_";

export const GIVEN_UP =
  'I could not answer this: something went wrong on my side, and whoever runs me finds it in the log. Please try another message.';

const FAILURES: Record<ModelErrorKind, string> = {
  busy: 'The model is overloaded and did not answer. Please send your message again in a moment.',
  network: 'The model did not answer. Please send your message again in a moment.',
  broken: 'The model did not give a usable answer. Please send your message again in a moment.',
  quota: "The model's allowance is used up for now. Whoever runs me has to raise it, or it renews by itself later.",
  auth: "The model's host refuses my credentials. Whoever runs me has to check the settings (`npm run doctor` tells which).",
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
