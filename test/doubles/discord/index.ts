/**
 * A strict stand-in for Discord, for tests and the bench: one port on 127.0.0.1 with the REST API (v10), the gateway,
 * and the CDN for attachments; people who write, react and press; and what they see.
 *
 * Modelled, with the page of docs.discord.com that says so (each file's header names its own):
 * - Messages, edits, reactions, files, allowed mentions, nonces: "Message", "Reference" (uploading files, signed links).
 * - Refusals with their codes and the `errors` tree of 50035: "Opcodes and Status Codes", "Reference: error messages".
 * - Rate limits by bucket and in all, with headers and 429: "Rate Limits" (switch `limits`, off by default).
 * - HELLO, heartbeats, IDENTIFY, RESUME with replay, INVALID SESSION, RECONNECT, close codes, intents, the privileged
 *   MESSAGE_CONTENT, shards: "Gateway", "Gateway Events".
 * - Slash commands, message menus, buttons; deferred and ephemeral answers, follow-ups; guild and user installs:
 *   "Application Commands", "Receiving and Responding", "Component Reference".
 * - Threads, archived and locked ones, forums and their posts, permissions by channel: "Threads", "Permissions".
 * Assumed, where no page says it (also marked in the files): the numbers of the buckets; content is trimmed at both
 * ends; lengths count code points; an unknown interaction token is 50027 like an old one; the answer to a spent
 * five follow-ups is 40094; a session keeps 5,000 events for replay; public threads are heard without joining; a forum
 * has no messages (seen: 50008 for a post, an empty list).
 * Not modelled: voice, announcement channels, tags of forums, polls, stickers, forwards (but to be read), modals' submission, webhooks of
 * channels, autocomplete, select menus' use, compression, ETF, guild member chunks, audit log, moderation.
 */

import type { Context } from './context.ts';
import { createEvents } from './events.ts';
import { createFaults } from './faults.ts';
import { createGateway } from './gateway.ts';
import { createInteractions } from './interact.ts';
import { createLimits } from './limits.ts';
import { createPeople } from './people.ts';
import { applicationFlags, applicationRoutes } from './routes/application.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { channelRoutes } from './routes/channels.ts';
import { interactionRoutes } from './routes/interactions.ts';
import { messageRoutes } from './routes/messages.ts';
import { createDiscordServer } from './server.ts';
import type { DiscordDoubleOptions, Settings } from './settings.ts';
import { ChannelKind, type Guild } from './types.ts';
import { createWatch } from './watch.ts';
import { wireGuildCreate, wireRole } from './wire-guild.ts';
import { createWorkspace } from './workspace.ts';

export type { Fault, FaultHandle } from './faults.ts';
export type { Answered } from './interact.ts';
export type { Said, SayOptions } from './people.ts';
export type { PermissionName } from './permissions.ts';
export type * from './settings.ts';
export type * from './types.ts';

export type DiscordDouble = Awaited<ReturnType<typeof startDiscordDouble>>;

/**
 * Starts Discord on a free port of 127.0.0.1, with two people (ana, ben), one guild with the text channel `general`,
 * where both and the bot are, and DMs that open when asked for.
 */
