/** Lists for catching up: conversations.list, users.conversations, users.list, usergroups.list. Rules: the reference page of each. */
import type { Context, Method } from '../context.ts';
import { flag, requireScope, text } from '../context.ts';
import type { Args, Channel } from '../types.ts';
import { SlackRefusal } from '../types.ts';
import { wireChannel, wireUser, wireUserGroup } from '../wire.ts';

const TYPES: Record<string, { type: Channel['type']; scope: string }> = {
  public_channel: { type: 'channel', scope: 'channels:read' },
  private_channel: { type: 'group', scope: 'groups:read' },
  im: { type: 'im', scope: 'im:read' },
  mpim: { type: 'mpim', scope: 'mpim:read' },
};

/** One page of `items` by `limit` and `cursor`. */
function page<T>(args: Args, items: T[]): { items: T[]; response_metadata: { next_cursor: string } } {
  const limit = Number(text(args, 'limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 999) throw new SlackRefusal('invalid_limit');
  const cursor = text(args, 'cursor');
  const from = cursor ? Number(/^list:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1] ?? Number.NaN) : 0;
  if (Number.isNaN(from)) throw new SlackRefusal('invalid_cursor');
  const more = items.length > from + limit;
  const next = more ? Buffer.from(`list:${from + limit}`).toString('base64') : '';
  return { items: items.slice(from, from + limit), response_metadata: { next_cursor: next } };
}

function channels(context: Context, args: Args, memberOnly: boolean): Record<string, unknown> {
  const { ws, settings } = context;
  const wanted = (text(args, 'types') || 'public_channel').split(',').map((name) => {
    const type = TYPES[name.trim()];
    if (!type) throw new SlackRefusal('invalid_types');
    requireScope(settings, [type.scope]);
    return type.type;
  });
  const seen = [...ws.channels.values()].filter((channel) => {
    const member = channel.members.has(ws.ids.botUser);
    if (!wanted.includes(channel.type) || (flag(args, 'exclude_archived') && channel.archived)) return false;
    return member || (!memberOnly && channel.type === 'channel');
  });
  const { items, response_metadata } = page(args, seen);
  const wires = items.map((channel) => wireChannel(ws, channel));
  // "We omit the is_member and num_members fields in this method's response" (users.conversations).
  if (memberOnly) for (const wire of wires) delete wire.is_member;
  return { channels: wires, response_metadata };
}

export const listMethods: Record<string, Method> = {
  'conversations.list': { perMinute: 20, run: (context, args) => channels(context, args, false) },
  'users.conversations': { perMinute: 50, run: (context, args) => channels(context, args, true) },
  // No pages; disabled groups, counts and members only where they are asked for ("usergroups.list").
  'usergroups.list': {
    scope: ['usergroups:read'],
    perMinute: 20,
    run({ ws }, args) {
      const [disabled, count, users] = ['include_disabled', 'include_count', 'include_users'].map((name) =>
        flag(args, name),
      );
      const shown = [...ws.userGroups.values()].filter(({ date_delete }) => disabled || date_delete === 0);
      return { usergroups: shown.map((group) => wireUserGroup(ws, group, { count, users })) };
    },
  },
  'users.list': {
    scope: ['users:read'],
    perMinute: 20,
    run({ ws }, args) {
      const { items, response_metadata } = page(args, [...ws.users.values()]);
      return { members: items.map((user) => wireUser(ws, user)), response_metadata };
    },
  },
};
