/** What `npm run chaos` can be told. */
import { parseArgs } from 'node:util';
import { INSTALL_PEERS, isInstalled } from '../bench/peers/installed.ts';
import { PEERS } from './peer.ts';
import { PLATFORMS } from './people/stages.ts';
import { ALL_FAULTS, type FaultKind } from './weather.ts';

export interface Options {
  seed: number;
  ms: number;
  messages: number;
  conversations: number;
  platforms: string[];
  rates: Record<FaultKind, number>;
  workers: number;
  together: boolean;
  quietMs: number;
  prove: boolean;
  /** Another bot to storm. */
  peer: string | undefined;
  streamed: boolean;
  /** The mutations to prove; empty: all. */
  only: string[];
}

export class UsageError extends Error {}

const kinds = Object.keys(ALL_FAULTS) as FaultKind[];

export const USAGE = `npm run chaos -- [options]
  --seed N             repeats a storm; without it another one each time
  --minutes M          how long people write (default 2)
  --messages N         (default 600)
  --conversations N    (default 160)
  --platforms a,b      of ${PLATFORMS.join(', ')} (default all)
  --without a,b        faults that do not happen: ${kinds.join(', ')}
  --only a,b           the faults that happen, and no others
  --rate kind=R,…      probability for each call or event, or times a minute for processes and sockets;
                       freeze-worker happens only with a rate
  --workers N          (default 3)
  --together           receivers of all platforms in shared processes, for a small machine
  --peer name          one process of another bot, in Slack; only kill-receiver kills it: ${PEERS.join(', ')}
  --streamed           with --peer: answers are shown as they grow
  --prove              breaks Chasqui in known ways, one after another, and asks whether the storm notices
  --mutations a,b      only these`;

/** @throws UsageError */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const number = (name: 'seed' | 'minutes' | 'messages' | 'conversations' | 'workers', fallback: number): number => {
    const text = values[name];
    if (text === undefined) return fallback;
    if (!(Number(text) > 0)) throw new UsageError(`--${name} wants a number above 0`);
    return Number(text);
  };
  const platforms = listOf(values.platforms) ?? PLATFORMS;
  const odd = platforms.find((name) => !PLATFORMS.includes(name));
  if (odd) throw new UsageError(`there is no platform "${odd}"; there are ${PLATFORMS.join(', ')}`);
  const messages = number('messages', 600);
  return {
    seed: number('seed', Math.ceil(Math.random() * 999_999)),
    ms: number('minutes', 2) * 60_000,
    messages,
    conversations: Math.min(number('conversations', 160), messages),
    platforms,
    rates: ratesOf(values),
    workers: number('workers', 3),
    together: values.together ?? false,
    quietMs: 120_000,
    prove: values.prove ?? false,
    peer: peerOf(values.peer),
    streamed: values.streamed ?? false,
    only: listOf(values.mutations) ?? [],
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      options: {
        ...{ seed: text, minutes: text, messages: text, conversations: text, platforms: text, workers: text },
        ...{
          without: text,
          only: text,
          rate: text,
          mutations: text,
          peer: text,
          streamed: flag,
          together: flag,
          prove: flag,
          help: flag,
        },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function ratesOf(values: { without?: string; only?: string; rate?: string }): Record<FaultKind, number> {
  const rates: Record<FaultKind, number> = { ...ALL_FAULTS };
  const only = listOf(values.only)?.map(known);
  if (only) for (const kind of kinds) if (!only.includes(kind)) rates[kind] = 0;
  for (const kind of listOf(values.without)?.map(known) ?? []) rates[kind] = 0;
  for (const pair of listOf(values.rate) ?? []) {
    const [kind = '', rate] = pair.split('=');
    if (!(Number(rate) >= 0)) throw new UsageError(`--rate wants kind=number, not "${pair}"`);
    rates[known(kind)] = Number(rate);
  }
  return rates;
}

function peerOf(name: string | undefined): string | undefined {
  if (name !== undefined && !PEERS.includes(name))
    throw new UsageError(`--peer: one of ${PEERS.join(', ')}, not "${name}"`);
  if (name !== undefined && !isInstalled(name))
    throw new UsageError(`--peer: ${name} has packages of its own; install them: ${INSTALL_PEERS}`);
  return name;
}

function known(kind: string): FaultKind {
  if (!kinds.includes(kind as FaultKind))
    throw new UsageError(`there is no fault "${kind}"; there are ${kinds.join(', ')}`);
  return kind as FaultKind;
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
