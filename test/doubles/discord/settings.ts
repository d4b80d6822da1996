/** What the Discord double is started with, and the switches of a running one. */

/** Switches that a test may turn at any time. Times in ms. */
export interface Settings {
  /** Rate limits; see limits.ts. */
  limits: 'on' | 'off';
  /** Privileged intents that are switched on in the developer portal. */
  privileged: ('message_content' | 'guild_members' | 'presence')[];
  heartbeatMs: number;
  /** How long a session without a connection can be resumed. */
  sessionTtlMs: number;
  /** How many shards the gateway asks for. */
  shards: number;
  /** `session_start_limit.max_concurrency`. */
  maxConcurrency: number;
  /** How long an interaction waits for its first answer (Receiving and responding: 3 s). */
  interactionTimeoutMs: number;
  /** How long an interaction's token is good (Receiving and responding: 15 minutes). */
  interactionTokenMs: number;
  /** How long `enforce_nonce` remembers ("the past few minutes"). */
  nonceMs: number;
  /** How long an attachment's link is good. */
  attachmentUrlMs: number;
  /** Most bytes of one file; 10 MiB for apps. */
  maxFileBytes: number;
  /** Edits draw on the messages' bucket, or on their own. */
  editBucket: 'shared' | 'own';
  /** The token was reset: everything answers 401. */
  revoked: boolean;
}

export interface DiscordDoubleOptions extends Partial<Settings> {
  botName?: string;
  guildName?: string;
  /** Keep calls and versions of messages; `false` for the bench. Default: true. */
  keepLog?: boolean;
  /** Most calls that `calls` keeps; older ones go. Default: 10,000. */
  maxLog?: number;
  port?: number;
}
