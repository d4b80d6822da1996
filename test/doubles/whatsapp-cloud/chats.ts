/** The people, their chats with the business number, and the clock that decides about windows and limits. */
import { randomBytes } from 'node:crypto';
import type { ChatMessage, Person, Settings } from './types.ts';
import { GraphRefusal } from './types.ts';

const WINDOW_MS = 24 * 3_600_000;
/** One message in six seconds to one person; a burst of 45 is borrowed from the time to come ("Messaging limits"). */
const PAIR_EVERY_MS = 6_000;
const PAIR_BURST = 45;
/** Messages a second and number ("Throughput"). */
const THROUGHPUT = 80;

export type Chats = ReturnType<typeof createChats>;

export function newWamid(): string {
  return `wamid.${randomBytes(24).toString('base64')}`;
}

export function createChats(settings: Settings) {
  const people = new Map<string, Person>();
  const messages: ChatMessage[] = [];
  const pairs = new Map<string, number>();
  let second = { at: 0, count: 0 };
  let offset = 0;
  const now = (): number => Date.now() + offset;

  function find(to: { waId?: string; userId?: string }): Person | undefined {
    for (const person of people.values())
      if (person.waId === to.waId || (to.waId === undefined && person.userId === to.userId)) return person;
    return undefined;
  }

  function checkLimits(person: Person): void {
    if (settings.limits === 'off') return;
    const at = now();
    const free = Math.max(pairs.get(person.waId) ?? 0, at - PAIR_EVERY_MS * PAIR_BURST) + PAIR_EVERY_MS;
    if (free > at)
      throw new GraphRefusal(
        400,
        131056,
        '(Business Account, Consumer Account) pair rate limit hit',
        'Too many messages sent from this phone number to the same phone number in a short period of time.',
      );
    if (Math.floor(at / 1_000) !== second.at) second = { at: Math.floor(at / 1_000), count: 0 };
    if (second.count >= THROUGHPUT)
      throw new GraphRefusal(429, 130429, 'Rate limit hit', 'Cloud API message throughput has been reached.');
    second.count += 1;
    pairs.set(person.waId, free);
  }

  return {
    people,
    messages,
    now,
    /** Lets so much time pass. */
    advance(ms: number): void {
      offset += ms;
    },
    addPerson(person: Partial<Person> & { waId: string; name: string }): Person {
      const whole: Person = {
        userId: `DE.${randomBytes(8).toString('hex')}`,
        hidden: false,
        unreachable: false,
        wroteAt: undefined,
        ...person,
      };
      people.set(whole.waId, whole);
      return whole;
    },
    find,
    /** A person's message; opens the window. */
    heard(person: Person, message: { type: string; text: string; quotes?: string; at?: number }): ChatMessage {
      const at = message.at ?? now();
      person.wroteAt = Math.max(person.wroteAt ?? 0, at);
      const { type, text, quotes } = message;
      const entry: ChatMessage = {
        id: newWamid(),
        from: 'person',
        person: person.waId,
        type,
        text,
        quotes,
        at,
        status: 'delivered',
      };
      messages.push(entry);
      return entry;
    },
    /** A message of the business. @throws GraphRefusal by window or limits */
    said(
      person: Person,
      message: { type: string; text: string; quotes: string | undefined; file?: string },
    ): ChatMessage {
      checkLimits(person);
      if (person.wroteAt === undefined || now() - person.wroteAt > WINDOW_MS)
        throw new GraphRefusal(
          400,
          131047,
          'Re-engagement message',
          'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
        );
      const entry: ChatMessage = {
        id: newWamid(),
        from: 'business',
        person: person.waId,
        ...message,
        at: now(),
        status: 'accepted',
      };
      messages.push(entry);
      return entry;
    },
  };
}
