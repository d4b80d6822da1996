/** Where in WhatsApp a conversation is: one person's chat with one business number. */
import type { Address } from '../../src/contract/index.ts';

export interface CloudRoute {
  /** WHATSAPP_PHONE_NUMBER_ID. */
  phone: string;
  /** The person's phone number; absent where a username hides it. */
  to?: string;
  /** The person's business-scoped user id ("Business-scoped user IDs"). */
  user?: string;
  /** The message that is answered; empty where it is not known any more. */
  asked: string;
  /** The message that the person replied to, where they did. */
  quoted?: string;
}

/** @param person what names the person in the conversation's id: the phone number, else the business-scoped user id */
export function toAddress(route: CloudRoute, person: string): Address {
  return { platform: 'whatsapp', conversation: `whatsapp:${route.phone}:${person}`, route: { ...route } };
}

export function routeOf(address: Address): CloudRoute {
  return address.route as unknown as CloudRoute;
}

/** Who a message goes to; the number is preferred, so that Meta keeps including it ("Business-scoped user IDs"). */
export function recipientOf({ to, user }: CloudRoute): { to: string } | { recipient: string } {
  return to === undefined ? { recipient: user as string } : { to };
}
