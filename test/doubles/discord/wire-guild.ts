/** Guilds as the API and the gateway show them (pages "Guild", "Gateway Events: guild create"). */
import { canSee } from './permissions.ts';
import type { Guild, Role } from './types.ts';
import { wireChannel, wireMember } from './wire.ts';
import type { Workspace } from './workspace.ts';

export const wireRole = (role: Role, position: number) => ({
  id: role.id,
  name: role.name,
  permissions: String(role.permissions),
  color: 0,
  colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
  hoist: false,
  icon: null,
  unicode_emoji: null,
  position,
  managed: role.bot !== undefined,
  mentionable: false,
  flags: 0,
  ...(role.bot ? { tags: { bot_id: role.bot } } : {}),
});

const wireRoles = (guild: Guild) => [...guild.roles.values()].map(wireRole);

/** A guild as GET /guilds/:guild gives it. */
export function wireGuild(guild: Guild): Record<string, unknown> {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    owner_id: guild.owner,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    roles: wireRoles(guild),
    emojis: [],
    features: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    vanity_url_code: null,
    description: null,
    banner: null,
    premium_tier: 0,
    premium_subscription_count: 0,
    preferred_locale: 'en-US',
    public_updates_channel_id: null,
    nsfw_level: 0,
    stickers: [],
    premium_progress_bar_enabled: false,
    safety_alerts_channel_id: null,
  };
}

/** GUILD_CREATE: the guild with its channels, open threads and, without GUILD_MEMBERS, the bot as its only member. */
export function wireGuildCreate(ws: Workspace, guild: Guild): Record<string, unknown> {
  const channels = [...ws.channels.values()].filter((channel) => channel.guild === guild);
  const threads = channels.filter((c) => c.parent && !c.archived && canSee(ws.bot.id, c));
  return {
    ...wireGuild(guild),
    joined_at: guild.members.get(ws.bot.id)?.joined_at,
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [],
    members: [wireMember(ws, guild, ws.bot.id, true)],
    channels: channels.filter((c) => !c.parent).map((channel) => wireChannel(ws, channel)),
    threads: threads.map((thread) => wireChannel(ws, thread)),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}
