/** What the stand-in for the WhatsApp Cloud API keeps and lets a test choose. */
export type Body = Record<string, unknown>;

export interface WhatsAppDoubleOptions {
  port?: number;
  accessToken?: string;
  appSecret?: string;
  verifyToken?: string;
  phoneNumberId?: string;
  /** Pair and throughput limits (off by default; a test of limits turns them on). */
  limits?: 'on' | 'off';
  /** The app's webhook must answer within this time. */
  ackTimeoutMs?: number;
  /** Between one try of a delivery and the next. Meta goes on for days, with growing pauses. */
  retryDelaysMs?: number[];
  /** How long a delivery is on its way, ms; asked for each attempt. */
  eventDelayMs?: () => number;
  /** Statuses that are told by webhook, in this order. */
  statuses?: ('sent' | 'delivered')[];
  /** How long an address of a media file is good. */
  mediaUrlMs?: number;
  /** Permissions of the token. */
  scopes?: string[];
  /** The token is expired. */
  expired?: boolean;
}

export interface Settings {
  limits: 'on' | 'off';
  ackTimeoutMs: number;
  retryDelaysMs: number[];
  eventDelayMs: () => number;
  statuses: ('sent' | 'delivered')[];
  mediaUrlMs: number;
  scopes: string[];
  expired: boolean;
}

/** A person with WhatsApp. */
export interface Person {
  /** Phone number without +. */
  waId: string;
  name: string;
  /** Business-scoped user id. */
  userId: string;
  /** Has a username, so that webhooks carry no phone number. */
  hidden: boolean;
  /** Not on WhatsApp any more, or has blocked the business. */
  unreachable: boolean;
  /** Milliseconds: when this person wrote last; undefined: never. */
  wroteAt: number | undefined;
}

/** A message in a chat, from either side. */
export interface ChatMessage {
  id: string;
  from: 'business' | 'person';
  person: string;
  type: string;
  text: string;
  /** What a document holds; its caption is the text. */
  file?: string;
  /** The message that it quotes. */
  quotes: string | undefined;
  at: number;
  status: 'accepted' | 'sent' | 'delivered' | 'failed';
}

/** A call of the Graph API, as it came. */
export interface Call {
  /** `messages`, `read`, `media.upload`, `media.url`, `media.download`, `phone`, `debug_token` or the path. */
  method: string;
  body: Body;
  at: number;
  /** 0: hung or cut. */
  status: number;
  ok: boolean;
  /** Graph error code. */
  code: number | undefined;
}

/** A refusal in Graph's own form. */
export class GraphRefusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly details: string;
  constructor(status: number, code: number, message: string, details = '') {
    super(`(#${code}) ${message}`);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}
