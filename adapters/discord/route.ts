/** Where in Discord a conversation is: what its id is made of, and what the sender needs to reply there. */
import type { Address } from '../../src/contract/index.ts';

export interface DiscordRoute {
  guild: string | null;
  channel: string;
  kind: 'dm' | 'thread' | 'chain' | 'private';
  /** The message that is answered; null when an interaction asked. */
  asked: string | null;
  /** The message that the asking one replies to. */
  repliesTo: string | null;
  /** Who is answered. */
  user: string;
  /** A thread is to be opened on the asking message, and answered in. */
  open: boolean;
  /** What was asked, in short: the name of a thread that is opened. */
  title: string;
  interaction: InteractionRoute | null;
  /** Names of the people whom the message mentions, by id. */
  names: { [id: string]: string };
}

/** What any process needs to answer an interaction. */
export interface InteractionRoute {
  app: string;
  token: string;
  /** Milliseconds since the epoch; the token is good for 15 minutes. */
  until: number;
  /** Id of the deferred answer, where it is known. */
  response: string | null;
}

/**
 * The id of a conversation. A DM or a thread is one; in a channel it is the chain of replies under `root`; in a private
 * place, where we are no member and hear nothing but commands, it is what one person asks there.
 */
export function conversationId(place: Pick<DiscordRoute, 'kind' | 'channel' | 'user'>, root?: string): string {
  if (place.kind === 'private') return `discord:${place.channel}:${place.user}`;
  return place.kind === 'chain' ? `discord:${place.channel}:${root}` : `discord:${place.channel}`;
}

export function toAddress(place: DiscordRoute, conversation: string): Address {
  return {
    platform: 'discord',
    conversation,
    route: { ...place, interaction: place.interaction && { ...place.interaction } },
  };
}

/** Where something is posted that answers nobody; a second post is told from the first by its nonce alone. */
export function noticeAddress(channel: string): Address {
  const nobody = { asked: null, repliesTo: null, user: '', interaction: null, names: {} };
  const place: DiscordRoute = { guild: null, channel, kind: 'chain', open: false, title: '', ...nobody };
  return toAddress(place, `discord:${channel}`);
}

export function routeOf(address: Address): DiscordRoute {
  return address.route as unknown as DiscordRoute;
}

/** Milliseconds before 2015, where Discord's ids begin (discord.com/developers, "Reference", section "Snowflakes"). */
const EPOCH_MS = 1_420_070_400_000n;

/** The smallest id of this time (ms since the epoch). */
export function idAt(ms: number): string {
  return String(ms <= Number(EPOCH_MS) ? 0n : (BigInt(Math.floor(ms)) - EPOCH_MS) << 22n);
}

/** When an id was given (ms since the epoch). */
export function timeOf(id: string): number {
  return Number((BigInt(id) >> 22n) + EPOCH_MS);
}

/** Ids are numbers of up to 20 digits: a longer one is a later one. */
export function isLater(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
