/** The workspace: people, channels, messages, files, and the one clock that hands out timestamps. */
import type { Channel, ChannelType, Post, Session, Settings, SlackFile, Upload, User, UserGroup } from './types.ts';
import { SlackRefusal } from './types.ts';

export interface Ids {
  team: string;
  teamName: string;
  app: string;
  botUser: string;
  bot: string;
  botName: string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** An id as Slack makes them: a letter for the kind and ten of [A-Z0-9]. */
export function newId(kind: string): string {
  let id = kind;
  for (let i = 0; i < 10; i += 1) id += ALPHABET[Math.floor(Math.random() * 36)];
  return id;
}

export type Workspace = ReturnType<typeof createWorkspace>;

/** Builds an empty workspace with the app installed. */
export function createWorkspace(ids: Ids, settings: Settings, keepVersions: boolean) {
  const users = new Map<string, User>();
  const channels = new Map<string, Channel>();
  const userGroups = new Map<string, UserGroup>();
  const dms = new Map<string, Channel>();
  const files = new Map<string, SlackFile>();
  const sessions = new Map<string, Session>();
  /** Begun by files.getUploadURLExternal and not completed yet, by the file's id. */
  const uploads = new Map<string, { name: string; length: number; content: Buffer | undefined }>();
  const byClientMsgId = new Map<string, Post>();
  /** Where this Slack is reached, known once it listens. */
  const place = { origin: '' };
  let lastMicros = 0;

  /** "seconds.micros", unique in the workspace and ascending (Retrieving messages: `ts` is unique per channel). */
  function nextTs(): string {
    lastMicros = Math.max(lastMicros + 1, (Date.now() + settings.clockAheadMs) * 1000);
    const micros = lastMicros % 1_000_000;
    return `${Math.floor(lastMicros / 1_000_000)}.${String(micros).padStart(6, '0')}`;
  }

  function addUser(user: Partial<User> & { name: string }): User {
    const real = user.real_name ?? user.name[0]?.toUpperCase() + user.name.slice(1);
    const made: User = {
      id: newId('U'),
      real_name: real,
      display_name: user.name,
      tz: 'Europe/Berlin',
      is_bot: false,
      deleted: false,
      ...user,
    };
    users.set(made.id, made);
    return made;
  }

  function addUserGroup(handle: string, members: string[]): UserGroup {
    const made: UserGroup = { id: newId('S'), handle, users: new Set(members), date_delete: 0 };
    userGroups.set(made.id, made);
    return made;
  }

  function addChannel(channel: {
    name?: string;
    id?: string;
    type?: ChannelType;
    members?: string[];
    archived?: boolean;
    /** Is the bot in it? Default: true. */
    bot?: boolean;
  }): Channel {
    const type = channel.type ?? 'channel';
    const made: Channel = {
      id: channel.id ?? newId(type === 'im' ? 'D' : type === 'channel' ? 'C' : 'G'),
      name: channel.name ?? '',
      type,
      archived: channel.archived ?? false,
      members: new Set(channel.members ?? [...users.values()].filter((u) => !u.is_bot).map((u) => u.id)),
      timeline: [],
      byTs: new Map(),
    };
    if (channel.bot ?? true) made.members.add(ids.botUser);
    channels.set(made.id, made);
    return made;
  }

  /** The DM of the app with this person, opened when first asked for. */
  function dm(user: string): Channel {
    let found = dms.get(user);
    if (!found) {
      found = addChannel({ type: 'im', members: [user] });
      dms.set(user, found);
    }
    return found;
  }

  /** A channel by id, name or `#name`; undefined when there is none. */
  function findChannel(idOrName: string): Channel | undefined {
    const byId = channels.get(idOrName);
    if (byId) return byId;
    const name = idOrName.replace(/^#/, '');
    for (const channel of channels.values()) if (channel.name === name && name !== '') return channel;
    return undefined;
  }

  /** What the API resolves `channel` to: ids, a user id for the DM, not names of private channels the bot is not in. */
  function channelFor(id: unknown, missing = 'channel_not_found'): Channel {
    if (typeof id !== 'string' || id === '') throw new SlackRefusal(missing, missingField('channel'));
    const found = channels.get(id) ?? (users.get(id) && id !== ids.botUser ? dm(id) : undefined);
    if (!found) throw new SlackRefusal('channel_not_found');
    // A private place that the bot is not in does not exist for it (conversations.info, errors).
    if (found.type !== 'channel' && !found.members.has(ids.botUser)) throw new SlackRefusal('channel_not_found');
    return found;
  }

  function post(fields: Partial<Post> & { channel: Channel; user: string }): Post {
    const made: Post = {
      ts: nextTs(),
      text: '',
      markdown: false,
      blocks: undefined,
      subtype: undefined,
      thread_ts: undefined,
      parent_user_id: undefined,
      broadcast: false,
      bot: false,
      client_msg_id: undefined,
      edited: undefined,
      metadata: undefined,
      files: undefined,
      reactions: undefined,
      stream: undefined,
      textAboveBlocks: false,
      deleted: false,
      replies: undefined,
      postedAt: Date.now(),
      wire: undefined,
      versions: keepVersions ? [] : undefined,
      ...fields,
    };
    const { channel } = made;
    channel.byTs.set(made.ts, made);
    if (made.thread_ts === undefined) channel.timeline.push(made);
    else {
      const root = channel.byTs.get(made.thread_ts);
      if (!root) throw new Error(`no thread ${made.thread_ts} in ${channel.id}`);
      root.replies ??= [];
      root.replies.push(made);
      made.parent_user_id = root.user;
      if (made.broadcast) channel.timeline.push(made);
    }
    return made;
  }

  /** The root that `thread_ts` names. Slack advises against a reply's ts here; the double refuses it. */
  function threadRoot(channel: Channel, ts: string): Post {
    const root = channel.byTs.get(ts);
    if (!root || (root.deleted && !root.replies?.length)) throw new SlackRefusal('thread_not_found');
    if (root.thread_ts !== undefined) throw new SlackRefusal('cannot_reply_to_message');
    return root;
  }

  function addFile(upload: Upload, user: string, channel: string): SlackFile {
    const file: SlackFile = {
      id: newId('F'),
      name: upload.name,
      mimetype: upload.mimetype,
      user,
      created: Math.floor(Date.now() / 1000),
      content: Buffer.from(upload.content),
      access: upload.access ?? 'visible',
      channels: new Set([channel]),
    };
    files.set(file.id, file);
    return file;
  }

  /** Closes a stream that nobody appended to for too long; true while it is open. */
  function isStreaming(post: Post): boolean {
    const stream = post.stream;
    if (stream?.state !== 'in_progress') return false;
    if (Date.now() - stream.touchedAt >= settings.streamIdleMs) stream.state = 'expired';
    return stream.state === 'in_progress';
  }

  const sessionKey = (channel: string, thread: string) => `${channel}:${thread}`;

  users.set(ids.botUser, {
    id: ids.botUser,
    name: ids.botName,
    real_name: ids.botName,
    display_name: ids.botName,
    tz: 'America/Los_Angeles',
    is_bot: true,
    deleted: false,
  });

  return {
    ids,
    place,
    users,
    channels,
    userGroups,
    files,
    sessions,
    uploads,
    byClientMsgId,
    nextTs,
    addUser,
    addChannel,
    addUserGroup,
    dm,
    findChannel,
    channelFor,
    post,
    threadRoot,
    addFile,
    isStreaming,
    sessionKey,
  };
}

/** The `response_metadata` that Slack adds to `invalid_arguments`. */
export function missingField(field: string): Record<string, unknown> {
  return { response_metadata: { messages: [`[ERROR] missing required field: ${field}`] } };
}
