/** What every Web API method gets, and the helpers with which they read arguments. */
import type { Events } from './events.ts';
import type { SocketMode } from './socket.ts';
import type { Args, Channel, Post, Settings } from './types.ts';
import { SlackRefusal } from './types.ts';
import type { Watch } from './watch.ts';
import { missingField, type Workspace } from './workspace.ts';

export interface Context {
  ws: Workspace;
  settings: Settings;
  events: Events;
  watch: Watch;
  socket: SocketMode;
  /** Suggested prompts by `channel` (agent) or `channel:thread` (assistant). */
  prompts: Map<string, { title: string | undefined; prompts: { title: string; message: string }[] }>;
  /** assistant.threads.setStatus and setTitle by `channel:thread`. */
  threadStatus: Map<string, string>;
  threadTitle: Map<string, string>;
  homes: Map<string, object>;
}

/** One Web API method: the scope it needs, its limit a minute, and what it does. Throws SlackRefusal. */
export interface Method {
  /** Scopes of which one is enough; methods whose scope depends on the channel ask for it themselves. */
  scope?: string[];
  perMinute: number;
  token?: 'bot' | 'app';
  run(context: Context, args: Args): Record<string, unknown>;
}

export const text = (args: Args, name: string): string | undefined => {
  const value = args[name];
  return value === undefined || value === null ? undefined : typeof value === 'string' ? value : String(value);
};

/** A required argument. @throws SlackRefusal `invalid_arguments` */
export function need(args: Args, name: string): string {
  const value = text(args, name);
  if (value === undefined || value === '') throw new SlackRefusal('invalid_arguments', missingField(name));
  return value;
}

export const flag = (args: Args, name: string): boolean =>
  args[name] === true || args[name] === 'true' || args[name] === '1';

/** A JSON argument: text in a form, the value itself in a JSON body. @throws SlackRefusal `code` */
export function json(args: Args, name: string, code: string): unknown {
  const value = args[name];
  if (typeof value !== 'string' || value === '') return value === '' ? undefined : value;
  try {
    return JSON.parse(value);
  } catch {
    throw new SlackRefusal(code); // not JSON: that is the answer
  }
}

/** The channel, writable by the bot. @throws SlackRefusal `not_in_channel`, `is_archived`, `channel_not_found` */
export function writable(context: Context, id: unknown): Channel {
  const { ws, settings } = context;
  const channel = ws.channelFor(id, 'invalid_arguments');
  if (channel.archived) throw new SlackRefusal('is_archived');
  const publicPost = channel.type === 'channel' && settings.scopes.includes('chat:write.public');
  if (!channel.members.has(ws.ids.botUser) && !publicPost) throw new SlackRefusal('not_in_channel');
  return channel;
}

/** Refuses when a scope that depends on the channel's type is missing. */
export function requireScope(settings: Settings, needed: string[]): void {
  if (needed.some((scope) => settings.scopes.includes(scope))) return;
  throw new SlackRefusal('missing_scope', { needed: needed.join(','), provided: settings.scopes.join(',') });
}

/** A message of this channel that is still there. */
export function existing(channel: Channel, ts: string): Post {
  const post = channel.byTs.get(ts);
  if (!post || post.deleted) throw new SlackRefusal('message_not_found');
  return post;
}
