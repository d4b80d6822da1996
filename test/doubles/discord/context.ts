/** What every route gets, and the helpers with which they find their channel and message. */
import type { Events } from './events.ts';
import type { Gateway } from './gateway.ts';
import { canSee } from './permissions.ts';
import { missingAccess, unknownChannel, unknownMessage } from './refusals.ts';
import type { Settings } from './settings.ts';
import type { Body, Channel, Post } from './types.ts';
import type { Watch } from './watch.ts';
import type { Workspace } from './workspace.ts';

export interface Context {
  ws: Workspace;
  settings: Settings;
  events: Events;
  watch: Watch;
  gateway: Gateway;
  /** Messages by author and nonce, for `enforce_nonce`. */
  nonces: Map<string, { post: Post; at: number }>;
  /** Registered commands, by guild id, or '' for the global ones. */
  commands: Map<string, CommandDefinition[]>;
  /** Users and channels whom "… is typing" was shown, in order. */
  typing: { channel: string; at: number }[];
}

/** An application command as Discord keeps it (Application Commands: application command structure). */
export interface CommandDefinition {
  id: string;
  version: string;
  guild_id?: string;
  type: 1 | 2 | 3;
  name: string;
  description: string;
  options?: CommandOption[];
  contexts: number[] | null;
  integration_types: number[];
  [field: string]: unknown;
}

export interface CommandOption {
  type: number;
  name: string;
  description: string;
  required?: boolean;
  choices?: { name: string; value: string | number }[];
  options?: CommandOption[];
  min_length?: number;
  max_length?: number;
}

/** A request on its way to a route. */
export interface Request {
  params: Record<string, string>;
  query: Record<string, string>;
  body: Body;
  files: FormFile[];
}

/** A file of a form; `n` is the number in `files[n]`. */
export interface FormFile {
  n: number;
  name: string;
  type: string;
  content: Buffer;
}

export interface Answer {
  status: number;
  body?: unknown;
}

/** One route: what it does, and whether it goes without the bot's token. Throws DiscordRefusal. */
export interface Route {
  open?: boolean;
  run(context: Context, request: Request): Answer;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const nothing: Answer = { status: 204 };

/** A path's parameter. */
export function param(request: Request, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}

/** The channel of the path, seen by the bot. @throws DiscordRefusal 10003, 50001 */
export function channelOf(context: Context, request: Request, name = 'channel'): Channel {
  const { ws } = context;
  const channel = ws.channels.get(param(request, name));
  if (!channel) throw unknownChannel();
  if (!canSee(ws.bot.id, channel)) throw missingAccess();
  return channel;
}

/** A message of the channel that is still there. @throws DiscordRefusal 10008 */
export function postOf(channel: Channel, id: string): Post {
  const post = channel.byId.get(id);
  if (!post || post.deleted) throw unknownMessage();
  return post;
}
