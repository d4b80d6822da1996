/** From rounds to figures: what one bot did at one rate. */
import type { Bot } from './bots.ts';
import { type Faults, median, percentile } from './ledger.ts';
import type { Round } from './round.ts';

/** Medians over the rounds; counts are sums. */
export interface Row extends Faults {
  bot: string;
  rate: number;
  /** Milliseconds from the event to the visible reply, or its first piece. */
  p50: number;
  p95: number;
  p99: number;
  /** Milliseconds to the whole reply. */
  whole50: number;
  whole99: number;
  ack50: number;
  ack99: number;
  /** Seconds for 1,000 messages. */
  cpu: number;
  redisCpu: number | undefined;
  /** For each message: what a client sent at once, scripts, and commands with those inside of scripts. */
  redisTrips: number | undefined;
  redisScripts: number | undefined;
  redisCommands: number | undefined;
  /** For each message, the most frequent first. */
  redisCalls: [name: string, count: number][];
  /** Calls to the platform for each message. */
  calls: number;
  rssMb: number;
  redisMb: number | undefined;
  messages: number;
  answered: number;
  joined: number;
  /** Milliseconds that the load itself was late. */
  late99: number;
}

export function rowOf({ label }: Pick<Bot, 'label'>, rounds: Round[]): Row {
  const middle = (value: (round: Round) => number) => median(rounds.map(value));
  const sum = (value: (round: Round) => number) => rounds.reduce((total, round) => total + value(round), 0);
  const ofRedis = (value: (redis: NonNullable<Round['redis']>, messages: number) => number) =>
    rounds.every(({ redis }) => redis)
      ? middle(({ redis, messages }) => value(redis as NonNullable<Round['redis']>, messages))
      : undefined;
  return {
    bot: label,
    rate: rounds[0]?.rate ?? 0,
    p50: middle(({ latencies }) => percentile(latencies, 0.5)),
    p95: middle(({ latencies }) => percentile(latencies, 0.95)),
    p99: middle(({ latencies }) => percentile(latencies, 0.99)),
    whole50: middle(({ wholes }) => percentile(wholes, 0.5)),
    whole99: middle(({ wholes }) => percentile(wholes, 0.99)),
    ack50: middle(({ acks }) => percentile(acks, 0.5)),
    ack99: middle(({ acks }) => percentile(acks, 0.99)),
    cpu: middle(({ cpu, messages }) => (cpu * 1_000) / messages),
    redisCpu: ofRedis(({ cpu }, messages) => (cpu * 1_000) / messages),
    redisTrips: ofRedis(({ trips }, messages) => trips / messages),
    redisScripts: ofRedis(({ scripts }, messages) => scripts / messages),
    redisCommands: ofRedis(({ commands }, messages) => commands / messages),
    redisCalls: callsOf(rounds),
    calls: middle((round) => round.calls / round.messages),
    rssMb: middle(({ rss }) => rss / 1e6),
    redisMb: ofRedis(({ memory }) => memory / 1e6),
    messages: sum(({ messages }) => messages),
    answered: sum(({ answered }) => answered),
    lost: sum(({ faults }) => faults.lost),
    doubled: sum(({ faults }) => faults.doubled),
    cut: sum(({ faults }) => faults.cut),
    disordered: sum(({ faults }) => faults.disordered),
    misplaced: sum(({ faults }) => faults.misplaced),
    refused: sum(({ faults }) => faults.refused),
    joined: sum(({ joined }) => joined),
    late99: middle(({ lateness }) => percentile(lateness, 0.99)),
  };
}

function callsOf(rounds: Round[]): [string, number][] {
  const total = new Map<string, number>();
  const messages = rounds.reduce((count, round) => count + round.messages, 0);
  for (const [name, count] of rounds.flatMap(({ redis }) => redis?.calls ?? []))
    total.set(name, (total.get(name) ?? 0) + count / messages);
  return [...total].sort(([, a], [, b]) => b - a);
}

/** What must never happen, in words; empty when all went well. */
export function faultsOf({ lost, doubled, cut, disordered, misplaced, refused }: Faults): string[] {
  return Object.entries({ lost, doubled, cut, disordered, misplaced, refused })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
}
