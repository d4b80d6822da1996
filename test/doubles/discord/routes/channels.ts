/** Channels, threads, guilds and members (pages "Channel", "Guild", "User"; threads: "Threads"). */
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
import { canSee, isThread, may, requirePermissions } from '../permissions.ts';
import {
  checkLength,
  createProblems,
  invalid,
  missingAccess,
  missingPermissions,
  unknownGuild,
  unknownMember,
  unknownUser,
} from '../refusals.ts';
import { openThread } from '../threads.ts';
import { type Channel, ChannelKind, DiscordRefusal, type Guild } from '../types.ts';
import { wireChannel, wireMember, wireUser } from '../wire.ts';
import { wireGuild } from '../wire-guild.ts';

const DURATIONS = [60, 1440, 4320, 10080];

/** Name and archive duration of a thread. @throws DiscordRefusal 50035 */
function threadFields(request: Request): { name: string; autoArchive: number } {
  const { name, auto_archive_duration: duration = 1440 } = request.body;
  const problems = createProblems();
  checkLength(problems, ['name'], name, { min: 1, max: 100 });
  if (!DURATIONS.includes(duration as number))
    problems.add(['auto_archive_duration'], 'BASE_TYPE_CHOICES', 'Value must be one of (60, 1440, 4320, 10080).');
  problems.settle();
  return { name: name as string, autoArchive: duration as number };
}

function threadParent(context: Context, request: Request): Channel {
  const channel = channelOf(context, request);
  if (channel.type !== ChannelKind.text)
    throw new DiscordRefusal(400, 50024, 'Cannot execute action on this channel type');
  return channel;
}

function threadOnMessage(context: Context, request: Request): Answer {
  const { ws } = context;
  const parent = threadParent(context, request);
  requirePermissions(ws.bot.id, parent, 'createPublicThreads');
  const fields = threadFields(request);
  const post = postOf(parent, param(request, 'message'));
  if (post.thread) throw new DiscordRefusal(400, 160004, 'A thread has already been created for this message');
  const thread = openThread(context, parent, { ...fields, owner: ws.bot.id, on: post, type: ChannelKind.publicThread });
  return { status: 201, body: { ...wireChannel(ws, thread), member: threadMember(thread, ws.bot.id) } };
}

function threadAlone(context: Context, request: Request): Answer {
  const { ws } = context;
  const parent = threadParent(context, request);
  // Without a type it becomes a private thread (Channel: start thread without message).
  const type = (request.body.type ?? ChannelKind.privateThread) as typeof ChannelKind.publicThread;
  if (type !== ChannelKind.publicThread && (type as number) !== ChannelKind.privateThread)
    invalid(['type'], 'BASE_TYPE_CHOICES', 'Value must be one of {10, 11, 12}.');
  const isPublic = type === ChannelKind.publicThread;
  requirePermissions(ws.bot.id, parent, isPublic ? 'createPublicThreads' : 'createPrivateThreads');
  const thread = openThread(context, parent, { ...threadFields(request), owner: ws.bot.id, type });
  return { status: 201, body: { ...wireChannel(ws, thread), member: threadMember(thread, ws.bot.id) } };
}

const threadMember = (thread: Channel, user: string) => ({
  id: thread.id,
  user_id: user,
  join_timestamp: new Date().toISOString(),
  flags: 0,
});

function modify(context: Context, request: Request): Answer {
  const { ws, events } = context;
  const channel = channelOf(context, request);
  if (!isThread(channel)) throw missingPermissions();
  const { name, archived, locked, auto_archive_duration: duration } = request.body;
  const problems = createProblems();
  if (name !== undefined) checkLength(problems, ['name'], name, { min: 1, max: 100 });
  problems.settle();
  const manages = may(ws.bot.id, channel, 'manageThreads');
  // Whoever may write may wake a thread that nobody locked (Channel: modify channel, thread).
  const wakes = Object.keys(request.body).join() === 'archived' && archived === false && !channel.locked;
  if (wakes) requirePermissions(ws.bot.id, channel, 'sendMessagesInThreads');
  else if (!manages && (channel.owner !== ws.bot.id || channel.locked || locked !== undefined))
    throw missingPermissions();
  if (channel.archived && archived !== false) throw new DiscordRefusal(400, 50083, 'Thread is archived');
  if (typeof name === 'string') channel.name = name;
  if (typeof archived === 'boolean') channel.archived = archived;
  if (typeof locked === 'boolean') channel.locked = locked;
  if (typeof duration === 'number') channel.autoArchive = duration;
  events.thread('THREAD_UPDATE', channel);
  return ok(wireChannel(ws, channel));
}

