/** Discord's message objects, from the gateway or from REST, in Chasqui's normal form. */
import type { Condition, InboundMessage } from '../../../src/contract/index.ts';
import type { Identity } from '../identity.ts';
import { readDiscord } from '../render/render.ts';
import { type DiscordRoute, timeOf, toAddress } from '../route.ts';
import { attachmentsOf, type Shown, textOf } from './content.ts';

/** The parts of a message object that matter here (discord.com/developers, "Message"). */
export interface DiscordMessage extends Shown {
  id: string;
  channel_id: string;
  guild_id?: string;
  channel_type?: number;
  type?: number;
  author?: DiscordUser;
  /** Of its author, in events only. */
  member?: { nick?: string | null; roles?: string[] };
  timestamp?: string;
  edited_timestamp?: string | null;
  webhook_id?: string;
  mentions?: (DiscordUser & { member?: { nick?: string | null } })[];
  mention_roles?: string[];
  /** `type` 1: it forwards that message, and does not reply to it. */
  message_reference?: { type?: number; message_id?: string; channel_id?: string };
  referenced_message?: DiscordMessage | null;
  message_snapshots?: { message: Shown }[];
}

export interface DiscordUser {
  id: string;
  username?: string;
  global_name?: string | null;
  bot?: boolean;
}

export interface DiscordAttachment {
  id: string;
  filename?: string;
  content_type?: string;
  size?: number;
  url: string;
}

export interface NormalizeSettings {
  threadReplies: 'always' | 'mention';
  openThreads: boolean;
  answerBots: boolean;
}

/** What the message object itself does not say. */
export interface Surroundings {
  me: Identity;
  /** Our role in its guild: people mention it in place of us. */
  ourRole: string | undefined;
  /** It stands in a thread. */
  thread: boolean;
  /** It replies to a message of ours. */
  repliesToUs: boolean;
}

/** discord.com/developers, "Message", section "Message types": what a person writes is a default message or a reply. */
const WRITTEN = new Set([0, 19]);
const FORWARD = 1;

/** Whether anybody's message can be for us at all. Null: yes; else why not. */
export function whyIgnored(message: DiscordMessage, me: Identity, settings: NormalizeSettings): string | null {
  if (!message.author) return 'incomplete';
  if (message.author.id === me.botId) return 'our own';
  if (!WRITTEN.has(message.type ?? 0)) return `type ${message.type}`;
  if (message.webhook_id) return 'a webhook';
  if (isHidden(message, me)) return 'its content is hidden';
  return message.author.bot && !settings.answerBots ? 'a bot' : null;
}

/**
 * Without the intent "Message Content" Discord shows of a server's messages only those that mention our user
 * (discord.com/developers, "Gateway", section "Message Content Intent"); the others seem to be empty.
 */
function isHidden(message: DiscordMessage, me: Identity): boolean {
  if (!message.guild_id || me.messageContent || message.content) return false;
  return !message.mentions?.some((user) => user.id === me.botId);
}

/** Under which condition a message is for us; null: it is not. */
export function conditionFor(
  message: DiscordMessage,
  around: Surroundings,
  settings: NormalizeSettings,
): Condition | null {
  if (!message.guild_id || around.repliesToUs || mentionsUs(message, around)) return 'always';
  if (!around.thread || settings.threadReplies === 'mention') return null;
  // It speaks to somebody else.
  return /^\s*<@[!&]?\d+>/.test(message.content ?? '') ? null : 'if-participating';
}

export function mentionsUs(message: DiscordMessage, { me, ourRole }: Pick<Surroundings, 'me' | 'ourRole'>): boolean {
  if (message.mentions?.some((user) => user.id === me.botId)) return true;
  if (ourRole !== undefined && message.mention_roles?.includes(ourRole)) return true;
  return new RegExp(`<@!?${me.botId}>`).test(message.content ?? '');
}

/** The message that this one replies to; null when it replies to none. */
export function repliedTo(message: DiscordMessage): string | null {
  const reference = message.message_reference;
  if (!reference?.message_id || reference.type === FORWARD) return null;
  return reference.channel_id && reference.channel_id !== message.channel_id ? null : reference.message_id;
}

/** Where its answer goes. */
export function routeOfMessage(message: DiscordMessage, thread: boolean, settings: NormalizeSettings): DiscordRoute {
  const repliesTo = repliedTo(message);
  const kind = message.guild_id ? (thread ? 'thread' : 'chain') : 'dm';
  const open = kind === 'chain' && settings.openThreads && repliesTo === null;
  const names = Object.fromEntries(
    (message.mentions ?? []).map((user) => [user.id, nameOf(user, user.member) ?? user.id]),
  );
  return {
    guild: message.guild_id ?? null,
    channel: message.channel_id,
    kind,
    asked: message.id,
    repliesTo,
    user: message.author?.id ?? '',
    open,
    title: open ? titleOf(message.content ?? '', names) : '',
    interaction: null,
    names,
  };
}

/** The beginning of what was asked, in words. */
function titleOf(content: string, names: DiscordRoute['names']): string {
  const [line = ''] = readDiscord(content.replace(/^(?:\s*<@[!&]?\d+>)+/, ''), { user: (id) => names[id] })
    .trim()
    .split('\n');
  return line.slice(0, 200);
}

export function toInbound(
  message: DiscordMessage,
  place: DiscordRoute,
  conversation: string,
  around: Pick<Surroundings, 'me' | 'ourRole'>,
): InboundMessage {
  const author = message.author as DiscordUser;
  const name = nameOf(author, message.member);
  return {
    v: 1,
    id: message.id,
    author: { id: author.id, ...(name ? { name } : {}), ...(author.bot ? { bot: true } : {}) },
    text: textOf(message, around),
    attachments: attachmentsOf(message),
    sentAt: timeOf(message.id),
    to: toAddress(place, conversation),
    ...(place.guild ? { workspace: place.guild, channel: place.channel } : {}),
    ...(message.member?.roles ? { groups: message.member.roles } : {}),
  };
}

/** As the place shows them: nickname, display name, user name. */
export function nameOf(user: DiscordUser, member?: { nick?: string | null } | null): string | undefined {
  return member?.nick || user.global_name || user.username || undefined;
}
