/** Who may do what where (Permissions: computing permissions and overwrites; threads inherit from their parent). */
import { missingAccess, missingPermissions } from './refusals.ts';
import { type Channel, ChannelKind, type Guild } from './types.ts';

/** Bits by their names in the page "Permissions", in camel case. */
export const Permission = {
  administrator: 1n << 3n,
  addReactions: 1n << 6n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readMessageHistory: 1n << 16n,
  mentionEveryone: 1n << 17n,
  useApplicationCommands: 1n << 31n,
  manageThreads: 1n << 34n,
  createPublicThreads: 1n << 35n,
  createPrivateThreads: 1n << 36n,
  sendMessagesInThreads: 1n << 38n,
} as const;
export type PermissionName = keyof typeof Permission;

const ALL = Object.values(Permission).reduce((sum, bit) => sum | bit, 0n);

/** What @everyone may do in a new guild, here with MENTION_EVERYONE, so that a careless ping shows. */
export const EVERYONE = ALL & ~(Permission.administrator | Permission.manageMessages | Permission.manageThreads);

export const isThread = (channel: Channel): boolean =>
  channel.type === ChannelKind.publicThread || channel.type === ChannelKind.privateThread;

/** The bits that this user has in a channel; none for those who are not in the guild. */
export function permissionsOf(user: string, channel: Channel): bigint {
  const { guild } = channel;
  if (!guild) return channel.people.has(user) ? ALL : 0n;
  const base = guildPermissions(user, guild);
  if (base & Permission.administrator) return ALL;
  const member = guild.members.get(user);
  if (!member) return 0n;
  const { overwrites } = channel.parent ?? channel;
  if (overwrites.size === 0) return base;
  let bits = base;
  const everyone = overwrites.get(guild.id);
  if (everyone) bits = (bits & ~everyone.deny) | everyone.allow;
  let allow = 0n;
  let deny = 0n;
  for (const role of member.roles) {
    const overwrite = overwrites.get(role);
    if (!overwrite) continue;
    allow |= overwrite.allow;
    deny |= overwrite.deny;
  }
  bits = (bits & ~deny) | allow;
  const own = overwrites.get(user);
  if (own) bits = (bits & ~own.deny) | own.allow;
  return bits;
}

function guildPermissions(user: string, guild: Guild): bigint {
  const member = guild.members.get(user);
  if (!member) return 0n;
  if (guild.owner === user) return ALL;
  let bits = guild.roles.get(guild.id)?.permissions ?? 0n;
  for (const id of member.roles) bits |= guild.roles.get(id)?.permissions ?? 0n;
  return bits;
}

export const may = (user: string, channel: Channel, name: PermissionName): boolean =>
  (permissionsOf(user, channel) & Permission[name]) !== 0n;

/** Can this user see the channel? A private thread is seen by those in it, and by who manages threads. */
export function canSee(user: string, channel: Channel): boolean {
  const bits = permissionsOf(user, channel);
  if (!(bits & Permission.viewChannel)) return false;
  return (
    channel.type !== ChannelKind.privateThread || channel.people.has(user) || (bits & Permission.manageThreads) !== 0n
  );
}

/** @throws DiscordRefusal 50001 when the channel cannot be seen, 50013 when a permission is missing */
export function requirePermissions(user: string, channel: Channel, ...names: PermissionName[]): void {
  if (!canSee(user, channel)) throw missingAccess();
  for (const name of names) if (!may(user, channel, name)) throw missingPermissions();
}