export async function startDiscordDouble(options: DiscordDoubleOptions = {}) {
  const settings: Settings = {
    limits: options.limits ?? 'off',
    privileged: options.privileged ?? ['message_content'],
    heartbeatMs: options.heartbeatMs ?? 41_250,
    sessionTtlMs: options.sessionTtlMs ?? 120_000,
    shards: options.shards ?? 1,
    maxConcurrency: options.maxConcurrency ?? 1,
    interactionTimeoutMs: options.interactionTimeoutMs ?? 3_000,
    interactionTokenMs: options.interactionTokenMs ?? 15 * 60_000,
    nonceMs: options.nonceMs ?? 5 * 60_000,
    attachmentUrlMs: options.attachmentUrlMs ?? 24 * 3_600_000,
    maxFileBytes: options.maxFileBytes ?? 10 * 1024 * 1024,
    editBucket: options.editBucket ?? 'shared',
    revoked: options.revoked ?? false,
  };
  const keep = options.keepLog ?? true;
  const ws = createWorkspace(settings, options.botName ?? 'chasqui', keep);
  const watch = createWatch(ws, keep, options.maxLog ?? 10_000);
  const token = `${Buffer.from(ws.bot.id).toString('base64url')}.double.${'double'.repeat(6)}`;
  const gateway = createGateway({
    ws,
    token,
    guildsOf: () =>
      [...ws.guilds.values()]
        .filter((guild) => guild.members.has(ws.bot.id))
        .map((guild) => ({ id: guild.id, data: wireGuildCreate(ws, guild) })),
    applicationFlags: () => applicationFlags(ws),
    onChange: watch.stirred,
  });
  const events = createEvents(ws, gateway);
  const context: Context = {
    ws,
    settings,
    events,
    watch,
    gateway,
    nonces: new Map(),
    commands: new Map(),
    typing: [],
  };
  const faults = createFaults();
  const people = createPeople(context);
  const interactions = createInteractions(context);
  const server = createDiscordServer({
    context,
    routes: { ...applicationRoutes, ...channelRoutes, ...messageRoutes, ...interactionRoutes, ...attachmentRoutes },
    faults,
    limits: createLimits(settings),
    token,
  });

  const port = await server.listen(options.port ?? 0);
  ws.place.origin = `http://127.0.0.1:${port}`;
  const ana = ws.addUser({ username: 'ana', global_name: 'Ana' });
  const ben = ws.addUser({ username: 'ben', global_name: 'Ben' });
  const guild = ws.addGuild({ name: options.guildName ?? 'Example' });
  const general = ws.makeChannel({ type: ChannelKind.text, name: 'general', guild });

  return {
    /** What DISCORD_API_URL is set to; discord.js adds `/v10`. */
    apiUrl: `${ws.place.origin}/api`,
    token,
    applicationId: ws.applicationId,
    bot: ws.bot,
    ana,
    ben,
    guild,
    general,
    settings,
    addUser: ws.addUser,
    /** A guild with everybody in it, or with `members`; the app hears of it when its bot is in. */
    addGuild(fields: Parameters<typeof ws.addGuild>[0]) {
      const made = ws.addGuild(fields);
      if (made.members.has(ws.bot.id)) events.guild('GUILD_CREATE', made.id, wireGuildCreate(ws, made));
      return made;
    },
    /** The bot is removed from a guild. */
    leaveGuild(guildId: string): void {
      ws.guilds.get(guildId)?.members.delete(ws.bot.id);
      events.guild('GUILD_DELETE', guildId, { id: guildId });
    },
    addRole: ws.addRole,
    /** The bot is granted permissions, and so gets the role that is its own. */
    grantRole(guild: Guild) {
      const role = ws.addBotRole(guild);
      events.role('GUILD_ROLE_CREATE', guild.id, wireRole(role, guild.roles.size));
      return role;
    },
    /** The DM of the app with this person. */
    dm: ws.dm,
    /** A DM of others, or a group DM, where the app can only be used by those who installed it. */
    privateChannel: (...members: string[]) =>
      ws.makeChannel({
        type: members.length > 2 ? ChannelKind.groupDm : ChannelKind.dm,
        people: new Set(members),
        owner: members[0],
      }),
    /** This person installs the app for themselves. */
    installFor: (user: string) => ws.installs.add(user),
    users: () => [...ws.users.values()].filter((user) => !user.bot),
    channel: ws.placeOf,
    /** The registered commands: global, or of a guild. */
    commands: (guildId = '') => context.commands.get(guildId) ?? [],
    /** Where and when the app showed that it types. */
    typings: context.typing,

    say: people.say,
    sayAsBot: people.sayAsBot,
    edit: people.edit,
    unfurl: people.unfurl,
    backdate: people.backdate,
    remove: people.remove,
    removeMany: people.removeMany,
    react: people.react,
    unreact: people.unreact,
    typing: people.typing,
    startThread: people.startThread,
    startPost: people.startPost,
    archive: people.archive,
    lock: people.lock,
    removeThread: people.removeThread,
    addChannel: people.addChannel,
    addForum: people.addForum,
    removeChannel: people.removeChannel,
    permit: people.permit,
    may: people.may,
    join: people.join,
    command: interactions.command,
    messageCommand: interactions.messageCommand,
    pressButton: interactions.pressButton,
    expireInteractions: interactions.expireInteractions,

    calls: watch.calls,
    visible: watch.visible,
    waitForCall: watch.waitForCall,
    waitForMessage: watch.waitForMessage,
    waitUntil: watch.waitUntil,

    /** Makes a route fail; see faults.ts. Downloads of attachments are the route `cdn`. */
    fault: faults.add,
    clearFaults: faults.clear,
    gateway,
    /** Nobody reaches Discord by new HTTP requests or WebSockets until `acceptConnections`; open WebSockets stay. */
    refuseConnections: server.stop,
    acceptConnections: async (): Promise<void> => {
      await server.listen(port);
    },
    async close(): Promise<void> {
      gateway.stop();
      await server.close();
    },
  };
}
