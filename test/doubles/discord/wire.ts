/** Objects as the API and the gateway show them (pages "User", "Channel", "Message"). */
import { permissionsOf } from './permissions.ts';
import type { Attachment, Channel, Guild, Post, User } from './types.ts';
import { ChannelKind } from './types.ts';
import type { Workspace } from './workspace.ts';
import { timeOf } from './workspace.ts';

export const iso = (ms: number): string => new Date(ms).toISOString().replace('Z', '000+00:00');

export function wireUser(user: User) {
  return {
    id: user.id,
    username: user.username,
    global_name: user.global_name,
    discriminator: user.bot ? '0001' : '0',
    avatar: null,
    public_flags: 0,
    ...(user.bot ? { bot: true } : {}),
  };
}

/** A guild member; `full` with its `user`. */
export function wireMember(ws: Workspace, guild: Guild, user: string, full: boolean) {
  const member = guild.members.get(user);
  const person = ws.users.get(user);
  if (!member || !person) return undefined;
  return {
    nick: member.nick,
    avatar: null,
    roles: member.roles,
    joined_at: member.joined_at,
    premium_since: null,
    deaf: false,
    mute: false,
    flags: 0,
    pending: false,
    communication_disabled_until: null,
    ...(full ? { user: wireUser(person) } : {}),
  };
}

/** The link of an attachment, with its signed end of life (Reference: signed attachment CDN URLs). */
export function attachmentUrl(ws: Workspace, channel: Channel, file: Attachment): string {
  const until = Math.floor((Date.now() + ws.settings.attachmentUrlMs) / 1000).toString(16);
  const since = Math.floor(Date.now() / 1000).toString(16);
  const path = `${ws.place.origin}/attachments/${channel.id}/${file.id}/${encodeURIComponent(file.filename)}`;
  return `${path}?ex=${until}&is=${since}&hm=double&`;
}

export function wireAttachment(ws: Workspace, channel: Channel, file: Attachment) {
  const url = attachmentUrl(ws, channel, file);
  return {
    id: file.id,
    filename: file.filename,
    size: file.content.length,
    url,
    proxy_url: url,
    content_type: file.content_type,
    ...(file.description ? { description: file.description } : {}),
  };
}

/** Without MESSAGE_CONTENT the app reads DMs, its own messages and those that mention it (Gateway: message content). */
export function hasHiddenContent(ws: Workspace, post: Post): boolean {
  const { bot } = ws;
  return post.channel.type !== ChannelKind.dm && post.author !== bot.id && !post.mentions.includes(bot.id);
}

/**
 * A message. `content` false: without the MESSAGE_CONTENT intent. `event`: with `guild_id`, `member` and
 * `channel_type`, as on the gateway.
 */
export function wireMessage(
  ws: Workspace,
  post: Post,
  view: { content: boolean; event?: boolean; nested?: boolean; ephemeral?: boolean },
): Record<string, unknown> {
  const { channel } = post;
  const { guild } = channel;
  const author = ws.users.get(post.author);
  if (!author) throw new Error(`message ${post.id} has no author`);
  const hidden = !view.content && hasHiddenContent(ws, post);
  const inGuild = guild && view.event && !view.ephemeral;
  const wired: Record<string, unknown> = {
    id: post.id,
    type: post.type,
    content: hidden ? '' : post.content,
    channel_id: channel.id,
    author: wireUser(author),
    attachments: hidden ? [] : post.files.map((file) => wireAttachment(ws, channel, file)),
    embeds: hidden || post.flags & 4 ? [] : post.embeds,
    components: hidden ? [] : post.components,
    mentions: post.mentions.map((id) => {
      const user = ws.users.get(id) as User;
      return inGuild ? { ...wireUser(user), member: wireMember(ws, guild, id, false) } : wireUser(user);
    }),
    mention_roles: post.mention_roles,
    mention_everyone: post.mention_everyone,
    pinned: false,
    tts: false,
    timestamp: iso(timeOf(post.id)),
    edited_timestamp: post.editedAt ? iso(post.editedAt) : null,
    flags: post.flags,
  };
  if (inGuild) {
    wired.guild_id = guild.id;
    if (!post.interaction) wired.member = wireMember(ws, guild, post.author, false);
  }
  if (view.event) wired.channel_type = channel.type;
  if (post.reactions.size > 0)
    wired.reactions = [...post.reactions.values()].map(({ emoji, users }) => ({
      emoji,
      count: users.size,
      count_details: { burst: 0, normal: users.size },
      burst_colors: [],
      me: users.has(ws.bot.id),
      me_burst: false,
    }));
  if (post.interaction) {
    const { interaction } = post;
    wired.webhook_id = ws.applicationId;
    wired.application_id = ws.applicationId;
    wired.interaction_metadata = {
      id: interaction.id,
      type: interaction.type,
      user: wireUser(ws.users.get(interaction.user) as User),
      authorizing_integration_owners: interaction.owners,
      ...(interaction.type === 2 ? { name: interaction.name } : {}),
    };
  }
  if (post.thread && !view.nested) wired.thread = wireChannel(ws, post.thread);
  if (post.reference) {
    wired.message_reference = { type: 0, ...post.reference };
    if (!view.nested && post.type === 19) {
      const target = channel.byId.get(post.reference.message_id);
      wired.referenced_message =
        target && !target.deleted ? wireMessage(ws, target, { content: view.content, nested: true }) : null;
    }
  }
  const { poll, ...others } = post.shows;
  return Object.assign(wired, others, hidden || !poll ? {} : { poll });
}

/** A channel or thread; `interaction`: the partial one of an interaction, with the user's permissions. */
export function wireChannel(ws: Workspace, channel: Channel, interaction?: { user: string }): Record<string, unknown> {
  const { guild } = channel;
  const last = channel.posts.findLast((post) => !post.deleted);
  const wired: Record<string, unknown> = {
    id: channel.id,
    type: channel.type,
    last_message_id: channel.newestPost ?? last?.id ?? null,
  };
  if (interaction) wired.permissions = String(permissionsOf(interaction.user, channel));
  if (!guild) {
    wired.flags = 0;
    if (channel.type === ChannelKind.groupDm)
      Object.assign(wired, { name: channel.name || null, owner_id: channel.owner });
    // The app sees the other side of its own DM, and nobody in the DMs of others.
    const others = channel.type === ChannelKind.dm && channel.people.has(ws.bot.id);
    wired.recipients = others
      ? [...channel.people].filter((id) => id !== ws.bot.id).map((id) => wireUser(ws.users.get(id) as User))
      : [];
    return wired;
  }
  Object.assign(wired, { name: channel.name, guild_id: guild.id, rate_limit_per_user: channel.slowmode, flags: 0 });
  if (channel.parent) {
    return Object.assign(wired, {
      parent_id: channel.parent.id,
      owner_id: channel.owner,
      message_count: channel.posts.length,
      total_message_sent: channel.posts.length,
      member_count: Math.min(50, channel.people.size),
      thread_metadata: {
        archived: channel.archived,
        auto_archive_duration: channel.autoArchive,
        archive_timestamp: iso(channel.createdAt),
        locked: channel.locked,
        create_timestamp: iso(channel.createdAt),
        ...(channel.type === ChannelKind.privateThread ? { invitable: true } : {}),
      },
    });
  }
  return Object.assign(wired, {
    position: 0,
    parent_id: null,
    topic: null,
    nsfw: false,
    permission_overwrites: [...channel.overwrites.values()].map(({ id, type, allow, deny }) => ({
      id,
      type,
      allow: String(allow),
      deny: String(deny),
    })),
  });
}
