/**
 * Slack's message events in Chasqui's normal form. A mention in a channel comes twice, as `app_mention` and as `message`,
 * in either order; both have the same `ts`, which is the message's identity (docs.slack.dev, "app_mention event").
 */
import type { Condition, InboundMessage } from '../../../src/contract/index.ts';
import type { Identity } from '../identity.ts';
import { type Surface, threadOf, toAddress } from '../route.ts';
import { attachmentsOf } from '../send/files.ts';
import { filesOf, wordsOf } from './content.ts';

/** The parts of `message` and `app_mention` events that matter here; everything may be missing. */
export interface SlackMessage {
  type?: string;
  subtype?: string;
  channel?: string;
  channel_type?: string;
  user?: string;
  bot_id?: string;
  app_id?: string;
  username?: string;
  text?: string;
  ts?: string;
  thread_ts?: string;
  edited?: unknown;
  hidden?: boolean;
  metadata?: unknown;
  files?: SlackFile[];
  blocks?: unknown;
  attachments?: unknown;
  bot_profile?: { name?: string };
  message?: SlackMessage;
  previous_message?: SlackMessage;
  deleted_ts?: string;
}

export interface SlackFile {
  id?: string;
  name?: string | null;
  mimetype?: string;
  size?: number;
  mode?: string;
  /** `check_file_info`: the event names the file only; `files.info` tells the rest (Slack Connect). */
  file_access?: string;
  url_private?: string;
  url_private_download?: string;
}

export interface NormalizeSettings {
  surface: Surface;
  threadReplies: 'alone' | 'always' | 'mention';
  answerBots: boolean;
}

export type Normalized =
  | { kind: 'message'; message: InboundMessage; condition: Condition }
  /** `text` null: deleted. */
  | { kind: 'amend'; conversation: string; id: string; text: string | null }
  | { kind: 'ignore'; why: string };

/** Subtypes that carry what a person wrote; all others (joins, topics, reminders, …) are not for us. */
const SPOKEN = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message', 'bot_message']);

const ignore = (why: string): Normalized => ({ kind: 'ignore', why });

/** @param event a `message` or `app_mention` event of any shape; never throws */
export function normalize(event: SlackMessage, me: Identity, settings: NormalizeSettings): Normalized {
  if (event.subtype === 'message_changed') return changed(event, me, settings);
  if (event.subtype === 'message_deleted') return removed(event, me, settings);
  if (!SPOKEN.has(event.subtype)) return ignore(`subtype ${event.subtype}`);
  const { channel, ts } = event;
  const author = event.user ?? event.bot_id;
  if (!channel || !ts || !author) return ignore('incomplete');
  if (isOurs(event, me)) return ignore('our own');
  // An edit that adds a mention raises app_mention again; old messages are not answered anew.
  if (event.edited) return ignore('edited');
  const bot = event.bot_id !== undefined;
  if (bot && !settings.answerBots) return ignore('a bot');

  const condition = conditionFor(event, me, settings);
  if (condition === null) return ignore('not addressed to us');
  const direct = isDirect(event);
  return {
    kind: 'message',
    condition,
    message: {
      v: 1,
      id: ts,
      author: { id: author, ...(event.username ? { name: event.username } : {}), ...(bot ? { bot } : {}) },
      text: textOf(event, me),
      attachments: attachmentsOf(filesOf(event)),
      sentAt: Math.round(Number(ts) * 1_000),
      workspace: me.teamId,
      ...(direct ? {} : { channel: `${me.teamId}:${channel}` }),
      to: toAddress({
        team: me.teamId,
        channel,
        thread: threadOf({ ts, thread_ts: event.thread_ts }, direct, settings.surface),
        user: author,
        asked: ts,
      }),
    },
  };
}

/** Under which condition this is for us; null: it is not. */
function conditionFor(event: SlackMessage, me: Identity, settings: NormalizeSettings): Condition | null {
  if (isDirect(event) || event.type === 'app_mention' || mentions(event.text, me)) return 'always';
  if (!event.thread_ts || event.thread_ts === event.ts || settings.threadReplies === 'mention') return null;
  // It is addressed to another person.
  if (/^\s*<@[UW]\w+/.test(event.text ?? '')) return null;
  return settings.threadReplies === 'always' ? 'if-participating' : 'if-only-participant';
}

function changed(event: SlackMessage, me: Identity, settings: NormalizeSettings): Normalized {
  const { message, previous_message: previous, channel } = event;
  if (!message?.ts || !channel || isOurs(message, me)) return ignore('our own');
  // The root of a thread stays as a tombstone when it is deleted.
  const text = message.subtype === 'tombstone' ? null : textOf(message, me);
  // An unfurled link changes a message without changing its text.
  if (text !== null && previous && textOf(previous, me) === text) return ignore('same text');
  return amend(event, channel, { ...previous, ...message, ts: message.ts }, text, me, settings);
}

function removed(event: SlackMessage, me: Identity, settings: NormalizeSettings): Normalized {
  const ts = event.deleted_ts ?? event.previous_message?.ts;
  if (!ts || !event.channel || (event.previous_message && isOurs(event.previous_message, me))) return ignore('our own');
  return amend(event, event.channel, { ...event.previous_message, ts }, null, me, settings);
}

function amend(
  event: SlackMessage,
  channel: string,
  message: SlackMessage & { ts: string },
  text: string | null,
  me: Identity,
  settings: NormalizeSettings,
): Normalized {
  const { ts, thread_ts } = message;
  const thread = threadOf({ ts, thread_ts }, isDirect({ channel, channel_type: event.channel_type }), settings.surface);
  const { conversation } = toAddress({ team: me.teamId, channel, thread, user: '', asked: ts });
  return { kind: 'amend', conversation, id: ts, text };
}

export function isOurs(event: SlackMessage, me: Identity): boolean {
  return event.user === me.userId || (event.bot_id !== undefined && event.bot_id === me.botId);
}

/** Direct message channels' ids begin with D; `app_mention` names no channel type. */
function isDirect(event: Pick<SlackMessage, 'channel' | 'channel_type'>): boolean {
  return event.channel_type === 'im' || (event.channel_type === undefined && event.channel?.startsWith('D') === true);
}

function mentions(text: string | undefined, me: Identity): boolean {
  return text?.includes(`<@${me.userId}`) ?? false;
}

/** What the message says, with tables, forwarded messages and what apps put beside the text. */
function textOf(message: SlackMessage, me: Identity): string {
  return wordsOf(message, withoutMention(message.text ?? '', me));
}

/** Our own mention at the head or the end says only whom it is for; in the middle it is part of the sentence. */
function withoutMention(text: string, me: Identity): string {
  if (!mentions(text, me)) return text.trim();
  const mention = `<@${me.userId}(?:\\|[^>]*)?>`;
  return text.replace(new RegExp(`^\\s*(?:${mention}[\\s,:]*)+|\\s*${mention}\\s*$`, 'g'), '').trim();
}
