/** What people write in Discord, as the model should read it: Discord's own notation undone. */

/** Names of people, roles and channels, where they are known; without one its id is shown. */
export interface DiscordNames {
  /** Name of a person as the place shows it. */
  user?(id: string): string | undefined;
  /** Name of a role, without `@`. */
  role?(id: string): string | undefined;
  /** Name of a channel or thread, without `#`. */
  channel?(id: string): string | undefined;
}

/** discord.com/developers "Reference", section "Message Formatting". In code Discord reads none of it. */
const CODE = '```[\\s\\S]*?```|``[^\\n]*?``|`[^`\\n]+`';
const TOKEN = new RegExp(
  `${CODE}|<@!?(?<user>\\d{1,20})>|<@&(?<role>\\d{1,20})>|<#(?<channel>\\d{1,20})>|<a?:(?<emoji>\\w{1,32}):\\d{1,20}>|<t:(?<time>-?\\d{1,13})(?::(?<style>[tTdDfFR]))?>|</(?<command>[^<>:\\n]{1,100}):\\d{1,20}>`,
  'gu',
);

/**
 * A message's `content` as Markdown-ish text: `<@1>` and `<@!1>` → `@Ada`, `<@&1>` → `@role`, `<#1>` → `#channel`,
 * `<:wave:1>` → `:wave:`, `<t:0:R>` → `1970-01-01 00:00 UTC`, `</ask:1>` → `/ask`. Code stays as it is. Never throws.
 */
export function readDiscord(text: string, names: DiscordNames = {}): string {
  if (!text.includes('<')) return text;
  return text.replace(TOKEN, (token, ...rest) => {
    const { user, role, channel, emoji, time, style, command } = rest.at(-1) as Record<string, string | undefined>;
    if (user) return `@${names.user?.(user) || user}`;
    if (role) return `@${names.role?.(role) || role}`;
    if (channel) return `#${names.channel?.(channel) || channel}`;
    if (emoji) return `:${emoji}:`;
    if (command) return `/${command}`;
    return time ? readTime(time, style) || token : token;
  });
}

/** Only mentions of people and roles are replaced. Code stays as it is. */
export function nameCalls(text: string, names: Required<Pick<DiscordNames, 'user' | 'role'>>): string {
  return text.replace(TOKEN, (token, ...rest) => {
    const { user, role } = rest.at(-1) as Record<string, string | undefined>;
    if (user) return `@${names.user(user)}`;
    return role ? `@${names.role(role)}` : token;
  });
}

/** Ids of whom and what a message's `content` names, each once, in order. */
export function mentionedIn(text: string): { users: string[]; roles: string[]; channels: string[] } {
  const found = { users: new Set<string>(), roles: new Set<string>(), channels: new Set<string>() };
  for (const { groups } of text.matchAll(TOKEN)) {
    if (groups?.user) found.users.add(groups.user);
    if (groups?.role) found.roles.add(groups.role);
    if (groups?.channel) found.channels.add(groups.channel);
  }
  return { users: [...found.users], roles: [...found.roles], channels: [...found.channels] };
}

/** Seconds since the epoch as a date; empty when they are out of range. */
function readTime(seconds: string, style: string | undefined): string {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const [day, time = ''] = date.toISOString().split('T');
  if (style === 'd' || style === 'D') return day as string;
  return `${day} ${time.slice(0, style === 'T' ? 8 : 5)} UTC`;
}
