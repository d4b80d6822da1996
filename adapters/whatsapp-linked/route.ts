/** Where in WhatsApp a conversation is: a chat of the linked account, private or a group. */
import type { Address, AttachmentRef } from '../../src/contract/index.ts';

export interface LinkedRoute {
  /** The chat's id: `…@c.us` or `…@lid` for people, `…@g.us` for groups. */
  chat: string;
  group: boolean;
  /** Serialized id of the message that is answered. */
  asked: string;
  /** Milliseconds since the epoch: when it was written. */
  askedAt: number;
  /** The beginning of the message that it quotes, where it quotes one. */
  quote?: string;
  /** The file in that message. */
  quotedFile?: Omit<AttachmentRef, 'size'>;
}

/** Ids of chats are digits, a dash in old groups, and the kind after @. */
const NOT_ALLOWED = /[^\w.@+-]/g;

export function conversationOf(chat: string): string {
  return `whatsapp-web:${chat.replace(NOT_ALLOWED, '-')}`;
}

export function toAddress(place: LinkedRoute): Address {
  return { platform: 'whatsapp-web', conversation: conversationOf(place.chat), route: { ...place } };
}

export function routeOf(address: Address): LinkedRoute {
  return address.route as unknown as LinkedRoute;
}
