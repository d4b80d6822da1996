/**
 * What an app reads, and the small writes beside messages: conversations.*, users.info, bots.info, files.info,
 * reactions.*, views.publish, auth.test, apps.connections.open. Rules: the reference page of each method.
 */
import { readBlocks } from '../blocks.ts';
import type { Context, Method } from '../context.ts';
import { existing, flag, json, need, requireScope, text } from '../context.ts';
import type { Args, Channel, Post } from '../types.ts';
import { SlackRefusal } from '../types.ts';
import { wireChannel, wireFile, wireMessage, wireUser } from '../wire.ts';

const HISTORY = { channel: 'channels:history', group: 'groups:history', im: 'im:history', mpim: 'mpim:history' };
const READ = { channel: 'channels:read', group: 'groups:read', im: 'im:read', mpim: 'mpim:read' };

/** The channel of a conversations.* call, with the scope for its type. */
function readable(context: Context, args: Args, scopes: Record<Channel['type'], string>): Channel {
  const channel = context.ws.channelFor(args.channel);
  requireScope(context.settings, [scopes[channel.type]]);
  return channel;
}

/** "conversations.history": a limit has a "maximum of 999"; "conversations.replies": a page has fewer than 1,000. */
const LONGEST_PAGE = 999;

/** `ts` without its dot, as Slack's cursors have it: `next_ts:1512085861000543` in base64. */
const cursorTo = (post: Post | undefined): string =>
  post ? Buffer.from(`next_ts:${post.ts.replace('.', '')}`).toString('base64') : '';

function pageSize(context: Context, args: Args, standard: number): number {
  const given = text(args, 'limit');
  const limit = given === undefined ? standard : Number(given);
  if (!Number.isInteger(limit) || limit < 1 || limit > (given === undefined ? standard : LONGEST_PAGE))
    throw new SlackRefusal('invalid_limit');
  return context.settings.historyTier === 'commercial' ? Math.min(limit, 15) : limit;
}

/** Cuts a page out of `posts`, in their order, by oldest, latest, inclusive, cursor and limit. */
function page(context: Context, args: Args, posts: Post[], standard: number) {
  const oldest = text(args, 'oldest');
  const latest = text(args, 'latest');
  // "Ignored unless either timestamp is specified."
  const inclusive = flag(args, 'inclusive');
  for (const [name, value] of Object.entries({ oldest, latest }))
    if (value && !/^\d+(\.\d+)?$/.test(value)) throw new SlackRefusal(`invalid_ts_${name}`);
  const after = oldest ? Number(oldest) : 0;
  const before = latest ? Number(latest) : Number.POSITIVE_INFINITY;
  let kept = posts.filter(({ ts }) => {
    const at = Number(ts);
    return inclusive ? at >= after && at <= before : at > after && at < before;
  });
  const limit = pageSize(context, args, standard);
  const cursor = text(args, 'cursor');
  if (cursor) {
    const mark = /^next_ts:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
    if (!mark) throw new SlackRefusal('invalid_cursor');
    const start = kept.findIndex(({ ts }) => ts.replace('.', '') === mark);
    kept = start < 0 ? [] : kept.slice(start);
  }
  const metadata = flag(args, 'include_all_metadata');
  return {
    messages: kept.slice(0, limit).map((post) => wireMessage(context.ws, post, { metadata })),
    has_more: kept.length > limit,
    response_metadata: { next_cursor: cursorTo(kept[limit]) },
  };
}

const there = (post: Post) => !post.deleted || (post.replies?.some((reply) => !reply.deleted) ?? false);

const history: Method = {
  perMinute: 50,
  run(context, args) {
    const channel = readable(context, args, HISTORY);
    if (!channel.members.has(context.ws.ids.botUser)) throw new SlackRefusal('not_in_channel');
    return { ...page(context, args, channel.timeline.filter(there).reverse(), 100), pin_count: 0 };
  },
};

const replies: Method = {
  perMinute: 50,
  run(context, args) {
    const channel = readable(context, args, HISTORY);
    if (!channel.members.has(context.ws.ids.botUser)) throw new SlackRefusal('not_in_channel');
    const ts = text(args, 'ts');
    const post = ts ? channel.byTs.get(ts) : undefined;
    if (!post || !there(post)) throw new SlackRefusal('thread_not_found');
    const root = post.thread_ts === undefined ? post : (channel.byTs.get(post.thread_ts) as Post);
    const below = (root.replies ?? []).filter((reply) => !reply.deleted);
    const cut = page(context, args, [root, ...below], 1000);
    const first = cut.messages[0] as { ts?: string } | undefined;
    // The parent leads the first page whatever `oldest` says.
    if (!text(args, 'cursor') && first?.ts !== root.ts)
      cut.messages.unshift(wireMessage(context.ws, root, { metadata: flag(args, 'include_all_metadata') }));
    return cut;
  },
};

