/** What a platform's events and messages become. Stored in Redis, so that every release reads what an older one wrote. */
import type { Json } from './json.ts';

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
  /** The platform shows that each message will be answered: over a limit, each is told so and none is left out. */
  awaited?: true;
  /** What is kept of the conversation goes this long after its newest message (ms), where that is less than is configured. */
  keepMs?: number;
  /** The place that several people write in, a channel or a group, over all its conversations. Absent: between two. */
  channel?: string;
  /** Ids of the groups or roles that the author belongs to, where the platform tells and they may matter. */
  groups?: string[];
  /** The author may not ask here: this is the answer. Set by ingest. */
  denied?: string;
  /** W3C's `traceparent`, where traces are made: set by ingest, read by the worker. */
  trace?: string;
  /** `retry` asks for the last turn again; its text is empty. */
  kind?: 'message' | 'retry';
}
