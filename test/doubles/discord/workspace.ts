/** What Discord keeps: people, guilds, channels, messages, and the one clock that hands out ids. */

import { EVERYONE, Permission, type PermissionName } from './permissions.ts';
import type { Settings } from './settings.ts';
import type { Attachment, Channel, Guild, Interaction, Overwrite, Post, Upload, User } from './types.ts';
import { ChannelKind } from './types.ts';

/** The first second of 2015 (Reference: snowflakes). */
const EPOCH = 1_420_070_400_000;

export type Workspace = ReturnType<typeof createWorkspace>;

/** ms since the epoch at which this id was made. */
export const timeOf = (snowflake: string): number => Number(BigInt(snowflake) >> 22n) + EPOCH;

/** True when `a` is the older of two ids. */
export const isBefore = (a: string, b: string): boolean => (a.length === b.length ? a < b : a.length < b.length);

/** Builds a Discord with the app and its bot user, and nothing else. */
export function createWorkspace(settings: Settings, botName: string, keepVersions: boolean) {
  const users = new Map<string, User>();
  const guilds = new Map<string, Guild>();
  const channels = new Map<string, Channel>();
  const dms = new Map<string, Channel>();
  const attachments = new Map<string, { channel: Channel; file: Attachment }>();
  const interactions = new Map<string, Interaction>();
  /** People who installed the app for themselves. */
  const installs = new Set<string>();
  /** Where this Discord is reached, known once it listens. */
  const place = { origin: '' };
  let last = 0n;

  /** A snowflake: ascending, unique, with the time in its upper bits. */
  function nextId(): string {
    const now = BigInt(Date.now() - EPOCH) << 22n;
    last = now > last ? now : last + 1n;
    return String(last);
  }

  function addUser(user: Partial<User> & { username: string }): User {
    const made: User = { id: nextId(), global_name: null, bot: false, dms: 'open', ...user };
    users.set(made.id, made);
    return made;
  }

  const bot = addUser({ username: botName, bot: true });

  function join(guild: Guild, user: string, fields: { nick?: string; roles?: string[] } = {}): void {
    guild.members.set(user, {
      user,
      nick: fields.nick ?? null,
      roles: fields.roles ?? [],
      joined_at: new Date().toISOString(),
    });
  }

  /**
   * A guild with these people (everybody, unless said) and, unless `bot` is false, the app's bot, with a role of its own;
   * `role` false: it was invited without any permission, and has none.
   */
  function addGuild(fields: { name: string; members?: string[]; bot?: boolean; role?: boolean }): Guild {
    const people = fields.members ?? [...users.values()].filter((user) => !user.bot).map((user) => user.id);
    const id = nextId();
    const guild: Guild = {
      id,
      name: fields.name,
      owner: people[0] ?? nextId(),
      roles: new Map([[id, { id, name: '@everyone', permissions: EVERYONE }]]),
      members: new Map(),
    };
    guilds.set(id, guild);
    for (const user of people) join(guild, user);
    if (fields.bot ?? true) {
      join(guild, bot.id);
      if (fields.role ?? true) addBotRole(guild);
    }
    return guild;
  }

  function addRole(guild: Guild, name: string, permissions = 0n) {
    const role = { id: nextId(), name, permissions };
    guild.roles.set(role.id, role);
    return role;
  }

  /** The role that Discord keeps for the bot alone, named like it. */
  function addBotRole(guild: Guild) {
    const role = { ...addRole(guild, botName), bot: bot.id };
    guild.roles.set(role.id, role);
    guild.members.get(bot.id)?.roles.push(role.id);
    return role;
  }

  function makeChannel(fields: Partial<Channel> & { type: ChannelKind }): Channel {
    const made: Channel = {
      id: nextId(),
      name: '',
      guild: undefined,
      parent: undefined,
      people: new Set(),
      overwrites: new Map(),
      posts: [],
      byId: new Map(),
      slowmode: 0,
      owner: undefined,
      archived: false,
      locked: false,
      autoArchive: 1440,
      createdAt: Date.now(),
      ...fields,
    };
    channels.set(made.id, made);
    return made;
  }

  /** The DM of the app with this person, opened when first asked for. */
  function dm(user: string): Channel {
    if (!users.has(user)) throw new Error(`no user ${user}`);
    let found = dms.get(user);
    if (!found) {
      found = makeChannel({ type: ChannelKind.dm, people: new Set([user, bot.id]) });
      dms.set(user, found);
    }
    return found;
  }

  /** A channel by id, name or `#name`; undefined when there is none. */
  function findChannel(idOrName: string): Channel | undefined {
    const byId = channels.get(idOrName);
    if (byId) return byId;
    const name = idOrName.replace(/^#/, '');
    for (const channel of channels.values()) if (channel.name === name && name !== '') return channel;
    return undefined;
  }

  /** The same, for tests: fails when there is none. */
  function placeOf(idOrName: string): Channel {
    const found = findChannel(idOrName);
    if (!found) throw new Error(`no channel ${idOrName} in this Discord`);
    return found;
  }

  function post(fields: Partial<Post> & { channel: Channel; author: string }, hidden = false): Post {
    const made: Post = {
      id: nextId(),
      type: 0,
      content: '',
      embeds: [],
      components: [],
      files: [],
      flags: 0,
      nonce: undefined,
      reference: undefined,
      mentions: [],
      mention_roles: [],
      mention_everyone: false,
      pings: [],
      editedAt: undefined,
      reactions: new Map(),
      thread: undefined,
      deleted: false,
      interaction: undefined,
      shows: {},
      versions: keepVersions ? [] : undefined,
      ...fields,
    };
    for (const file of made.files) attachments.set(file.id, { channel: made.channel, file });
    if (hidden) return made;
    made.channel.posts.push(made);
    made.channel.byId.set(made.id, made);
    return made;
  }

  function toAttachment(upload: Upload, description?: string): Attachment {
    return {
      id: nextId(),
      // Discord keeps letters, digits, dots, dashes and underscores of a name (seen; no page says it).
      filename: upload.name.replace(/[^\p{L}\p{N}._-]+/gu, '_'),
      content_type: upload.mimetype || undefined,
      description,
      content: typeof upload.content === 'string' ? Buffer.from(upload.content) : Buffer.from(upload.content),
    };
  }

  /** Sets the overwrite of a channel for a role or a member (the bot, unless said). */
  function setOverwrite(
    channel: Channel,
    rights: { allow?: PermissionName[]; deny?: PermissionName[] },
    target: string = bot.id,
  ): void {
    const sum = (names: PermissionName[] = []) => names.reduce((bits, name) => bits | Permission[name], 0n);
    const isRole = channel.guild?.roles.has(target) ?? false;
    const overwrite: Overwrite = {
      id: target,
      type: isRole ? 0 : 1,
      allow: sum(rights.allow),
      deny: sum(rights.deny),
    };
    channel.overwrites.set(target, overwrite);
  }

  return {
    settings,
    bot,
    applicationId: bot.id,
    place,
    users,
    guilds,
    channels,
    attachments,
    interactions,
    installs,
    nextId,
    addUser,
    addGuild,
    addRole,
    addBotRole,
    join,
    makeChannel,
    dm,
    findChannel,
    placeOf,
    post,
    toAttachment,
    setOverwrite,
  };
}
