/**
 * What Chasqui asks of a platform. An adapter is two halves: a receiver (long-lived, turns events into inbound
 * messages) and a sender (stateless, posts and edits; any process can build one). Nothing outside the adapter's own
 * folder knows its platform's name.
 */
import type { FastifyInstance } from 'fastify';
import type { Json } from './json.ts';
import type { Logger } from '../log/logger.ts';

/** Where a reply goes. `platform` and `conversation` are ours; `route` is the adapter's own, opaque to everyone else. */
export interface Address {
  platform: string;
  /** `<platform>:<…>`: names one line of talk with one history. Stable for the same place, at most 200 characters. */
  conversation: string;
  route: { [name: string]: Json };
}

/** A file that came with a message. Only the reference is kept; a sender downloads the bytes when they are needed. */
export interface AttachmentRef {
  id: string;
  name: string;
  mediaType: string;
  /** Bytes, where the platform tells. */
  size?: number;
  /** What the adapter's `download` needs: an address or an id. Never a secret. */
  ref: string;
}

export interface Author {
  /** The platform's id of the person. */
  id: string;
  /** Display name, where it is known already; `enrich` fills it in otherwise. */
  name?: string;
  bot?: boolean;
}

/** One message in the normal form that every platform is turned into. Stored in Redis, hence `v`. */
export interface InboundMessage {
  v: 1;
  /** Identity of the message in its conversation, the same for every redelivery and for twin events. */
  id: string;
  author: Author;
  /** What the person wrote, as Markdown-ish text. The platform's own notation (ids of people, escapes) is resolved by `enrich`. */
  text: string;
  attachments: AttachmentRef[];
  /** Milliseconds since the epoch: when the person sent it, by the platform's clock. */
  sentAt: number;
  /** False where the platform does not tell when: `sentAt` is then this machine's time. */
  timed?: false;
  /** How long it took from its sending to us, in ms, where that was long: set by ingest. */
  lateMs?: number;
  to: Address;
  /** What shares the assistant fairly with others: a Slack workspace, a Discord guild. Absent: the person. */
  workspace?: string;
  /** Nobody vouches for the author: the network that it came from, unreadable. Fair shares count by it, not by the person. */
  network?: string;
  /** What is kept of the conversation goes this long after its newest message (ms), where that is less than is configured. */
  keepMs?: number;
  /** The place that several people write in, a channel or a group, over all its conversations. Absent: between two. */
  channel?: string;
  /** W3C's `traceparent`, where traces are made: set by ingest, read by the worker. */
  trace?: string;
  /** `retry` asks for the last turn again; its text is empty. */
  kind?: 'message' | 'retry';
}

/** Under which condition a message is for us; judged in the same Redis call that stores it. */
export type Needs =
  /** It speaks to us: a direct message, a mention, a command. */
  | 'nothing'
  /** Only if we take part in the conversation already. */
  | 'joined'
  /** Only if we take part, and nobody but this author has written in it. */
  | 'joined-alone';

export type IngestResult = 'accepted' | 'duplicate' | 'ignored';

/** What a receiver hands its events to. When a call resolves, the message is in Redis and the platform may be told. */
export interface Ingest {
  /** @throws when Redis cannot take it: do not acknowledge, so that the platform delivers again. */
  message(message: InboundMessage, needs?: Needs): Promise<IngestResult>;
  /** An edit (`text`) or a deletion (`null`) of a message. True if it still waited, and so is honoured. */
  amend(conversation: string, messageId: string, text: string | null): Promise<boolean>;
  /** Someone pressed stop: the running answer of this conversation ends where it is. True if one was running. */
  stop(conversation: string): Promise<boolean>;
  /** Runs a command (`help`, `about`, `model`, `reset`) at once, outside the queue; returns Markdown. */
  command(to: Address, command: { name: string; argument: string }): Promise<string>;
  /**
   * A person's judgement of an answer (`message` is the posted message's id). With `reason`, from a short list of the
   * platform's own, it only adds why to a judgement that was told before.
   */
  feedback(
    to: Address,
    feedback: {
      message: string;
      author: string;
      value: 'good' | 'bad' | 'none';
      reason?: string;
      /** What this person thought of it before, where the adapter knows: counted once, as it is now. */
      before?: 'good' | 'bad' | 'none';
    },
  ): Promise<void>;
  /**
   * The platform accepted a reply and reported later that it did not arrive.
   * @param failure.key the draft's key; `code` and `message` are the platform's
   * @throws when Redis cannot take it: do not acknowledge, so that the platform reports again
   */
  undelivered(to: Address, failure: { key: string; code: string; message: string }): Promise<void>;
}

/** What the receiver's process lends it. */
export interface ReceiverHost {
  ingest: Ingest;
  /** The process's one HTTP server; routes are registered while the receiver is built, before the server listens. */
  http: FastifyInstance;
}

export interface Receiver {
  /** Resolves when events can arrive. Retries a platform that is away by itself; rejects only for good (a bad token). */
  start(): Promise<void>;
  /** Stops taking events, waits for the ones in hand, closes. */
  stop(): Promise<void>;
  /** For `/readyz`, `/metrics` and the banner. `state`: one of a few fixed words, where there is more than on and off. */
  status(): { connected: boolean; detail: string; state?: string };
  /** Asks the platform for what was missed since this time (ms) and ingests it; leave out if the platform cannot tell. */
  catchUp?(since: number): Promise<number>;
}

