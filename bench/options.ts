/** What `npm run bench -- …` can be asked for. */
import { parseArgs } from 'node:util';
import { type Answers, type BotName, OURS, PEER_NAMES } from './bots.ts';
import { INSTALL_PEERS, isInstalled } from './peers/installed.ts';
import { PLATFORM_NAMES, type PlatformName } from './platform.ts';

const BOT_NAMES: BotName[] = [...PEER_NAMES, ...OURS];
const USUAL: BotName[] = [...PEER_NAMES, 'chasqui'];

export const USAGE = `npm run bench -- [options]

Messages over signed Slack HTTP events through Chasqui and through other bots, in turn. Every message must be answered
once, whole, in order and in its place.

  --bots ${BOT_NAMES.join(',')}
                         some of them: a plain Bolt bot, Bolt with a BullMQ queue, the Chat SDK with Redis, Chasqui,
                         and Chasqui that counts nothing for operators (not without being named).
                         The Chat SDK's packages are installed by: ${INSTALL_PEERS}
  --answers both         streamed, whole, or both
  --platform slack       or discord: a gateway in place of signed events; Chasqui alone
  --rates 200            messages a second, several with commas between
  --seconds 10           length of a round
  --rounds 3             rounds for each rate and bot; medians are shown
  --conversations 400    people who write, each in a direct message of their own
  --history 0.3          share of messages that go on in a conversation that was answered before
  --warm-up 5            seconds of load before the first round, not measured
  --sustain              then raises the rate until a bot cannot follow
  --growth               instead: what a message costs Chasqui with ten times the conversations, history, waiting messages
  --idle                 instead: what Chasqui weighs when nothing happens, by the platforms that are on
  --streamed-slow        the model writes a token every 30 ms
  --redis <url>          a Redis of yours for Chasqui; else each bot that needs one has one of its own
  --cpu-prof <folder>    writes a CPU profile of Chasqui's measured rounds there, and shows where the time went
  --json <file>          writes the figures there as well`;

export interface Options {
  platform: PlatformName;
  bots: BotName[];
  answers: Answers[];
  /** Messages a second. */
  rates: number[];
  seconds: number;
  rounds: number;
  conversations: number;
  /** 0 to 1. */
  history: number;
  warmUpSeconds: number;
  sustain: boolean;
  growth: boolean;
  idle: boolean;
  /** Milliseconds between two tokens of the model. */
  tokenEveryMs: number;
  redisUrl: string | undefined;
  profileFolder: string | undefined;
  jsonFile: string | undefined;
}

/** An option that makes no sense; the message says what it wants. */
export class UsageError extends Error {}

/** @returns null when help was asked for. @throws UsageError */
export function readOptions(args: string[], isThere: (bot: BotName) => boolean = isInstalled): Options | null {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help) return null;
  const platform = oneOf('--platform', PLATFORM_NAMES, values.platform);
  // The peers speak Slack only, and growth is a question about Chasqui's own data.
  const alone = platform === 'discord' || values.growth;
  const bots = values.bots?.split(',').map((name) => oneOf('--bots', BOT_NAMES, name));
  if (alone && bots?.some((name) => !isOurs(name)))
    throw new UsageError('--bots: only chasqui goes with --platform discord and --growth');
  const missing = bots?.find((name) => !isThere(name));
  if (missing) throw new UsageError(`--bots: ${missing} has packages of its own; install them: ${INSTALL_PEERS}`);
  const options: Options = {
    platform,
    bots: [...new Set(bots ?? (alone ? ['chasqui' as const] : USUAL.filter(isThere)))],
    answers:
      values.answers === 'both' ? ['whole', 'streamed'] : [oneOf('--answers', ['streamed', 'whole'], values.answers)],
    rates: values.rates.split(',').map((rate) => inRange('--rates', rate, 1, 5_000)),
    seconds: inRange('--seconds', values.seconds, 1, 120),
    rounds: inRange('--rounds', values.rounds, 1, 20),
    conversations: inRange('--conversations', values.conversations, 1, 100_000),
    history: inRange('--history', values.history, 0, 1),
    warmUpSeconds: inRange('--warm-up', values['warm-up'], 3, 60),
    sustain: values.sustain,
    growth: values.growth,
    idle: values.idle,
    tokenEveryMs: values['streamed-slow'] ? 30 : 0,
    redisUrl: values.redis,
    profileFolder: values['cpu-prof'],
    jsonFile: values.json,
  };
  const chasquis = options.bots.filter(isOurs).length * options.answers.length;
  if (options.growth && (options.redisUrl || options.profileFolder))
    throw new UsageError('--growth: without --redis and --cpu-prof');
  if ((options.redisUrl || options.profileFolder) && chasquis !== 1)
    throw new UsageError('--redis and --cpu-prof: for one Chasqui, so say --answers streamed or --answers whole');
  return options;
}

const isOurs = (name: BotName): boolean => (OURS as readonly string[]).includes(name);

function parse(args: string[]) {
  return parseArgs({
    args,
    options: {
      bots: { type: 'string' },
      answers: { type: 'string', default: 'both' },
      platform: { type: 'string', default: 'slack' },
      rates: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '3' },
      conversations: { type: 'string', default: '400' },
      history: { type: 'string', default: '0.3' },
      'warm-up': { type: 'string', default: '5' },
      sustain: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      idle: { type: 'boolean', default: false },
      'streamed-slow': { type: 'boolean', default: false },
      redis: { type: 'string' },
      'cpu-prof': { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function oneOf<T extends string>(name: string, known: readonly T[], text: string): T {
  const found = known.find((each) => each === text);
  if (!found) throw new UsageError(`${name}: one of ${known.join(', ')}, not "${text}"`);
  return found;
}

function inRange(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`${name}: a number from ${least} to ${most}, not "${text}"`);
  return value;
}
