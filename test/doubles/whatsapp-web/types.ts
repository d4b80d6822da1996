/** What the double holds and sends to its page. Addresses are strings (`…@c.us`, `…@lid`, `…@g.us`) everywhere here. */

export interface Person {
  name: string;
  /** Phone id, `…@c.us`. */
  pn: string;
  /** `…@lid`. */
  lid: string;
  /** In the phone's address book: contacts that are not have a push name only. */
  saved: boolean;
  /** The private chat is addressed by lid, as part of them are by now. */
  byLid: boolean;
  /** The page is never told the phone id (`hidden`), only when it asks (`asked`), or from the start. */
  phone: 'known' | 'asked' | 'hidden';
}

export interface MediaFile {
  mimetype: string;
  data: Buffer;
  filename?: string;
  /** Voice note: `ptt` instead of `audio`. */
  voice?: boolean;
  /** Seconds, of sounds and films. */
  duration?: number;
}

/** A message as the page gets it; `t` in whole seconds. */
export interface MessageRecord {
  id: string;
  type: string;
  t: number;
  from: string;
  to: string;
  ack: number;
  body?: string;
  author?: string;
  notifyName?: string;
  caption?: string;
  mimetype?: string;
  filename?: string;
  size?: number;
  directPath?: string;
  filehash?: string;
  mentionedJidList?: string[];
  quotedMsg?: Record<string, unknown>;
  quotedStanzaID?: string;
  quotedParticipant?: string;
  hasReaction?: boolean;
  isStatusV3?: boolean;
  broadcast?: boolean;
  subtype?: string;
  [field: string]: unknown;
}

export interface ReactionRecord {
  id: string;
  sender: string;
  fromMe: boolean;
  text: string;
  t: number;
}

export interface ChatRecord {
  id: string;
  name: string;
  formattedTitle: string;
  t: number;
  unreadCount: number;
  archive: boolean;
  group?: {
    subject: string;
    creation: number;
    owner?: string;
    announce: boolean;
    isLidAddressingMode: boolean;
    participants: { id: string; isAdmin: boolean; isSuperAdmin: boolean }[];
  };
  newsletter?: { creationTime: number; membershipType: string };
}

export interface Room {
  record: ChatRecord;
  messages: MessageRecord[];
  reactions: Map<string, ReactionRecord[]>;
  /** Names of a group's people, without the account itself. */
  members: string[];
}

/** A message as a person sees it in the chat. */
export interface Seen {
  id: string;
  /** `me` for the linked account (device or phone), else the person's name. */
  from: string;
  text: string;
  type: string;
  /** −1 refused, 0 not sent yet, 1 at the server, 2 at the phone, 3 read, 4 played. */
  ack: number;
  /** The serialized id of the message it quotes. */
  quoted?: string;
  /** Texts before the last edit, oldest first. */
  edits: string[];
  deleted: boolean;
  file?: { filename?: string; mimetype: string; data: Buffer };
  /** By whom: `me` or a name. */
  reactions: Record<string, string>;
  mentions: string[];
}

/** A call of the page refused by the double: `name` is the page's own name of the error. */
export class PageError extends Error {
  constructor(message: string, name = 'ServerStatusCodeError') {
    super(message);
    this.name = name;
  }
}