function joinThread(context: Context, request: Request): Answer {
  const { ws, events } = context;
  const thread = channelOf(context, request);
  if (!isThread(thread)) throw new DiscordRefusal(400, 50024, 'Cannot execute action on this channel type');
  if (thread.archived) throw new DiscordRefusal(400, 50083, 'Thread is archived');
  const user = request.params.user ?? ws.bot.id;
  if (!ws.users.has(user)) throw unknownUser();
  if (!thread.people.has(user)) {
    thread.people.add(user);
    events.threadMembers(thread, [user], []);
  }
  return nothing;
}

/** A guild that the bot is in. @throws DiscordRefusal 10004 */
function guildOf(context: Context, request: Request): Guild {
  const { ws } = context;
  const guild = ws.guilds.get(param(request, 'guild'));
  if (!guild) throw unknownGuild();
  if (!guild.members.has(ws.bot.id)) throw missingAccess();
  return guild;
}

function openDm(context: Context, request: Request): Answer {
  const { ws } = context;
  const user = ws.users.get(String(request.body.recipient_id));
  if (!user) invalid(['recipient_id'], 'USER_UNKNOWN', 'Unknown User');
  if (user.id === ws.bot.id) throw new DiscordRefusal(400, 50007, 'Cannot send messages to this user');
  return ok(wireChannel(ws, ws.dm(user.id)));
}

function member(context: Context, request: Request): Answer {
  const { ws } = context;
  const guild = guildOf(context, request);
  if (!ws.users.has(param(request, 'user'))) throw unknownUser();
  const found = wireMember(ws, guild, param(request, 'user'), true);
  if (!found) throw unknownMember();
  return ok(found);
}

export const channelRoutes: Record<string, Route> = {
  'GET /channels/:channel': {
    run: (context, request) => ok(wireChannel(context.ws, channelOf(context, request))),
  },
  'PATCH /channels/:channel': { run: modify },
  'POST /channels/:channel/threads': { run: threadAlone },
  'POST /channels/:channel/messages/:message/threads': { run: threadOnMessage },
  'PUT /channels/:channel/thread-members/@me': { run: joinThread },
  'PUT /channels/:channel/thread-members/:user': { run: joinThread },
  'GET /guilds/:guild': { run: (context, request) => ok(wireGuild(guildOf(context, request))) },
  'GET /guilds/:guild/channels': {
    run: (context, request) => {
      const guild = guildOf(context, request);
      const channels = [...context.ws.channels.values()].filter((c) => c.guild === guild && !c.parent);
      return ok(channels.map((channel) => wireChannel(context.ws, channel)));
    },
  },
  'GET /guilds/:guild/threads/active': {
    run: (context, request) => {
      const { ws } = context;
      const guild = guildOf(context, request);
      const threads = [...ws.channels.values()].filter(
        (c) => c.guild === guild && c.parent && !c.archived && canSee(ws.bot.id, c),
      );
      const mine = threads.filter((thread) => thread.people.has(ws.bot.id));
      return ok({
        threads: threads.map((thread) => wireChannel(ws, thread)),
        members: mine.map((thread) => threadMember(thread, ws.bot.id)),
      });
    },
  },
  'GET /guilds/:guild/members/:user': { run: member },
  'GET /users/@me/guilds': {
    run: ({ ws }) => {
      const guilds = [...ws.guilds.values()].filter((guild) => guild.members.has(ws.bot.id));
      return ok(guilds.map(({ id, name }) => ({ id, name, icon: null, owner: false, permissions: '0', features: [] })));
    },
  },
  'GET /users/:user': {
    run: (context, request) => {
      const user = context.ws.users.get(param(request, 'user'));
      if (!user) throw unknownUser();
      return ok(wireUser(user));
    },
  },
  'POST /users/@me/channels': { run: openDm },
};
