/** The figures as people read them. */
import { median, percentile } from './ledger.ts';
import type { BotName } from './options.ts';
import type { ProfileSummary, Share } from './profile.ts';
import type { Round } from './round.ts';
import type { Sustained } from './sustain.ts';

/** All figures of one bot at one rate: medians over the rounds; counts are sums. */
export interface Row {
  bot: BotName;
  rate: number;
  p50: number;
  p95: number;
  p99: number;
  /** Milliseconds to the whole reply. */
  whole50: number;
  ack50: number;
  ack99: number;
  /** Seconds for 1,000 messages. */
  cpu: number;
  redisCpu: number | undefined;
  /** For each message. */
  redisCommands: number | undefined;
  redisScripts: number | undefined;
  /** Web API calls for each message. */
  slackCalls: number;
  rssMb: number;
  messages: number;
  answered: number;
  lost: number;
  doubled: number;
  disordered: number;
  misplaced: number;
  refused: number;
  joined: number;
  /** Milliseconds that the load itself was late. */
  late99: number;
}

export function rowOf(bot: BotName, rounds: Round[]): Row {
  const middle = (value: (round: Round) => number) => median(rounds.map(value));
  const sum = (value: (round: Round) => number) => rounds.reduce((total, round) => total + value(round), 0);
  const redis = rounds.some((round) => round.redis);
  return {
    bot,
    rate: rounds[0]?.rate ?? 0,
    p50: middle(({ latencies }) => percentile(latencies, 0.5)),
    p95: middle(({ latencies }) => percentile(latencies, 0.95)),
    p99: middle(({ latencies }) => percentile(latencies, 0.99)),
    whole50: middle(({ wholes }) => percentile(wholes, 0.5)),
    ack50: middle(({ acks }) => percentile(acks, 0.5)),
    ack99: middle(({ acks }) => percentile(acks, 0.99)),
    cpu: middle(({ cpu, messages }) => (cpu * 1_000) / messages),
    redisCpu: redis ? middle((round) => ((round.redis?.cpu ?? 0) * 1_000) / round.messages) : undefined,
    redisCommands: redis ? middle((round) => (round.redis?.commands ?? 0) / round.messages) : undefined,
    redisScripts: redis ? middle((round) => (round.redis?.scripts ?? 0) / round.messages) : undefined,
    slackCalls: middle((round) => round.slackCalls / round.messages),
    rssMb: middle(({ rss }) => rss / 1e6),
    messages: sum(({ messages }) => messages),
    answered: sum(({ answered }) => answered),
    lost: sum(({ faults }) => faults.lost),
    doubled: sum(({ faults }) => faults.doubled),
    disordered: sum(({ faults }) => faults.disordered),
    misplaced: sum(({ faults }) => faults.misplaced),
    refused: sum(({ faults }) => faults.refused),
    joined: sum(({ joined }) => joined),
    late99: middle(({ lateness }) => percentile(lateness, 0.99)),
  };
}

/** What must never happen, in words; empty when all went well. */
export function faultsOf(row: Row): string[] {
  const { lost, doubled, disordered, misplaced, refused } = row;
  return Object.entries({ lost, doubled, disordered, misplaced, refused })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
}

export function tableOf(rows: Row[]): string {
  const lines = rows.map((row) => [
    row.bot,
    `${row.rate}/s`,
    ...[row.p50, row.p95, row.p99, row.whole50, row.ack50, row.ack99].map(short),
    short(row.cpu),
    short(row.redisCpu),
    row.redisCommands === undefined ? '–' : `${short(row.redisCommands)} (${short(row.redisScripts)})`,
    short(row.slackCalls),
    String(Math.round(row.rssMb)),
    `${row.answered}/${row.messages}`,
    faultsOf(row).join(', ') || 'none',
    short(row.late99),
  ]);
  return columns([
    [
      'bot',
      'load',
      ...['p50 ms', 'p95', 'p99', 'whole p50', 'ack p50', 'ack p99'],
      'CPU s/1,000',
      'Redis CPU',
      'commands (scripts)',
      'Slack calls',
      'RSS MB',
      'answered',
      'faults',
      'load late p99',
    ],
    ...lines,
  ]);
}

/** Chasqui's figures as multiples of the plain Bolt bot's, rate by rate. */
export function ratiosOf(rows: Row[]): string {
  const lines = rows.flatMap((ours) => {
    const theirs = rows.find(({ bot, rate }) => bot === 'bolt' && rate === ours.rate);
    if (ours.bot !== 'chasqui' || !theirs) return [];
    const times = (a: number, b: number) => `${(a / b).toFixed(1)}×`;
    return [
      `Chasqui : Bolt at ${ours.rate}/s   p50 ${times(ours.p50, theirs.p50)}   p99 ${times(ours.p99, theirs.p99)}   CPU ${times(ours.cpu, theirs.cpu)} (with Redis ${times(ours.cpu + (ours.redisCpu ?? 0), theirs.cpu)})   RSS ${times(ours.rssMb, theirs.rssMb)}`,
    ];
  });
  return lines.join('\n');
}

export function sustainedOf(results: [BotName, Sustained][]): string {
  return results.map(([bot, { rate, because }]) => `${bot} sustains ${rate}/s; ${because}`).join('\n');
}

export function profileOf(summary: ProfileSummary): string {
  const list = (shares: Share[], most: number) =>
    shares.slice(0, most).map(({ name, share }) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`);
  return [
    `Busy ${summary.busy.toFixed(1)} of ${summary.seconds.toFixed(1)} s. By part, Node's own code charged to its caller:`,
    ...list(summary.charged, 24),
    'By part, own code:',
    ...list(summary.own, 24),
    'By function, own time:',
    ...list(summary.functions, 40),
  ].join('\n');
}

function short(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

function columns(lines: string[][]): string {
  const widths = (lines[0] ?? []).map((_, n) => Math.max(...lines.map((line) => line[n]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  '),
    )
    .join('\n');
}
