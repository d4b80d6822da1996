/** What a test looks at: chats as a person sees them, and waiting for that without polling. */
import type { MessageRecord, Room, Seen } from './types.ts';
import { personAt, roomOf, type World, writerOf } from './world.ts';

/** Only to say what is missing: a busy machine may take its time. */
const PATIENCE_MS = 30_000;
const NOTIFICATIONS = ['e2e_notification', 'notification_template', 'gp2'];

export type Match = string | RegExp | ((message: Seen) => boolean);

const matches = (match: Match | undefined, message: Seen) =>
  match === undefined ||
  (typeof match === 'string'
    ? message.text.includes(match)
    : match instanceof RegExp
      ? match.test(message.text)
      : match(message));

export function createWatch(world: () => World) {
  const waiters = new Set<() => void>();

  const nameOf = (id: string) =>
    id === world().me.pn || id === world().me.lid ? 'me' : (personAt(world(), id)?.name ?? id);

  function quotedIn(room: Room, message: MessageRecord): string | undefined {
    const stanza = message.quotedStanzaID;
    if (!stanza) return undefined;
    return room.messages.find(({ id }) => id.split('_')[2] === stanza)?.id ?? stanza;
  }

  function seen(room: Room, message: MessageRecord): Seen {
    const file = message.directPath ? world().files.get(message.directPath) : undefined;
    const quoted = quotedIn(room, message);
    return {
      id: message.id,
      from: writerOf(world(), message),
      text: String((message.directPath ? message.caption : message.body) ?? ''),
      type: message.type,
      ack: message.ack,
      ...(quoted ? { quoted } : {}),
      edits: world().edits.get(message.id) ?? [],
      deleted: message.type === 'revoked',
      ...(file ? { file: { filename: message.filename, mimetype: file.mimetype, data: file.data } } : {}),
      reactions: Object.fromEntries((room.reactions.get(message.id) ?? []).map((r) => [nameOf(r.sender), r.text])),
      mentions: (message.mentionedJidList ?? []).map(nameOf),
    };
  }

  function visible(chat: string): Seen[] {
    const room = roomOf(world(), chat);
    return room.messages.filter(({ type }) => !NOTIFICATIONS.includes(type)).map((message) => seen(room, message));
  }

  /** @throws when it is not so within the time; says what it waited for and `state()` then */
  function waitUntil<T>(
    check: () => T,
    { what = 'it', timeoutMs = PATIENCE_MS, state = (): string => '' } = {},
  ): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        let value: T;
        try {
          value = check();
        } catch (error) {
          return end(() => reject(error as Error));
        }
        if (value) end(() => resolve(value as NonNullable<T>));
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`${what}: not within ${timeoutMs} ms. ${state()}`))),
        timeoutMs,
      );
      const end = (then: () => void) => {
        clearTimeout(timer);
        waiters.delete(look);
        then();
      };
      waiters.add(look);
      look();
    });
  }

  return {
    changed: () => {
      for (const look of [...waiters]) look();
    },
    visible,
    waitUntil,
    /** A message of the account in that chat, there already or still to come. */
    waitForMessage: (chat: string, match?: Match, { from = 'me', timeoutMs = PATIENCE_MS } = {}): Promise<Seen> =>
      waitUntil(() => visible(chat).find((message) => message.from === from && matches(match, message)), {
        what: `a message of ${from} in ${chat}${match ? ` like ${String(match)}` : ''}`,
        timeoutMs,
        state: () => `There: ${JSON.stringify(visible(chat).map(({ from, text, ack }) => ({ from, text, ack })))}`,
      }),
  };
}
