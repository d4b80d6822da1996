/**
 * chat.startStream, appendStream, stopStream. Rules: the three reference pages (12,000 characters a call, recipient in
 * channels, `stopped_by_user`, `streaming_mode_mismatch`, `session_status` after stopStream). An idle stream is closed
 * after about five minutes: vercel/chat#607.
 * Assumed: the codes for a missing `thread_ts` and for over-long text; that appends raise no events and a stop raises
 * `message_changed`; that stopStream after the stop button is refused as not streaming.
 */
import { readBlocks } from '../blocks.ts';
import type { Context, Method } from '../context.ts';
import { existing, json, need, text, writable } from '../context.ts';
import type { Args, Block, Post, Stream } from '../types.ts';
import { SlackRefusal } from '../types.ts';
import { wireMessage } from '../wire.ts';
import { missingField } from '../workspace.ts';
import { STATUSES, setSession } from './agents.ts';
import { readMetadata, replied } from './chat.ts';

interface Piece {
  text: string;
  blocks: Block[];
  mode: Stream['mode'];
}

const CHUNKS = new Set(['markdown_text', 'blocks', 'task_update', 'plan_update']);

/** What one call adds: `markdown_text` or `chunks`, never both. */
function readPiece(args: Args): Piece {
  const markdown = text(args, 'markdown_text');
  const chunks = json(args, 'chunks', 'invalid_chunks');
  if (markdown !== undefined && chunks !== undefined)
    throw new SlackRefusal('cannot_provide_both_markdown_text_and_chunks');
  if (markdown !== undefined) {
    if (markdown.length > 12_000) throw new SlackRefusal('msg_too_long');
    return { text: markdown, blocks: [], mode: 'markdown_text' };
  }
  if (chunks === undefined) return { text: '', blocks: [], mode: undefined };
  if (!Array.isArray(chunks)) throw new SlackRefusal('invalid_chunks');
  const piece: Piece = { text: '', blocks: [], mode: 'chunks' };
  for (const chunk of chunks as Record<string, unknown>[]) {
    if (!CHUNKS.has(chunk?.type as string)) throw new SlackRefusal('invalid_chunks');
    if (chunk.type === 'markdown_text') {
      if (typeof chunk.text !== 'string') throw new SlackRefusal('invalid_chunks');
      piece.text += chunk.text;
    } else if (chunk.type === 'blocks') piece.blocks.push(...(readBlocks(chunk.blocks, 'msg_blocks_too_many') ?? []));
  }
  if (piece.text.length > 12_000) throw new SlackRefusal('msg_too_long');
  return piece;
}

function add(post: Post, stream: Stream, piece: Piece): void {
  if (piece.mode !== undefined) {
    if (stream.mode !== undefined && stream.mode !== piece.mode) throw new SlackRefusal('streaming_mode_mismatch');
    stream.mode = piece.mode;
  }
  post.text += piece.text;
  if (piece.blocks.length > 0) post.blocks = [...(post.blocks ?? []), ...piece.blocks];
  stream.touchedAt = Date.now();
}

/** The app's own message in streaming state. */
function streaming(context: Context, args: Args): { post: Post; stream: Stream } {
  const channel = writable(context, need(args, 'channel'));
  const post = existing(channel, need(args, 'ts'));
  if (!post.bot) throw new SlackRefusal('message_not_owned_by_app');
  if (!context.ws.isStreaming(post) || !post.stream)
    throw new SlackRefusal(
      post.stream?.state === 'stopped_by_user' ? 'stopped_by_user' : 'message_not_in_streaming_state',
    );
  return { post, stream: post.stream };
}

const startStream: Method = {
  scope: ['chat:write'],
  perMinute: 20,
  run(context, args) {
    const { ws, settings, events, watch } = context;
    const channel = writable(context, args.channel);
    const thread = text(args, 'thread_ts') || undefined;
    if (thread !== undefined) ws.threadRoot(channel, thread);
    else if (channel.type === 'im' || !settings.topLevelStreams)
      throw new SlackRefusal('invalid_arguments', missingField('thread_ts'));
    if (channel.type !== 'im') {
      const user = text(args, 'recipient_user_id');
      const team = text(args, 'recipient_team_id');
      if (!user) throw new SlackRefusal('missing_recipient_user_id');
      if (!team) throw new SlackRefusal('missing_recipient_team_id');
      if (!ws.users.has(user)) throw new SlackRefusal('user_not_found');
      if (team !== ws.ids.team) throw new SlackRefusal('team_not_found');
    }
    const piece = readPiece(args);
    const stream: Stream = { state: 'in_progress', mode: undefined, touchedAt: Date.now() };
    const post = ws.post({
      channel,
      user: ws.ids.botUser,
      bot: true,
      markdown: true,
      textAboveBlocks: true,
      thread_ts: thread,
      stream,
    });
    add(post, stream, piece);
    replied(context, post);
    watch.changed(post);
    if (settings.echo) void events.posted(post);
    return { channel: channel.id, ts: post.ts };
  },
};

const appendStream: Method = {
  scope: ['chat:write'],
  perMinute: 100,
  run(context, args) {
    const { post, stream } = streaming(context, args);
    const piece = readPiece(args);
    if (piece.mode === undefined) throw new SlackRefusal('markdown_text_or_chunks_required');
    if (piece.mode === 'markdown_text' && piece.text === '') throw new SlackRefusal('no_text');
    add(post, stream, piece);
    context.watch.changed(post);
    return { channel: post.channel.id, ts: post.ts };
  },
};

const stopStream: Method = {
  scope: ['chat:write'],
  perMinute: 20,
  run(context, args) {
    const { ws, settings, events, watch } = context;
    let found: ReturnType<typeof streaming>;
    try {
      found = streaming(context, args);
    } catch (error) {
      if (error instanceof SlackRefusal && error.code === 'stopped_by_user')
        throw new SlackRefusal('message_not_in_streaming_state');
      throw error;
    }
    const { post, stream } = found;
    const status = text(args, 'session_status') ?? 'active';
    if (!STATUSES.has(status)) throw new SlackRefusal('invalid_arguments');
    const piece = readPiece(args);
    const blocks = readBlocks(args.blocks, 'msg_blocks_too_many');
    const metadata = readMetadata(args);
    if (post.text + piece.text === '' && !post.blocks && !blocks?.length && piece.blocks.length === 0)
      throw new SlackRefusal('no_text');
    const before = settings.echo ? wireMessage(ws, post) : {};
    add(post, stream, piece);
    if (blocks?.length) post.blocks = [...(post.blocks ?? []), ...blocks];
    if (metadata !== undefined && Object.keys(metadata).length > 0) post.metadata = metadata;
    stream.state = 'stopped';
    if (post.thread_ts !== undefined && ws.sessions.has(ws.sessionKey(post.channel.id, post.thread_ts)))
      setSession(context, post.channel.id, post.thread_ts, status, undefined);
    watch.changed(post);
    if (settings.echo) void events.changed(post, before);
    return { channel: post.channel.id, ts: post.ts, message: wireMessage(ws, post, { metadata: true }) };
  },
};

export const streamMethods: Record<string, Method> = {
  'chat.startStream': startStream,
  'chat.appendStream': appendStream,
  'chat.stopStream': stopStream,
};
