/** The parts of whatsapp-web.js's messages and reactions that matter here; much may be missing, ids come in two forms. */

/** A string in events, an object in what calls return. */
export type Wid = string | { _serialized?: string } | null | undefined;

export interface MessageId {
  fromMe?: boolean;
  remote?: Wid;
  _serialized?: string;
}

export interface LinkedMessage {
  id: MessageId;
  type?: string;
  body?: string;
  from?: string;
  author?: string;
  /** Seconds since the epoch. */
  timestamp?: number;
  ack?: number;
  fromMe?: boolean;
  isStatus?: boolean;
  broadcast?: boolean;
  hasMedia?: boolean;
  mentionedIds?: readonly Wid[];
  location?: { latitude?: unknown; longitude?: unknown; name?: string; address?: string };
  rawData?: object;
}

/** What the library does not lift out of the page's own record. */
export interface RawMessage {
  subtype?: string;
  notifyName?: string;
  filename?: string;
  mimetype?: string;
  size?: number;
  quotedMsg?: { type?: string; body?: string; caption?: string; mimetype?: string; filename?: string };
  quotedStanzaID?: string;
  quotedParticipant?: Wid;
}

export interface LinkedReaction {
  reaction?: string;
  msgId?: MessageId;
  senderId?: string;
}

export function widOf(wid: Wid): string | undefined {
  return typeof wid === 'string' ? wid : (wid?._serialized ?? undefined);
}

/** A person's id without the device that it may name: `19:16@lid` and `19@lid` are one. */
export function personOf(wid: Wid): string {
  return (widOf(wid) ?? '').replace(/(?:_\d+)?(?::\d+)?(?=@)/, '');
}

export function rawOf(message: LinkedMessage): RawMessage {
  return (message.rawData ?? {}) as RawMessage;
}

/** The chat that a message or its id belongs to. */
export function chatOf(message: { id: MessageId; from?: string }): string | undefined {
  return widOf(message.id.remote) ?? message.from;
}
