/** What happened on a day or in a week, in a few lines of Markdown: people, waits, failures, cost. */
import type { Redis } from 'ioredis';
import { type Counts, readCounts, sum } from './counts.ts';
import { percentile } from './histogram.ts';
import { analyticsKeys, dateOf } from './keys.ts';
import { daily, NANO } from './names.ts';
import { waitsOf } from './read-days.ts';

/** @param span `first` and `last` day (since the epoch), and how the reader calls it */
export async function writeDigest(options: {
  redis: Redis;
  prefix: string;
  assistant: string;
  span: { first: number; last: number };
  /** US dollars a month, and how much of it is left; null: there is no budget. */
  budget: { monthUsd: number; leftUsd: number } | null;
  /** Turns that failed for good and wait for an operator. */
  failed: number;
}): Promise<string> {
  const { redis, span, budget } = options;
  const keys = analyticsKeys(options.prefix);
  const daysOf = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const days = daysOf(span.first, span.last);
  const before = days.map((day) => day - days.length);
  const [counts, people, peopleBefore] = await Promise.all([
    readCounts(redis, days.map(keys.day)),
    redis.pfcount(...days.map((day) => keys.people(day, 'all'))),
    redis.pfcount(...before.map((day) => keys.people(day, 'all'))),
  ]);
  const of = (name: string): number => sum(counts, name);
  const answered = of(daily.answered('all'));
  const failed = of(daily.failed('all'));
  const week = days.length > 1;
  const when = week ? `${dateOf(span.first)} to ${dateOf(span.last)}` : dateOf(span.last);
  const lines = [
    `**${options.assistant}: ${when}**`,
    '',
    `- **People:** ${people} wrote, ${of(daily.fresh)} of them for the first time (${week ? 'the week' : 'the day'} before: ${peopleBefore}).`,
    `- **Answers:** ${plural(answered, 'answer')} to ${plural(of(daily.messages('all')), 'message')}${waits(counts)}.`,
    `- **Failures:** ${failed === 0 ? 'none' : `${failed} of ${plural(answered + failed, 'turn')}`}${options.failed > 0 ? `; ${options.failed} wait for an operator on /ops` : ''}.`,
    ...judgements(of(daily.good('all')), of(daily.bad('all'))),
    `- **Cost:** ${money(of(daily.nanoUsd('all')) / NANO)} for ${of(daily.inputTokens('all')).toLocaleString('en')} tokens read and ${of(daily.outputTokens('all')).toLocaleString('en')} written${of(daily.unpriced('all')) > 0 ? ', without models whose price is not known' : ''}${budget ? `; ${money(budget.leftUsd)} of this month's ${money(budget.monthUsd)} are left` : ''}.`,
  ];
  return lines.join('\n');
}

function waits(counts: readonly Counts[]): string {
  const median = percentile(waitsOf(counts, 'all'), 0.5);
  return median === null
    ? ''
    : `; half of them began within ${median < 1_000 ? `${Math.ceil(median)} ms` : `${(median / 1_000).toFixed(1)} s`}`;
}

function judgements(good: number, bad: number): string[] {
  return good + bad === 0 ? [] : [`- **Judged:** ${good} 👍, ${bad} 👎.`];
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function money(usd: number): string {
  return usd !== 0 && Math.abs(usd) < 0.01 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(2)}`;
}
