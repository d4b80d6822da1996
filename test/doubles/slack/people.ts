/** What people do: they write, edit, delete, press, open and react. Each resolves or hands out how the app took it. */
import { randomUUID } from 'node:crypto';
import type { Context } from './context.ts';
import { removePost } from './methods/chat.ts';
import type { Channel, Delivered, Post, Settings, Upload } from './types.ts';
import { wireMessage } from './wire.ts';
import { newId } from './workspace.ts';

export interface SayOptions {
  thread_ts?: string;
  files?: Upload[];
  /** Puts the app's mention in front. */
  mention?: boolean;
  /** A thread reply that is shown in the channel too. */
  broadcast?: boolean;
  mentionOrder?: Settings['mentionOrder'];
  /** `text` is Slack's own form already: no escaping, no links made. */
  raw?: boolean;
  /** Fields of the message that Slack sends in place of the usual ones (attachments, blocks, an app's `bot_id`). */
  wire?: Record<string, unknown>;
}

export interface Said {
  ts: string;
  /** The id of the channel it was said in. */
  channel: string;
  /** How the app took the event (for a mention: the worse of the two). */
  delivered: Promise<Delivered>;
}

const TOKENS = /(<(?:@[UW]\w+|#[CG]\w+(?:\|[^>]*)?|![^>]+|(?:https?:|mailto:)[^>]+)>)/;

/** What Slack makes of what a person types: `&`, `<`, `>` escaped, web addresses in angle brackets. */
function typed(text: string): string {
  if (!/[&<>]|https?:/.test(text)) return text;
  return text
    .split(TOKENS)
    .map((part, i) => {
      if (i % 2 === 1) return part;
      const escaped = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
      return escaped.replace(/https?:\/\/[^\s|]+[^\s|.,;:!?)\]'"]/g, '<$&>');
    })
    .join('');
}

/** Builds the people's side. */
export function createPeople(context: Context) {
  const { ws, events, watch } = context;

  function placeOf(channel: string): Channel {
    const found = ws.findChannel(channel);
    if (!found) throw new Error(`no channel ${channel} in this workspace`);
    return found;
  }

  function postOf(channel: string, ts: string): Post {
    const post = placeOf(channel).byTs.get(ts);
    if (!post || post.deleted) throw new Error(`nobody sees a message ${ts} in ${channel}`);
    return post;
  }

  function say(user: string, channel: string, text: string, options: SayOptions = {}): Said {
    const place = placeOf(channel);
    if (!place.members.has(user)) throw new Error(`${user} is not in ${channel}`);
    const words = options.raw ? text : typed(text);
    const full = options.mention ? `<@${ws.ids.botUser}> ${words}` : words;
    const files = options.files?.map((file) => ws.addFile(file, user, place.id));
    const person = ws.users.get(user);
    const post = ws.post({
      channel: place,
      user,
      text: full,
      bot: false,
      thread_ts: options.thread_ts,
      broadcast: options.broadcast ?? false,
      files,
      subtype: files ? 'file_share' : undefined,
      client_msg_id: person?.is_bot ? undefined : randomUUID(),
      wire: options.wire,
      blocks: files
        ? undefined
        : [
            {
              type: 'rich_text',
              block_id: 'b1',
              elements: [
                {
                  type: 'rich_text_section',
                  elements: [
                    ...(options.mention ? [{ type: 'user', user_id: ws.ids.botUser }] : []),
                    { type: 'text', text: options.mention ? ` ${text}` : text },
                  ],
                },
              ],
            },
          ],
    });
    watch.changed(post);
    return { ts: post.ts, channel: place.id, delivered: events.posted(post, options.mentionOrder) };
  }

  return {
    say,
    /** A message by another app's bot (`subtype: bot_message` and its own `bot_id`, or a modern app's post without). */
    sayAsBot(
      channel: string,
      text: string,
      options: { thread_ts?: string; modern?: boolean; name?: string } = {},
    ): Said {
      const place = placeOf(channel);
      const bot = { bot_id: newId('B'), username: options.name ?? 'otherbot' };
      const user = ws.addUser({ name: bot.username, is_bot: true });
      const post = ws.post({
        channel: place,
        user: user.id,
        text,
        thread_ts: options.thread_ts,
        subtype: options.modern ? undefined : 'bot_message',
      });
      watch.changed(post);
      const wire = { ...wireMessage(ws, post, { thread: false }), ...bot };
      if (options.modern)
        Object.assign(wire, { app_id: newId('A'), bot_profile: { id: bot.bot_id, name: bot.username } });
      const event = { ...wire, channel: place.id, channel_type: place.type, event_ts: post.ts };
      const kind = { channel: 'message.channels', group: 'message.groups', im: 'message.im', mpim: 'message.mpim' };
      const named = text.includes(`<@${ws.ids.botUser}>`) && place.type !== 'im';
      const delivered = events.send(kind[place.type], event, place);
      return {
        ts: post.ts,
        channel: place.id,
        delivered: named
          ? Promise.all([delivered, events.send('app_mention', { ...event, type: 'app_mention' }, place)]).then(
              ([a]) => a,
            )
          : delivered,
      };
    },
    edit(channel: string, ts: string, text: string): Promise<Delivered> {
      const post = postOf(channel, ts);
      const before = wireMessage(ws, post);
      post.text = typed(text);
      post.blocks = undefined;
      post.edited = { user: post.user, ts: ws.nextTs() };
      watch.changed(post);
      return events.changed(post, before);
    },
    /** Slack unfurls a link: a `message_changed` in which the person changed nothing. */
    unfurl(channel: string, ts: string): Promise<Delivered> {
      const post = postOf(channel, ts);
      return events.changed(post, wireMessage(ws, post));
    },
    remove(channel: string, ts: string): Promise<Delivered> {
      return removePost(context, postOf(channel, ts)) as Promise<Delivered>;
    },
    /** Joins a channel: `member_joined_channel` and the `channel_join` message. */
    async join(user: string, channel: string): Promise<Delivered> {
      const place = placeOf(channel);
      place.members.add(user);
      const post = ws.post({
        channel: place,
        user,
        text: `<@${user}> has joined the channel`,
        subtype: place.type === 'group' ? 'group_join' : 'channel_join',
      });
      watch.changed(post);
      await events.send(
        'member_joined_channel',
        {
          type: 'member_joined_channel',
          user,
          channel: place.id,
          channel_type: place.id[0],
          team: ws.ids.team,
          event_ts: ws.nextTs(),
        },
        place,
      );
      return events.posted(post);
    },
    react(user: string, channel: string, ts: string, name: string): Promise<Delivered> {
      const post = postOf(channel, ts);
      post.reactions ??= new Map();
      post.reactions.set(name, (post.reactions.get(name) ?? new Set()).add(user));
      const event = {
        type: 'reaction_added',
        user,
        reaction: name,
        item_user: post.user,
        item: { type: 'message', channel: post.channel.id, ts },
        event_ts: ws.nextTs(),
      };
      return events.send('reaction_added', event, post.channel);
    },
    placeOf,
    postOf,
  };
}
