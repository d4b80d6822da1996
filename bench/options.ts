/** What `npm run bench -- …` can be asked for. */
import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]

Messages over signed Slack HTTP events, through Chasqui and through a plain Bolt bot, in turn.

  --rates 200            messages a second, several with commas between
  --seconds 10           length of a round
  --rounds 3             rounds for each rate and bot; medians are shown
  --conversations 400    people who write, each in a direct message of their own
  --history 0.3          share of messages that go on in a thread that was answered before
  --warm-up 5            seconds of load before the first round, not measured
  --only chasqui|bolt    one bot alone
  --sustain              then raises the rate until a bot cannot follow
  --streamed-slow        the model writes a token every 30 ms, so that replies are streamed
  --redis <url>          a Redis of yours for Chasqui; else Chasqui starts its private one
  --cpu-prof <folder>    writes a CPU profile of Chasqui's measured rounds there, and shows where the time went
  --json <file>          writes the figures there as well`;

export type BotName = 'chasqui' | 'bolt';

export interface Options {
  /** Messages a second. */
  rates: number[];
  seconds: number;
  rounds: number;
  conversations: number;
  /** 0 to 1. */
  history: number;
  warmUpSeconds: number;
  bots: BotName[];
  sustain: boolean;
  /** Milliseconds between two tokens of the model. */
  tokenEveryMs: number;
  redisUrl: string | undefined;
  profileFolder: string | undefined;
  jsonFile: string | undefined;
}

/** An option that makes no sense; the message says what it wants. */
export class UsageError extends Error {}

/** @returns null when help was asked for. @throws UsageError */
export function readOptions(args: string[]): Options | null {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help) return null;
  const { only } = values;
  if (only !== undefined && only !== 'chasqui' && only !== 'bolt') throw new UsageError('--only: chasqui or bolt');
  const warmUpSeconds = inRange('--warm-up', values['warm-up'], 3, 60);
  return {
    rates: values.rates.split(',').map((rate) => inRange('--rates', rate, 1, 5_000)),
    seconds: inRange('--seconds', values.seconds, 1, 120),
    rounds: inRange('--rounds', values.rounds, 1, 20),
    conversations: inRange('--conversations', values.conversations, 1, 100_000),
    history: inRange('--history', values.history, 0, 1),
    warmUpSeconds,
    bots: only ? [only] : ['bolt', 'chasqui'],
    sustain: values.sustain,
    tokenEveryMs: values['streamed-slow'] ? 30 : 0,
    redisUrl: values.redis,
    profileFolder: values['cpu-prof'],
    jsonFile: values.json,
  };
}

function parse(args: string[]) {
  return parseArgs({
    args,
    options: {
      rates: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '3' },
      conversations: { type: 'string', default: '400' },
      history: { type: 'string', default: '0.3' },
      'warm-up': { type: 'string', default: '5' },
      only: { type: 'string' },
      sustain: { type: 'boolean', default: false },
      'streamed-slow': { type: 'boolean', default: false },
      redis: { type: 'string' },
      'cpu-prof': { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function inRange(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`${name}: a number from ${least} to ${most}, not "${text}"`);
  return value;
}
