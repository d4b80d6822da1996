/**
 * What the app hears of changes (Gateway Events), by the intents of "Gateway: list of intents". An app hears its own
 * messages and edits; ephemeral messages come under DIRECT_MESSAGES, without guild and member.
 */
import type { Gateway } from './gateway.ts';
import { canSee } from './permissions.ts';
import { Intent } from './sessions.ts';
import type { Channel, Post, Reaction } from './types.ts';
import { wireChannel, wireMember, wireMessage } from './wire.ts';
import type { Workspace } from './workspace.ts';

export type Events = ReturnType<typeof createEvents>;

/** Builds the events. Each returns whether a session took it. */
export function createEvents(ws: Workspace, gateway: Gateway) {
  const hears = (channel: Channel) => canSee(ws.bot.id, channel);
  const either = (channel: Channel, inGuild: number, inDm: number) => (channel.guild ? inGuild : inDm);

  function message(t: string, post: Post, extra: Record<string, unknown>, ephemeral: boolean): boolean {
    const { channel } = post;
    if (!ephemeral && !hears(channel)) return false;
    return gateway.dispatch({
      t,
      intent: ephemeral ? Intent.directMessages : either(channel, Intent.guildMessages, Intent.directMessages),
      guild: ephemeral ? undefined : channel.guild?.id,
      data: (session) => ({
        ...wireMessage(ws, post, {
          content: (session.intents & Intent.messageContent) !== 0,
          event: true,
          ephemeral,
        }),
        ...extra,
      }),
    });
  }

  const guildOf = (channel: Channel) => (channel.guild ? { guild_id: channel.guild.id } : {});

  function plain(t: string, channel: Channel, intent: number, data: unknown): boolean {
    if (!hears(channel)) return false;
    return gateway.dispatch({ t, intent, guild: channel.guild?.id, data: () => data });
  }

  return {
    created(post: Post, ephemeral = false): boolean {
      const extra = post.nonce === undefined ? {} : { nonce: post.nonce };
      return message('MESSAGE_CREATE', post, extra, ephemeral);
    },
    updated: (post: Post, ephemeral = false) => message('MESSAGE_UPDATE', post, {}, ephemeral),
    deleted(post: Post): boolean {
      const { channel } = post;
      const intent = either(channel, Intent.guildMessages, Intent.directMessages);
      return plain('MESSAGE_DELETE', channel, intent, { id: post.id, channel_id: channel.id, ...guildOf(channel) });
    },
    bulkDeleted(channel: Channel, ids: string[]): boolean {
      const data = { ids, channel_id: channel.id, ...guildOf(channel) };
      return plain('MESSAGE_DELETE_BULK', channel, Intent.guildMessages, data);
    },
    reaction(added: boolean, post: Post, user: string, emoji: Reaction['emoji']): boolean {
      const { channel } = post;
      const { guild } = channel;
      const data = {
        user_id: user,
        channel_id: channel.id,
        message_id: post.id,
        emoji,
        type: 0,
        burst: false,
        ...guildOf(channel),
        ...(added ? { message_author_id: post.author } : {}),
        ...(added && guild ? { member: wireMember(ws, guild, user, true) } : {}),
      };
      const intent = either(channel, Intent.guildReactions, Intent.directReactions);
      return plain(added ? 'MESSAGE_REACTION_ADD' : 'MESSAGE_REACTION_REMOVE', channel, intent, data);
    },
    /** CHANNEL_CREATE and its kin go out for guild channels only. */
    channel(t: 'CHANNEL_CREATE' | 'CHANNEL_UPDATE' | 'CHANNEL_DELETE', channel: Channel): boolean {
      // Losing sight of a channel is told by an update too: the app reads the overwrites.
      if (!channel.guild?.members.has(ws.bot.id)) return false;
      const data = { ...wireChannel(ws, channel), guild_id: channel.guild.id };
      return gateway.dispatch({ t, intent: Intent.guilds, guild: channel.guild.id, data: () => data });
    },
    thread(t: 'THREAD_CREATE' | 'THREAD_UPDATE' | 'THREAD_DELETE', thread: Channel): boolean {
      const data =
        t === 'THREAD_DELETE'
          ? { id: thread.id, ...guildOf(thread), parent_id: thread.parent?.id, type: thread.type }
          : { ...wireChannel(ws, thread), ...(t === 'THREAD_CREATE' ? { newly_created: true } : {}) };
      return plain(t, thread, Intent.guilds, data);
    },
    /** The bot joined the thread itself, or was put into it. */
    threadMembers(thread: Channel, added: string[], removed: string[]): boolean {
      const member = (user: string) => ({
        id: thread.id,
        user_id: user,
        join_timestamp: new Date().toISOString(),
        flags: 0,
      });
      return plain('THREAD_MEMBERS_UPDATE', thread, Intent.guilds, {
        id: thread.id,
        ...guildOf(thread),
        member_count: Math.min(50, thread.people.size),
        added_members: added.map(member),
        removed_member_ids: removed,
      });
    },
    typing(channel: Channel, user: string): boolean {
      const data = {
        channel_id: channel.id,
        user_id: user,
        timestamp: Math.floor(Date.now() / 1_000),
        ...guildOf(channel),
      };
      return plain('TYPING_START', channel, either(channel, Intent.guildTyping, Intent.directTyping), data);
    },
    member(t: 'GUILD_MEMBER_ADD' | 'GUILD_MEMBER_REMOVE', guild: string, data: unknown): boolean {
      return gateway.dispatch({ t, intent: Intent.guildMembers, guild, data: () => data });
    },
    guild(t: 'GUILD_CREATE' | 'GUILD_DELETE', guild: string, data: unknown): boolean {
      return gateway.dispatch({ t, intent: Intent.guilds, guild, data: () => data });
    },
    role(t: 'GUILD_ROLE_CREATE' | 'GUILD_ROLE_UPDATE', guild: string, role: unknown): boolean {
      return gateway.dispatch({ t, intent: Intent.guilds, guild, data: () => ({ guild_id: guild, role }) });
    },
    /** Interactions need no intent. */
    interaction(guild: string | undefined, data: unknown): boolean {
      return gateway.dispatch({ t: 'INTERACTION_CREATE', intent: 0, guild, data: () => data });
    },
  };
}
