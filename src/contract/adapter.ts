/**
 * What Chasqui asks of a platform. An adapter is two halves: a receiver (long-lived, turns events into inbound messages)
 * and a sender (stateless, posts and edits; any process can build one). Nothing outside an adapter's own folder knows its
 * platform's name. For one draft the calls come one after another: begin, update*, finish.
 */
import type { ReceiverHost } from './context.ts';
import type { Address, AttachmentRef, InboundMessage } from './message.ts';
import type { Draft, Enriched, Reply } from './reply.ts';

export interface Adapter {
  readonly platform: string;
  receiver(host: ReceiverHost): Receiver;
  sender(): Sender;
  /** For `npm run doctor`: do the configured tokens work, and have they the scopes they need? */
  check(): Promise<Check[]>;
}

export interface Receiver {
  /** Resolves when events can arrive. Retries a platform that is away; rejects only for good (a bad token). */
  start(): Promise<void>;
  /** Stops taking events, waits for those in flight, closes. */
  stop(): Promise<void>;
  /** For `/readyz`, `/metrics` and the banner. `state`: one of a few fixed words, where there is more than on and off. */
  status(): { connected: boolean; detail: string; state?: string };
}

/** Every method throws a `SendError`, and nothing else, for what the platform refuses. */
export interface Sender {
  readonly capabilities: Capabilities;
  /** Prepares a reply: shows a typing indicator or a status where there is one. Posts no text. Never throws. */
  begin(to: Address, key: string): Promise<Draft>;
  /** Shows the text so far (all of it, not a delta). May skip when the rate limit is spent. Returns the draft as it now is. */
  update(draft: Draft, markdown: string): Promise<Draft>;
  /** Posts the whole reply, or edits what is there into it. Idempotent by `draft.key`; adds to `draft.messages` as it posts. */
  finish(draft: Draft, reply: Reply): Promise<void>;
  /** The platform asked for a long wait: shows that the reply comes later, by a call that is not limited too. Never throws. */
  showWaiting?(draft: Draft, waitMs: number): Promise<void>;
  /** Fills in names and mentions, reads small text files, and on the first turn finds earlier messages. */
  enrich(messages: InboundMessage[], options: { first: boolean }): Promise<Enriched>;
  /** @throws SendError `too-large` when it has more bytes than `limit`. */
  download(attachment: AttachmentRef, limit: number): Promise<Uint8Array>;
  /** Where a notice that answers nobody goes, by the platform's channel id. `since`: it was not posted before this (ms). */
  noticeTo?(channel: string, since: number): Promise<Address>;
  close(): Promise<void>;
}

export interface Capabilities {
  /** native: the platform appends to a running message; edit: by edits; none: whole answers only. */
  streaming: 'native' | 'edit' | 'none';
  /** The least time between two `update`s of one draft, ms. */
  updateEveryMs: number;
  /** How long to wait for more text before the first `update`, ms: a short answer is then posted in one call. */
  firstUpdateAfterMs: number;
  /** What the operator pays for each posted message, US dollars. Absent: nothing, or it is not known. */
  messageUsd?: number;
}

/** One check of `npm run doctor`. `detail`: what was found, and if it is wrong what to do. */
export type Check = { name: string; ok: boolean; detail: string };
