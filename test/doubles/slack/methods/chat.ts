/**
 * chat.postMessage, update, delete, postEphemeral. Rules: the reference page of each method. Over-long text in
 * postMessage is refused with `msg_too_long`: Slack cuts it at 40,000 characters, and a cut answer is a lost answer.
 * Where an app posts into a thread that does not exist, `thread_not_found` is assumed.
 */
import { readBlocks } from '../blocks.ts';
import type { Context, Method } from '../context.ts';
import { existing, flag, json, need, text, writable } from '../context.ts';
import type { Args, Block, Metadata, Post } from '../types.ts';
import { SlackRefusal } from '../types.ts';
import { wireMessage } from '../wire.ts';

/** Message metadata, checked ("Message metadata": event_type and event_payload, 16 KB assumed as the size limit). */
export function readMetadata(args: Args): Metadata | undefined {
  const value = json(args, 'metadata', 'invalid_metadata_format');
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw new SlackRefusal('invalid_metadata_format');
  const { event_type, event_payload } = value as Metadata;
  if (Object.keys(value).length === 0) return {};
  if (typeof event_type !== 'string' || typeof event_payload !== 'object' || event_payload === null)
    throw new SlackRefusal('invalid_metadata_schema');
  if (JSON.stringify(value).length > 16_000) throw new SlackRefusal('metadata_too_large');
  return { event_type, event_payload };
}

interface Content {
  text: string;
  markdown: boolean;
  blocks: Block[] | undefined;
  textGiven: boolean;
}

/** The words of a message: `text`, `blocks` or `markdown_text`, inside their limits. */
function readContent(args: Args, maxText: number): Content {
  const markdownText = text(args, 'markdown_text');
  const plain = text(args, 'text');
  const blocks = readBlocks(args.blocks);
  if (markdownText !== undefined) {
    if (plain || blocks) throw new SlackRefusal('markdown_text_conflict');
    if (markdownText.trim() === '') throw new SlackRefusal('no_text');
    if (markdownText.length > 12_000) throw new SlackRefusal('msg_too_long');
    return { text: markdownText, markdown: true, blocks: undefined, textGiven: true };
  }
  if ((plain === undefined || plain.trim() === '') && !blocks?.length) throw new SlackRefusal('no_text');
  if (plain !== undefined && plain.length > maxText) throw new SlackRefusal('msg_too_long');
  return {
    text: plain ?? '',
    markdown: false,
    blocks: blocks?.length ? blocks : undefined,
    textGiven: plain !== undefined,
  };
}

/** A reply was sent: the loading status of its thread goes (assistant.threads.setStatus, usage info). */
export function replied(context: Context, post: Post): void {
  context.threadStatus.delete(`${post.channel.id}:${post.thread_ts ?? post.ts}`);
}

const postMessage: Method = {
  scope: ['chat:write'],
  perMinute: 0, // about one a second and channel: limits.ts
  run(context, args) {
    const { ws, settings, events, watch } = context;
    const channel = writable(context, args.channel);
    const clientMsgId = text(args, 'client_msg_id');
    if (clientMsgId !== undefined && settings.honoursClientMsgId) {
      const earlier = ws.byClientMsgId.get(clientMsgId);
      if (earlier) return { channel: earlier.channel.id, ts: earlier.ts, message: wireMessage(ws, earlier) };
    }
    const content = readContent(args, 40_000);
    const metadata = readMetadata(args);
    const thread = text(args, 'thread_ts') || undefined;
    if (thread !== undefined) ws.threadRoot(channel, thread);
    const post = ws.post({
      channel,
      user: ws.ids.botUser,
      bot: true,
      text: content.text,
      markdown: content.markdown,
      blocks: content.blocks,
      thread_ts: thread,
      broadcast: thread !== undefined && flag(args, 'reply_broadcast'),
      metadata,
      client_msg_id: clientMsgId,
    });
    if (clientMsgId !== undefined) ws.byClientMsgId.set(clientMsgId, post);
    replied(context, post);
    watch.changed(post);
    if (settings.echo) void events.posted(post);
    return { channel: channel.id, ts: post.ts, message: wireMessage(ws, post, { metadata: true }) };
  },
};

const update: Method = {
  scope: ['chat:write'],
  perMinute: 50,
  run(context, args) {
    const { ws, settings, events, watch } = context;
    const channel = ws.channelFor(need(args, 'channel'));
    if (channel.archived) throw new SlackRefusal('is_inactive');
    const post = existing(channel, need(args, 'ts'));
    if (!post.bot) throw new SlackRefusal('cant_update_message');
    if (ws.isStreaming(post)) throw new SlackRefusal('streaming_state_conflict');
    if (settings.editWindowMs !== undefined && Date.now() - post.postedAt > settings.editWindowMs)
      throw new SlackRefusal('edit_window_closed');
    const metadata = readMetadata(args);
    const content = readContent(args, 4_000);
    const before = settings.echo ? wireMessage(ws, post) : {};
    // Given text and no blocks, the old blocks go; given blocks alone, the old text stays (chat.update, usage info).
    if (content.textGiven) {
      post.text = content.text;
      post.markdown = content.markdown;
    }
    post.blocks = content.blocks;
    post.textAboveBlocks = false;
    // What was streamed is replaced, not kept above the new blocks.
    if (post.stream) post.stream.replaced = true;
    if (metadata !== undefined) post.metadata = Object.keys(metadata).length === 0 ? undefined : metadata;
    if (!content.blocks) post.edited = { user: ws.ids.botUser, ts: ws.nextTs() };
    watch.changed(post);
    if (settings.echo) void events.changed(post, before);
    return { channel: channel.id, ts: post.ts, text: post.text, message: wireMessage(ws, post) };
  },
};

/** Takes a message away; a root with replies leaves a tombstone. */
export function removePost(context: Context, post: Post): Promise<unknown> {
  const { ws, settings, events, watch } = context;
  const before = wireMessage(ws, post);
  post.deleted = true;
  if (post.stream?.state === 'in_progress') post.stream.state = 'stopped';
  watch.changed(post);
  if (post.bot && !settings.echo) return Promise.resolve();
  const hasReplies = post.replies?.some((reply) => !reply.deleted) ?? false;
  return hasReplies ? events.changed(post, before) : events.removed(post, before);
}

const remove: Method = {
  scope: ['chat:write'],
  perMinute: 50,
  run(context, args) {
    const channel = context.ws.channelFor(need(args, 'channel'));
    const post = existing(channel, need(args, 'ts'));
    if (!post.bot) throw new SlackRefusal('cant_delete_message');
    void removePost(context, post);
    return { channel: channel.id, ts: post.ts };
  },
};

const postEphemeral: Method = {
  scope: ['chat:write'],
  perMinute: 100,
  run(context, args) {
    const { ws, watch } = context;
    const channel = writable(context, args.channel);
    const user = need(args, 'user');
    if (!channel.members.has(user)) throw new SlackRefusal('user_not_in_channel');
    const content = readContent(args, 40_000);
    const thread = text(args, 'thread_ts') || undefined;
    if (thread !== undefined) ws.threadRoot(channel, thread);
    const ts = ws.nextTs();
    watch.whispered({ ts, channel: channel.id, user, thread_ts: thread, text: content.text, blocks: content.blocks });
    return { message_ts: ts };
  },
};

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': postEphemeral,
};