export interface Capabilities {
  /** native: the platform appends to a running message; edit: by edits; none: whole answers only. */
  streaming: 'native' | 'edit' | 'none';
  /** The least time between two `update`s of one draft, in ms. */
  updateEveryMs: number;
  /** How long to wait for more text before the first `update`, in ms: a short answer is then posted in one call. */
  firstUpdateAfterMs: number;
  /** A posted message can be found again by its draft's key after a crash. */
  idempotent: boolean;
  attachments: boolean;
  feedback: boolean;
}

/** A reply in the making. Plain data: saved in the turn's record, so that another worker can go on with it. */
export interface Draft {
  to: Address;
  /** The turn's id: the same for every attempt. What makes a post idempotent. */
  key: string;
  /** Ids of the platform messages posted so far, in order. */
  messages: string[];
  /** True when an earlier attempt may have posted something that `messages` does not name: look for it by `key` first. */
  doubt: boolean;
  /** The adapter's own notes (plain JSON). */
  state: { [name: string]: Json };
}

/** What to show as the finished reply. */
export interface Reply {
  markdown: string;
  outcome: 'answered' | 'stopped' | 'failed';
  /** Label of the model that answered; absent for commands and failures. */
  model?: string;
  /** A short title for the conversation; given with its first answer. */
  title?: string;
  /** The platform refused a richer form: post the plainest one that it takes. */
  plain?: boolean;
}

export interface Posted {
  messages: string[];
}

/** What the platform knows and the event did not say. */
export interface Enriched {
  messages: InboundMessage[];
  /** Talk in the same place before the assistant was called in, oldest first (a thread it was just mentioned in). */
  earlier: InboundMessage[];
  /**
   * Messages for us that stand before the given ones and that no event has brought yet, oldest first, with the ids that
   * their events would have. They are ingested and answered in the same turn, so that a late event is a duplicate.
   */
  missed?: InboundMessage[];
}

/**
 * The sending half. Every method throws a `SendError` and nothing else for what the platform refuses.
 * For one draft the calls come one after another: begin, update*, finish.
 */
export interface Sender {
  readonly capabilities: Capabilities;
  /** Makes ready to reply; shows "typing" or a status where the platform has one. Posts no text. Never throws. */
  begin(to: Address, key: string): Promise<Draft>;
  /** Shows the text so far (all of it, not a delta). May skip when the platform's budget is spent. Returns the draft as it now is. */
  update(draft: Draft, markdown: string): Promise<Draft>;
  /**
   * Makes the reply whole: posts it if nothing was posted, else brings what is there to exactly this. Idempotent by `key`.
   * Adds to `draft.messages` as it posts, so that an attempt that fails half way is gone on with and not repeated.
   */
  finish(draft: Draft, reply: Reply): Promise<Posted>;
  /**
   * The platform wants no call for a long time (`waitMs`): shows that the reply comes later, where there is a way that is
   * not limited too. Never throws.
   */
  showWaiting?(draft: Draft, waitMs: number): Promise<void>;
  /** Fills in names of authors and mentions, reads small text files, and on the first turn finds earlier talk. */
  enrich(messages: InboundMessage[], options: { first: boolean }): Promise<Enriched>;
  /** @throws SendError `too-large` when it has more bytes than `limit`. */
  download(attachment: AttachmentRef, limit: number): Promise<Uint8Array>;
  /**
   * Where a notice goes that answers nobody (a digest): a channel by the platform's own id. Left out where there are none.
   * @param since it is not older than this (ms): where the platform looks for one that was posted already
   */
  noticeTo?(channel: string, since: number): Promise<Address>;
  /** Releases sockets and timers. */
  close(): Promise<void>;
}

/** One check of `npm run doctor`. */
export interface Check {
  name: string;
  ok: boolean;
  /** What was found, and if it is wrong what to do. */
  detail: string;
}

export interface Adapter {
  readonly platform: string;
  receiver(host: ReceiverHost): Receiver;
  sender(): Sender;
  /** Asks the platform whether the configured tokens work and have the scopes they need. */
  check(): Promise<Check[]>;
}

/** Budgets that all processes share, since a platform counts by workspace or channel and not by process. */
export interface Limits {
  /** Takes one (or `cost`, at most the burst) of `perMinute` from the named bucket. 0: taken; otherwise the ms until one is free (and none is taken). */
  take(bucket: string, perMinute: number, burst?: number, cost?: number): Promise<number>;
}

/** Small values that the processes of one adapter share; keys are prefixed with the platform's name. */
export interface Store {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, lifetimeSeconds: number): Promise<void>;
}

/** What an adapter is built with. */
export interface AdapterContext {
  log: Logger;
  limits: Limits;
  store: Store;
  /** A reply is at most this many platform messages. */
  maxReplyMessages: number;
  /** Called for each error of the platform's API, for `/metrics`. */
  onPlatformError(method: string, code: string): void;
}

/** Why a platform did not take a call. */
export type SendErrorKind =
  /** Asked to slow down; `retryAfterMs` says how long. Nothing was posted. */
  | 'rate-limited'
  /** Refused for now, and surely not applied (a 5xx that the platform documents as such, a refused connection). */
  | 'unavailable'
  /** The answer was lost: it may or may not have been applied. */
  | 'unknown-outcome'
  /** The place is gone or closed to us (archived, kicked out): no retry helps. */
  | 'gone'
  /** Token or scope: the operator must act. */
  | 'auth'
  | 'too-large'
  /** Our request was wrong: a bug, or a limit we did not know. */
  | 'invalid';

/** The one error that senders throw. */
export class SendError extends Error {
  readonly kind: SendErrorKind;
  /** The platform's own error code. */
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  constructor(
    kind: SendErrorKind,
    code: string,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'SendError';
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
