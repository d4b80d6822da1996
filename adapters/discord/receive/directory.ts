/** What the gateway told about channels and our roles; only what decides where a message belongs. */
import { SendError } from '../../../src/contract/index.ts';
import type { DiscordApi } from '../client.ts';
import type { Identity } from '../identity.ts';
import { isLater } from '../route.ts';

/** discord.com/developers, "Channel", section "Channel types": announcement, public and private threads. */
const THREADS = new Set([10, 11, 12]);

interface ChannelObject {
  id: string;
  type: number;
  guild_id?: string;
  last_message_id?: string | null;
}

interface RoleObject {
  id: string;
  tags?: { bot_id?: string };
}

interface GuildObject {
  id: string;
  channels?: ChannelObject[];
  threads?: ChannelObject[];
  roles?: RoleObject[];
}

interface Known {
  thread: boolean;
  guild: string | null;
  last: string | null;
}

export type Directory = ReturnType<typeof createDirectory>;

export function createDirectory(api: DiscordApi) {
  const channels = new Map<string, Known>();
  const roles = new Map<string, string>();

  function note(channel: ChannelObject, guild = channel.guild_id ?? null): Known {
    const known = { thread: THREADS.has(channel.type), guild, last: channel.last_message_id ?? null };
    channels.set(channel.id, known);
    return known;
  }

  function noteRole(guild: string, role: RoleObject, me: Identity): void {
    if (role.tags?.bot_id === me.botId) roles.set(guild, role.id);
  }

  return {
    /** Takes an event of the gateway; those that say nothing about channels are passed over. */
    onEvent(event: string, data: unknown, me: Identity): void {
      if (event === 'GUILD_CREATE') {
        const guild = data as GuildObject;
        for (const channel of [...(guild.channels ?? []), ...(guild.threads ?? [])]) note(channel, guild.id);
        for (const role of guild.roles ?? []) noteRole(guild.id, role, me);
      } else if (event === 'MESSAGE_CREATE') {
        const { id, channel_id } = data as { id: string; channel_id: string };
        const known = channels.get(channel_id);
        if (known) known.last = id;
      } else if (/^GUILD_ROLE_(CREATE|UPDATE)$/.test(event)) {
        // Invited without permissions, we have no role; we get one when somebody grants us some.
        const { guild_id, role } = data as { guild_id: string; role: RoleObject };
        noteRole(guild_id, role, me);
      } else if (/^(CHANNEL|THREAD)_(CREATE|UPDATE)$/.test(event)) note(data as ChannelObject);
      else if (event === 'CHANNEL_DELETE' || event === 'THREAD_DELETE') channels.delete((data as ChannelObject).id);
      else if (event === 'THREAD_LIST_SYNC') {
        const { guild_id, threads } = data as { guild_id: string; threads?: ChannelObject[] };
        for (const thread of threads ?? []) note(thread, guild_id);
      } else if (event === 'GUILD_DELETE' && !(data as { unavailable?: boolean }).unavailable) {
        const { id } = data as GuildObject;
        roles.delete(id);
        for (const [channel, known] of channels) if (known.guild === id) channels.delete(channel);
      }
    },

    ourRole: (guild: string | undefined): string | undefined => (guild ? roles.get(guild) : undefined),

    guildOf: (channel: string): string | null => channels.get(channel)?.guild ?? null,

    /** Whether a guild's channel is a thread; undefined while nobody said. */
    isThread: (channel: string, type?: number): boolean | undefined =>
      type === undefined ? channels.get(channel)?.thread : THREADS.has(type),

    /** The same, asked where it is not known; a channel that we cannot see counts as none. @throws SendError */
    async askIsThread(channel: string): Promise<boolean> {
      try {
        return note(await api.call<ChannelObject>('GET', `/channels/${channel}`)).thread;
      } catch (error) {
        if (error instanceof SendError && error.kind === 'gone') return false;
        throw error;
      }
    },

    /** Channels (of this guild) in which somebody wrote after this message id, the newest first. */
    changedSince: (id: string, guild?: string): string[] =>
      [...channels]
        .filter(([, known]) => known.last !== null && isLater(known.last, id) && (!guild || known.guild === guild))
        .sort(([, a], [, b]) => (isLater(b.last as string, a.last as string) ? 1 : -1))
        .map(([channel]) => channel),
  };
}
