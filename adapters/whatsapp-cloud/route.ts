/** Where in WhatsApp a conversation is: one person's chat with one business number. */
import type { Address } from '../../src/contract/index.ts';

export interface Place {
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
export function addressOf(place: Place, person: string): Address {
  return { platform: 'whatsapp', conversation: `whatsapp:${place.phone}:${person}`, route: { ...place } };
}

export function placeOf(address: Address): Place {
  return address.route as unknown as Place;
}

/** Who a message goes to; the number is preferred, so that Meta goes on telling it ("Business-scoped user IDs"). */
export function recipientOf({ to, user }: Place): { to: string } | { recipient: string } {
  return to === undefined ? { recipient: user as string } : { to };
}
