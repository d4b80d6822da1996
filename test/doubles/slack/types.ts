/** The words of the Slack double: what it is started with, what it keeps, and what a test reads. */

export interface User {
  id: string;
  name: string;
  real_name: string;
  display_name: string;
  tz: string;
  is_bot: boolean;
  deleted: boolean;
}

export interface UserGroup {
  id: string;
  handle: string;
  users: Set<string>;
  /** When it was disabled (seconds since the epoch); 0: it is in use. */
  date_delete: number;
}

export type ChannelType = 'channel' | 'group' | 'im' | 'mpim';

export interface Channel {
  id: string;
  /** Empty for a DM. */
  name: string;
  type: ChannelType;
  archived: boolean;
  members: Set<string>;
  /** Messages of the main view, oldest first (thread replies hang under their root). */
  timeline: Post[];
  byTs: Map<string, Post>;
}

export type Block = { type: string; block_id?: string; [field: string]: unknown };
export interface Metadata {
  event_type?: string;
  event_payload?: object;
}

/** in_progress: appends are taken; stopped: by chat.stopStream; expired: idle too long; stopped_by_user: the stop button. */
export interface Stream {
  state: 'in_progress' | 'stopped' | 'expired' | 'stopped_by_user';
  mode: 'markdown_text' | 'chunks' | undefined;
  touchedAt: number;
  /** chat.update has put other text and blocks in its place. */
  replaced?: boolean;
}

/** A message as the workspace keeps it. */
export interface Post {
  ts: string;
  channel: Channel;
  user: string;
  /** mrkdwn, or Markdown when `markdown` is true. */
  text: string;
  markdown: boolean;
  blocks: Block[] | undefined;
  subtype: string | undefined;
  thread_ts: string | undefined;
  parent_user_id: string | undefined;
  broadcast: boolean;
  bot: boolean;
  client_msg_id: string | undefined;
  edited: { user: string; ts: string } | undefined;
  metadata: Metadata | undefined;
  files: SlackFile[] | undefined;
  reactions: Map<string, Set<string>> | undefined;
  stream: Stream | undefined;
  /** A stream shows its text with the blocks of stopStream below; other messages show either. */
  textAboveBlocks: boolean;
  deleted: boolean;
  replies: Post[] | undefined;
  postedAt: number;
  /** Fields that take the place of the usual ones wherever the message is sent; undefined: left out. */
  wire: Record<string, unknown> | undefined;
  versions: Version[] | undefined;
}

export interface Version {
  text: string;
  blocks: Block[] | undefined;
  /** ms since the epoch */
  at: number;
}

export interface SlackFile {
  id: string;
  name: string;
  mimetype: string;
  user: string;
  created: number;
  content: Buffer;
  /** `check_file_info`: the event carries the id only, as for files from another organisation (Slack Connect). */
  access: 'visible' | 'check_file_info';
  channels: Set<string>;
}

/** A file that a person attaches. */
export interface Upload {
  name: string;
  mimetype: string;
  content: string | Uint8Array;
  access?: 'visible' | 'check_file_info';
}

/** What somebody looking at the channel sees. */
export interface Visible {
  ts: string;
  thread_ts: string | undefined;
  user: string;
  /** What is shown: the blocks' text if there are blocks, else the text (mrkdwn, or Markdown for streams and markdown_text). */
  text: string;
  /** The text of notifications when blocks are shown; otherwise the same as `text`. */
  fallback: string;
  blocks: Block[] | undefined;
  edited: boolean;
  streaming: boolean;
  /** How a stream ended; undefined for messages that were never streamed. */
  stream: Stream['state'] | undefined;
  deleted: boolean;
  broadcast: boolean;
  metadata: Metadata | undefined;
  files: string[];
  reactions: string[];
  /** Who would be notified by name: `@here`, `@channel`, `@everyone`, `U…`, `S…` (user groups). */
  pings: string[];
}

export interface Ephemeral {
  ts: string;
  channel: string;
  user: string;
  thread_ts: string | undefined;
  text: string;
  blocks: Block[] | undefined;
}

export interface Call {
  method: string;
  args: Args;
  /** ms since the epoch */
  at: number;
  status: number;
  ok: boolean;
  error: string | undefined;
  response: Reply | undefined;
}

/** Arguments as they came: strings from a form, JSON values from a JSON body. */
export type Args = Record<string, unknown>;
export type Reply = { ok: boolean; error?: string; [field: string]: unknown };

/** How the app took an event. */
export interface Delivered {
  acked: boolean;
  attempts: number;
  eventId: string;
  /** `not_delivered`: the app did not subscribe to this event or is not in the channel, so Slack never sends it. */
  outcome: 'acked' | 'given_up' | 'not_delivered' | 'closed';
  /** The payload of the acknowledgement, for commands and buttons. */
  body: unknown;
}

export interface Session {
  channel: string;
  thread_ts: string;
  status: string;
  title: string | undefined;
  /** Each status in the order set. */
  history: string[];
}

/** Switches that a test may turn at any time. Times in ms. */
export interface Settings {
  /** Rate limits by tier; see limits.ts. */
  limits: 'on' | 'off';
  /** The app hears its own writes as events. */
  echo: boolean;
  /** `chat.postMessage` with a known `client_msg_id` returns the first message. No document promises it to bots. */
  honoursClientMsgId: boolean;
  /** How long Slack waits for an acknowledgement. */
  ackTimeoutMs: number;
  /** Pauses before the redeliveries. */
  retryDelaysMs: number[];
  /** How long an event is on its way, ms; asked for each attempt. */
  eventDelayMs: () => number;
  /** A stream without an append for so long is closed. */
  streamIdleMs: number;
  /** Undefined: messages can be edited for ever. */
  editWindowMs: number | undefined;
  mentionOrder: 'app_mention_first' | 'message_first';
  /** Allows chat.startStream without `thread_ts` in channels, which the newest reference allows and older ones refuse. */
  topLevelStreams: boolean;
  /** `agent`: agent_view, `assistant`: assistant_view, `plain`: neither is in the manifest. */
  surface: 'agent' | 'assistant' | 'plain';
  scopes: string[];
  /** Event subscriptions, by the names of the app's settings page (`message.im`, `app_mention`, …). */
  events: Set<string>;
  /** The bot token was revoked. */
  revoked: boolean;
  /** `commercial`: conversations.history/replies give 15 messages at most, once a minute (with `limits: 'on'`). */
  historyTier: 'internal' | 'commercial';
  /** Server pings on each socket, ms; 0: none. */
  pingEveryMs: number;
  /** Connections of the same app that another installation keeps. */
  otherConnections: number;
  /** How far Slack's clock is ahead of ours, ms; negative: messages are written in the past. */
  clockAheadMs: number;
}

export interface SlackDoubleOptions extends Partial<Omit<Settings, 'events' | 'scopes'>> {
  scopes?: string[];
  events?: string[];
  botToken?: string;
  appToken?: string;
  signingSecret?: string;
  botName?: string;
  teamName?: string;
  /** Keep calls and versions of messages; `false` for the bench. Default: true. */
  keepLog?: boolean;
  /** Most calls that `calls` keeps; older ones go. Default: 10,000. */
  maxLog?: number;
  port?: number;
}

/** What a Web API method ends with when it refuses. */
export class SlackRefusal extends Error {
  readonly code: string;
  readonly extra: Record<string, unknown>;
  constructor(code: string, extra: Record<string, unknown> = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}
