/**
 * Which events a happening in the workspace raises, and whether the app gets them: only what it subscribed to, only
 * from places that the bot is in. Shapes: docs.slack.dev event reference ("message", "message_changed",
 * "message_deleted", "app_mention", "message.im", "file_share", "thread_broadcast", "agent_session_stopped", …).
 * A mention in a channel raises `app_mention` and `message` with one ts and two event ids; a DM never raises
 * `app_mention`; an edit that names the app raises `app_mention` again, with `edited`.
 */
import type { Delivery } from './delivery.ts';
import type { Channel, Delivered, Post, Settings } from './types.ts';
import { wireMessage } from './wire.ts';
import type { Workspace } from './workspace.ts';

const SUBSCRIPTION = { channel: 'message.channels', group: 'message.groups', im: 'message.im', mpim: 'message.mpim' };

/** What the settings page of a well-made app subscribes to. */
export const DEFAULT_EVENTS = [
  ...Object.values(SUBSCRIPTION),
  'app_mention',
  'app_home_opened',
  'app_context_changed',
  'agent_session_stopped',
  'assistant_thread_started',
  'assistant_thread_context_changed',
  'reaction_added',
  'member_joined_channel',
];

export type Events = ReturnType<typeof createEvents>;

/** Builds the part that turns posts into events. Every function resolves when the app acknowledged, or Slack gave up. */
export function createEvents(ws: Workspace, settings: Settings, delivery: Delivery) {
  const mention = `<@${ws.ids.botUser}>`;

  /** Sends an event of this subscription if the app has it and, where a channel is given, sits in it. */
  function send(subscription: string, event: object, channel?: Channel): Promise<Delivered> {
    if (!settings.events.has(subscription)) return delivery.notDelivered();
    if (channel && !channel.members.has(ws.ids.botUser)) return delivery.notDelivered();
    return delivery.event(event);
  }

  const message = (channel: Channel, event: object) => send(SUBSCRIPTION[channel.type], event, channel);

  const mentions = (post: Post) => post.channel.type !== 'im' && !post.bot && post.text.includes(mention);

  function appMention(post: Post): Promise<Delivered> {
    const { subtype: _, parent_user_id: __, ...wire } = wireMessage(ws, post, { thread: false });
    const event = { ...wire, type: 'app_mention', channel: post.channel.id, event_ts: post.edited?.ts ?? post.ts };
    return send('app_mention', event, post.channel);
  }

  /** Both events of a mention, in the chosen order; the better of the two outcomes. */
  async function twins(first: () => Promise<Delivered>, second: () => Promise<Delivered>): Promise<Delivered> {
    const [a, b] = await Promise.all([first(), second()]);
    if (a.outcome === 'not_delivered') return b;
    if (b.outcome === 'not_delivered') return a;
    return a.acked ? b : a;
  }

  return {
    send,
    /** A new message by anybody. */
    posted(post: Post, order = settings.mentionOrder): Promise<Delivered> {
      const { channel } = post;
      const event = {
        ...wireMessage(ws, post, { thread: false }),
        channel: channel.id,
        channel_type: channel.type,
        event_ts: post.ts,
      };
      if (!mentions(post)) return message(channel, event);
      const asMessage = () => message(channel, event);
      const asMention = () => appMention(post);
      return order === 'app_mention_first' ? twins(asMention, asMessage) : twins(asMessage, asMention);
    },
    /** A message that reads differently now; `previous` is its wire form before. */
    changed(post: Post, previous: object): Promise<Delivered> {
      const ts = ws.nextTs();
      const event = {
        type: 'message',
        subtype: 'message_changed',
        hidden: true,
        ts,
        event_ts: ts,
        channel: post.channel.id,
        channel_type: post.channel.type,
        message: wireMessage(ws, post),
        previous_message: previous,
      };
      const asMessage = () => message(post.channel, event);
      return post.edited && mentions(post) && !post.deleted ? twins(asMessage, () => appMention(post)) : asMessage();
    },
    removed(post: Post, previous: object): Promise<Delivered> {
      const ts = ws.nextTs();
      return message(post.channel, {
        type: 'message',
        subtype: 'message_deleted',
        hidden: true,
        ts,
        event_ts: ts,
        deleted_ts: post.ts,
        channel: post.channel.id,
        channel_type: post.channel.type,
        previous_message: previous,
      });
    },
  };
}
