/** Who is mentioned in a message, and who of them is notified (Message: allowed mentions object). */
import { may } from './permissions.ts';
import type { Problems } from './refusals.ts';
import type { Channel, Post } from './types.ts';

const CODE = /```[\s\S]*?```|``[^\n]*?``|`[^`\n]*`/g;
const MENTION = /<@!?(\d+)>|<@&(\d+)>|@(everyone|here)/g;

export interface AllowedMentions {
  parse?: ('users' | 'roles' | 'everyone')[];
  users?: string[];
  roles?: string[];
  replied_user?: boolean;
}

export interface Mentioned {
  mentions: string[];
  mention_roles: string[];
  mention_everyone: boolean;
  pings: string[];
}

/** Everything that the text mentions outside of code. */
function named(content: string): { users: string[]; roles: string[]; everyone: string[] } {
  const users = new Set<string>();
  const roles = new Set<string>();
  const everyone = new Set<string>();
  if (content.includes('@')) {
    for (const [, user, role, all] of content.replace(CODE, '').matchAll(MENTION)) {
      if (user) users.add(user);
      else if (role) roles.add(role);
      else if (all) everyone.add(`@${all}`);
    }
  }
  return { users: [...users], roles: [...roles], everyone: [...everyone] };
}

/** Checks `allowed_mentions` (Message: allowed mentions; lists and `parse` of the same kind exclude each other). */
export function checkAllowedMentions(problems: Problems, value: unknown): void {
  if (value === undefined || value === null) return;
  const allowed = value as AllowedMentions;
  for (const [i, kind] of (allowed.parse ?? []).entries())
    if (!['users', 'roles', 'everyone'].includes(kind))
      problems.add(
        ['allowed_mentions', 'parse', i],
        'BASE_TYPE_CHOICES',
        "Value must be one of ('users', 'roles', 'everyone').",
      );
  for (const kind of ['users', 'roles'] as const) {
    const list = allowed[kind] ?? [];
    if (list.length > 100)
      problems.add(['allowed_mentions', kind], 'BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.');
    if (list.length > 0 && allowed.parse?.includes(kind))
      problems.add(
        ['allowed_mentions'],
        'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
        `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
      );
  }
}

/** What the message mentions and who hears of it. Without `allowed` everything counts. */
export function mentionsOf(
  content: string,
  channel: Channel,
  author: string,
  answered: Post | undefined,
  allowed?: AllowedMentions,
): Mentioned {
  const found = named(content);
  const people = (id: string) => (channel.guild ? channel.guild.members.has(id) : channel.people.has(id));
  const allows = (kind: 'users' | 'roles', id: string) =>
    !allowed || (allowed.parse?.includes(kind) ?? false) || (allowed[kind]?.includes(id) ?? false);
  const users = found.users.filter((id) => people(id) && allows('users', id));
  const roles = found.roles.filter((id) => channel.guild?.roles.has(id) && allows('roles', id));
  const everyone =
    channel.guild && may(author, channel, 'mentionEveryone') && (!allowed || allowed.parse?.includes('everyone'))
      ? found.everyone
      : [];
  const replied = answered && (allowed ? (allowed.replied_user ?? false) : true) ? [answered.author] : [];
  const mentions = [...new Set([...users, ...replied])];
  return {
    mentions,
    mention_roles: roles,
    mention_everyone: everyone.length > 0,
    pings: [...everyone, ...roles, ...mentions].filter((id) => id !== author),
  };
}
