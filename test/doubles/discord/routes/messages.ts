/** Messages and reactions of a channel (pages "Message": create, edit, delete, get; "Channel": typing). */
import {
  type Answer,
  type Context,
  channelOf,
  nothing,
  ok,
  param,
  postOf,
  type Request,
  type Route,
} from '../context.ts';
import type { MessageBody } from '../message-body.ts';
import { isThread, may, requirePermissions } from '../permissions.ts';
import { createPost, editPost, removePost } from '../posting.ts';
import { invalid, missingAccess, missingPermissions, notYours } from '../refusals.ts';
import { type Channel, ChannelKind, DiscordRefusal, type Post, type Reaction, type User } from '../types.ts';
import { wireMessage, wireUser } from '../wire.ts';
import { isBefore } from '../workspace.ts';

/** How REST shows messages: the content depends on the portal's switch (Gateway: message content intent). */
const shown = (context: Context, post: Post) => ({
  ...wireMessage(context.ws, post, { content: context.settings.privileged.includes('message_content') }),
});

/** The channel, writable by the bot. @throws DiscordRefusal 50007, 50278, 50013, 160005 */
function writable(context: Context, request: Request): Channel {
  const { ws } = context;
  const channel = channelOf(context, request);
  if (channel.type === ChannelKind.dm) {
    const person = [...channel.people].find((id) => id !== ws.bot.id) ?? '';
    if (ws.users.get(person)?.dms === 'closed')
      throw new DiscordRefusal(403, 50007, 'Cannot send messages to this user');
    const shared = [...ws.guilds.values()].some((g) => g.members.has(person) && g.members.has(ws.bot.id));
    if (!shared && !ws.installs.has(person))
      throw new DiscordRefusal(403, 50278, 'Cannot send messages to this user due to having no mutual guilds');
    return channel;
  }
  if (channel.type === ChannelKind.forum)
    throw new DiscordRefusal(400, 50008, 'Cannot send messages in a non-text channel');
  requirePermissions(ws.bot.id, channel, isThread(channel) ? 'sendMessagesInThreads' : 'sendMessages');
  requireUnlocked(ws.bot.id, channel);
  return channel;
}

/** Without MANAGE_THREADS nobody writes or edits in a locked thread (Threads: locked threads). @throws DiscordRefusal 160005 */
function requireUnlocked(user: string, channel: Channel): void {
  if (channel.locked && !may(user, channel, 'manageThreads'))
    throw new DiscordRefusal(403, 160005, 'Cannot send messages in a locked thread');
}

function create(context: Context, request: Request): Answer {
  const { settings, nonces } = context;
  const channel = writable(context, request);
  const { nonce, enforce_nonce } = request.body as MessageBody;
  const key = `${channel.id} ${nonce}`;
  if (enforce_nonce && nonce !== undefined && nonce !== null) {
    const earlier = nonces.get(key);
    if (earlier && Date.now() - earlier.at < settings.nonceMs)
      return ok({ ...shown(context, earlier.post), nonce: earlier.post.nonce });
  }
  const post = createPost(context, channel, request);
  if (nonce !== undefined && nonce !== null) {
    nonces.set(key, { post, at: Date.now() });
    if (nonces.size > 10_000) nonces.delete(nonces.keys().next().value as string);
  }
  return ok({ ...shown(context, post), ...(nonce === undefined || nonce === null ? {} : { nonce }) });
}

