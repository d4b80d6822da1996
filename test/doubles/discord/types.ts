/** The words of the Discord double: what it keeps, and what a test reads. */

export interface User {
  id: string;
  username: string;
  global_name: string | null;
  bot: boolean;
  /** `closed`: takes no DMs (50007). */
  dms: 'open' | 'closed';
}

export interface Role {
  id: string;
  name: string;
  permissions: bigint;
  /** The app's bot whose own role it is (Permissions: role tags); people mention it like any other. */
  bot?: string;
}

export interface Member {
  user: string;
  nick: string | null;
  roles: string[];
  joined_at: string;
}

export interface Guild {
  id: string;
  name: string;
  owner: string;
  roles: Map<string, Role>;
  members: Map<string, Member>;
}

export interface Overwrite {
  id: string;
  /** 0: role, 1: member */
  type: 0 | 1;
  allow: bigint;
  deny: bigint;
}

/** Channel types (Channel: channel types) that the double knows. */
export const ChannelKind = {
  text: 0,
  dm: 1,
  groupDm: 3,
  publicThread: 11,
  privateThread: 12,
  forum: 15,
} as const;
export type ChannelKind = (typeof ChannelKind)[keyof typeof ChannelKind];

export interface Channel {
  id: string;
  type: ChannelKind;
  /** Empty for a DM. */
  name: string;
  guild: Guild | undefined;
  /** The channel that a thread hangs under. */
  parent: Channel | undefined;
  /** Of a forum: its newest post, which is told as its last message. */
  newestPost?: string;
  /** Who is in a DM, a group DM or a thread. */
  people: Set<string>;
  overwrites: Map<string, Overwrite>;
  /** Oldest first. */
  posts: Post[];
  byId: Map<string, Post>;
  /** Seconds that a person waits between two messages. */
  slowmode: number;
  owner: string | undefined;
  archived: boolean;
  locked: boolean;
  /** Minutes without activity after which a thread is archived. */
  autoArchive: number;
  createdAt: number;
}

export type Component = { type: number; [field: string]: unknown };
export type Embed = Record<string, unknown>;

export interface Attachment {
  id: string;
  filename: string;
  content_type: string | undefined;
  description: string | undefined;
  content: Buffer;
}

/** A file that a person attaches. */
export interface Upload {
  name: string;
  mimetype?: string;
  content: string | Uint8Array;
}

export interface Reaction {
  emoji: { id: string | null; name: string };
  users: Set<string>;
}

export interface MessageReference {
  message_id: string;
  channel_id: string;
  guild_id: string | undefined;
}

/** Parts of a message that no app can send here (pages "Message", "Poll"). */
export interface Shows {
  poll?: object;
  sticker_items?: object[];
  /** A forward has these, and `message_reference` of type 1. */
  message_snapshots?: object[];
  message_reference?: object;
  webhook_id?: string;
}

/** A message as Discord keeps it. */
export interface Post {
  id: string;
  channel: Channel;
  author: string;
  /** 0 default, 18 thread created, 19 reply, 20 slash command, 21 thread starter, 23 context menu command */
  type: number;
  content: string;
  embeds: Embed[];
  components: Component[];
  files: Attachment[];
  flags: number;
  nonce: string | number | undefined;
  reference: MessageReference | undefined;
  mentions: string[];
  mention_roles: string[];
  mention_everyone: boolean;
  /** Who was notified when it was posted; see Visible. */
  pings: string[];
  editedAt: number | undefined;
  reactions: Map<string, Reaction>;
  thread: Channel | undefined;
  deleted: boolean;
  interaction: Interaction | undefined;
  /** What people's clients and webhooks send and apps only read; as on the wire. */
  shows: Shows;
  versions: Version[] | undefined;
}

export interface Version {
  text: string;
  components: Component[];
  /** ms since the epoch */
  at: number;
}

/** What somebody looking at the channel sees. */
export interface Visible {
  id: string;
  channel: string;
  author: string;
  type: number;
  /** Empty while a deferred answer is still awaited, and when deleted. */
  text: string;
  versions: Version[];
  attachments: { id: string; name: string; content_type: string | undefined; content: Buffer; text: string }[];
  components: Component[];
  embeds: Embed[];
  /** Who was notified: user ids, role ids, `@everyone`, `@here`. Silent messages notify all the same, without a sound. */
  pings: string[];
  /** The message that it answers. */
  reply_to: string | undefined;
  edited: boolean;
  deleted: boolean;
  flags: number;
  /** "… is thinking" */
  loading: boolean;
  ephemeral: boolean;
  /** Links show no preview. */
  embedsSuppressed: boolean;
  /** `👍` or `name:id`, with the users who reacted. */
  reactions: Record<string, string[]>;
  /** The id of the thread that hangs on it. */
  thread: string | undefined;
}

/** One request to the API. */
export interface Call {
  /** `POST /channels/:channel/messages`; `cdn` for the download of an attachment. */
  route: string;
  path: string;
  params: Record<string, string>;
  query: Record<string, string>;
  /** The JSON body, or `payload_json` of a form. */
  body: Body;
  /** Names of the files of a form. */
  files: string[];
  /** ms since the epoch */
  at: number;
  /** 0: no answer was given. */
  status: number;
  ok: boolean;
  /** Discord's error code. */
  code: number | undefined;
  response: unknown;
}

export type Body = Record<string, unknown>;

/** What an application command was used on, by whom, and what came of it. */
export interface Interaction {
  id: string;
  token: string;
  /** 2 application command, 3 message component */
  type: 2 | 3;
  user: string;
  channel: Channel;
  createdAt: number;
  /** Type of the callback, when it came. */
  callback: number | undefined;
  answeredAt: number | undefined;
  ephemeral: boolean;
  /** The `@original` message. */
  original: Post | undefined;
  /** Every message of the app by this interaction. */
  posts: Post[];
  followUps: number;
  /** authorizing_integration_owners: `0` guild install, `1` user install. */
  owners: Record<string, string>;
  name: string;
  /** It came from a message menu. */
  menu: boolean;
  /** The message of a button, or the one that a menu was opened on. */
  target: Post | undefined;
}

/** What a route ends with when it refuses: HTTP status, JSON error code, and the tree of field errors for 50035. */
export class DiscordRefusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: object | undefined;
  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}