/** Finds the message a reactions.* call names. */
function reacted(context: Context, args: Args): Post {
  return existing(context.ws.channelFor(need(args, 'channel')), need(args, 'timestamp'));
}

export const readMethods: Record<string, Method> = {
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.info': {
    perMinute: 50,
    run: (context, args) => ({ channel: wireChannel(context.ws, readable(context, args, READ)) }),
  },
  'conversations.members': {
    perMinute: 100,
    run(context, args) {
      const channel = readable(context, args, READ);
      return { members: [...channel.members], response_metadata: { next_cursor: '' } };
    },
  },
  'conversations.open': {
    scope: ['im:write', 'mpim:write'],
    perMinute: 50,
    run(context, args) {
      const { ws } = context;
      const users = text(args, 'users');
      const known = text(args, 'channel');
      if (!users && !known) throw new SlackRefusal('users_list_not_supplied');
      const ids = (users ?? '').split(',').filter(Boolean);
      if (ids.length > 1) throw new SlackRefusal('not_enough_users'); // group DMs are opened by people here
      if (!known && !ws.users.has(ids[0] as string)) throw new SlackRefusal('user_not_found');
      const channel = known ? ws.channelFor(known) : ws.dm(ids[0] as string);
      return { channel: flag(args, 'return_im') ? wireChannel(ws, channel) : { id: channel.id } };
    },
  },
  'users.info': {
    scope: ['users:read'],
    perMinute: 100,
    run({ ws }, args) {
      const user = ws.users.get(need(args, 'user'));
      if (!user) throw new SlackRefusal('user_not_found');
      return { user: wireUser(ws, user) };
    },
  },
  'bots.info': {
    scope: ['users:read'],
    perMinute: 50,
    run({ ws }, args) {
      const bot = text(args, 'bot');
      if (bot && bot !== ws.ids.bot) throw new SlackRefusal('bot_not_found');
      return {
        bot: { id: ws.ids.bot, deleted: false, name: ws.ids.botName, app_id: ws.ids.app, user_id: ws.ids.botUser },
      };
    },
  },
  'files.info': {
    scope: ['files:read'],
    perMinute: 100,
    run({ ws }, args) {
      const file = ws.files.get(need(args, 'file'));
      if (!file) throw new SlackRefusal('file_not_found');
      return { file: wireFile(ws, file, true), comments: [], response_metadata: { next_cursor: '' } };
    },
  },
  'reactions.add': {
    scope: ['reactions:write'],
    perMinute: 50,
    run(context, args) {
      const post = reacted(context, args);
      const name = need(args, 'name');
      if (!/^[\w+'-]+(::skin-tone-\d)?$/.test(name)) throw new SlackRefusal('invalid_name');
      post.reactions ??= new Map();
      const who = post.reactions.get(name) ?? new Set();
      if (who.has(context.ws.ids.botUser)) throw new SlackRefusal('already_reacted');
      post.reactions.set(name, who.add(context.ws.ids.botUser));
      context.watch.changed(post);
      return {};
    },
  },
  'reactions.remove': {
    scope: ['reactions:write'],
    perMinute: 20,
    run(context, args) {
      const post = reacted(context, args);
      const who = post.reactions?.get(need(args, 'name'));
      if (!who?.delete(context.ws.ids.botUser)) throw new SlackRefusal('no_reaction');
      if (who.size === 0) post.reactions?.delete(need(args, 'name'));
      context.watch.changed(post);
      return {};
    },
  },
  'reactions.get': {
    scope: ['reactions:read'],
    perMinute: 50,
    run(context, args) {
      const post = reacted(context, args);
      return { type: 'message', channel: post.channel.id, message: wireMessage(context.ws, post) };
    },
  },
  'views.publish': {
    perMinute: 100,
    run(context, args) {
      const user = need(args, 'user_id');
      if (!context.ws.users.has(user)) throw new SlackRefusal('user_not_found');
      const view = json(args, 'view', 'invalid_arguments') as { type?: string; blocks?: unknown } | undefined;
      if (view?.type !== 'home') throw new SlackRefusal('invalid_arguments');
      readBlocks(view.blocks);
      context.homes.set(user, view);
      context.watch.stirred();
      return { view: { id: 'V0HOME', ...view } };
    },
  },
  'auth.test': {
    perMinute: 0,
    run({ ws }) {
      const { ids } = ws;
      return {
        url: 'https://example.slack.com/',
        team: ids.teamName,
        user: ids.botName,
        team_id: ids.team,
        user_id: ids.botUser,
        bot_id: ids.bot,
        is_enterprise_install: false,
      };
    },
  },
  'apps.connections.open': {
    token: 'app',
    perMinute: 1,
    run({ ws, socket }) {
      const host = ws.place.origin.replace('http', 'ws');
      return { url: `${host}/link/?ticket=${socket.ticket()}&app_id=${ws.ids.app}` };
    },
  },
};