function list(context: Context, request: Request): Answer {
  const channel = channelOf(context, request);
  const { before, after, around } = request.query;
  const limit = request.query.limit === undefined ? 50 : Number(request.query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    invalid(['limit'], limit > 100 ? 'NUMBER_TYPE_MAX' : 'NUMBER_TYPE_MIN', 'int value should be between 1 and 100.');
  // Without the history, nothing (Message: get channel messages).
  if (!may(context.ws.bot.id, channel, 'readMessageHistory')) return ok([]);
  const there = channel.posts.filter((post) => !post.deleted);
  let found: Post[];
  if (around !== undefined) {
    const half = Math.floor(limit / 2);
    const older = there.filter((post) => isBefore(post.id, around)).slice(-half);
    const newer = there.filter((post) => !isBefore(post.id, around)).slice(0, limit - half);
    found = [...older, ...newer];
  } else if (after !== undefined) found = there.filter((post) => isBefore(after, post.id)).slice(0, limit);
  else found = (before === undefined ? there : there.filter((post) => isBefore(post.id, before))).slice(-limit);
  // Newest first, whichever way they were asked for.
  return ok(found.reverse().map((post) => shown(context, post)));
}

function one(context: Context, request: Request): Answer {
  const channel = channelOf(context, request);
  if (!may(context.ws.bot.id, channel, 'readMessageHistory')) throw missingAccess();
  return ok(shown(context, postOf(channel, param(request, 'message'))));
}

function edit(context: Context, request: Request): Answer {
  const { ws } = context;
  const channel = channelOf(context, request);
  const post = postOf(channel, param(request, 'message'));
  if (post.author !== ws.bot.id) throw notYours();
  if (channel.archived) throw new DiscordRefusal(400, 50083, 'Thread is archived');
  requireUnlocked(ws.bot.id, channel);
  if (request.files.length > 0 && !may(ws.bot.id, channel, 'attachFiles')) throw missingPermissions();
  editPost(context, post, request);
  return ok(shown(context, post));
}

function remove(context: Context, request: Request): Answer {
  const { ws } = context;
  const channel = channelOf(context, request);
  const post = postOf(channel, param(request, 'message'));
  if (post.author !== ws.bot.id) {
    if (!channel.guild) throw new DiscordRefusal(403, 50003, 'Cannot execute action on a DM channel');
    requirePermissions(ws.bot.id, channel, 'manageMessages');
  }
  removePost(context, post);
  return nothing;
}

/** `👍` or `name:id`. @throws DiscordRefusal 10014 */
function emojiOf(text: string): Reaction['emoji'] {
  const custom = /^(\w+):(\d+)$/.exec(text);
  if (custom) return { id: custom[2] as string, name: custom[1] as string };
  if (!/\p{Extended_Pictographic}|\p{Regional_Indicator}|[#*0-9]\u20e3/u.test(text))
    throw new DiscordRefusal(400, 10014, 'Unknown Emoji');
  return { id: null, name: text };
}

function react(context: Context, request: Request): Answer {
  const { ws, events, watch } = context;
  const channel = channelOf(context, request);
  requirePermissions(ws.bot.id, channel, 'readMessageHistory');
  if (channel.archived) throw new DiscordRefusal(400, 50083, 'Thread is archived');
  const post = postOf(channel, param(request, 'message'));
  const emoji = emojiOf(param(request, 'emoji'));
  const key = emoji.id ?? emoji.name;
  if (!post.reactions.has(key)) {
    requirePermissions(ws.bot.id, channel, 'addReactions');
    if (post.reactions.size >= 20) throw new DiscordRefusal(400, 30010, 'Maximum number of reactions reached (20)');
    post.reactions.set(key, { emoji, users: new Set() });
  }
  const { users } = post.reactions.get(key) as Reaction;
  if (users.has(ws.bot.id)) return nothing;
  users.add(ws.bot.id);
  watch.changed(post);
  events.reaction(true, post, ws.bot.id, emoji);
  return nothing;
}

function unreact(context: Context, request: Request): Answer {
  const { ws, events, watch } = context;
  const post = postOf(channelOf(context, request), param(request, 'message'));
  const emoji = emojiOf(param(request, 'emoji'));
  const key = emoji.id ?? emoji.name;
  const reaction = post.reactions.get(key);
  if (!reaction?.users.delete(ws.bot.id)) return nothing;
  if (reaction.users.size === 0) post.reactions.delete(key);
  watch.changed(post);
  events.reaction(false, post, ws.bot.id, emoji);
  return nothing;
}

function reactors(context: Context, request: Request): Answer {
  const { ws } = context;
  const post = postOf(channelOf(context, request), param(request, 'message'));
  const emoji = emojiOf(param(request, 'emoji'));
  const users = post.reactions.get(emoji.id ?? emoji.name)?.users ?? [];
  return ok([...users].slice(0, Number(request.query.limit ?? 25)).map((id) => wireUser(ws.users.get(id) as User)));
}

function typing(context: Context, request: Request): Answer {
  const { ws, events, watch } = context;
  const channel = writable(context, request);
  context.typing.push({ channel: channel.id, at: Date.now() });
  if (context.typing.length > 10_000) context.typing.shift();
  watch.stirred();
  events.typing(channel, ws.bot.id);
  return nothing;
}

export const messageRoutes: Record<string, Route> = {
  'GET /channels/:channel/messages': { run: list },
  'POST /channels/:channel/messages': { run: create },
  'GET /channels/:channel/messages/:message': { run: one },
  'PATCH /channels/:channel/messages/:message': { run: edit },
  'DELETE /channels/:channel/messages/:message': { run: remove },
  'GET /channels/:channel/messages/:message/reactions/:emoji': { run: reactors },
  'PUT /channels/:channel/messages/:message/reactions/:emoji/@me': { run: react },
  'DELETE /channels/:channel/messages/:message/reactions/:emoji/@me': { run: unreact },
  'POST /channels/:channel/typing': { run: typing },
};
