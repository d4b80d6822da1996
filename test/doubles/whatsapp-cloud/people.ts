/** What people do in their chats with the business, and how Meta tells the app ("messages webhook reference"). */
import type { Chats } from './chats.ts';
import type { Media } from './media.ts';
import type { Sending } from './send.ts';
import type { Body, ChatMessage, Person, Settings } from './types.ts';
import type { Delivered, Webhook } from './webhook.ts';

export interface Said {
  id: string;
  delivered: Promise<Delivered>;
}

export interface SayOptions {
  /** The message that is replied to. */
  quotes?: string;
  /** Milliseconds; when it was written. */
  at?: number;
}

export type People = ReturnType<typeof createPeople>;

export function createPeople(deps: {
  chats: Chats;
  media: Media;
  webhook: Webhook;
  settings: Settings;
  phoneNumberId: string;
}) {
  const { chats, webhook, settings } = deps;
  /** While set, changes are gathered for one call. */
  let gathered: object[] | undefined;
  const failing = new Map<string, number>();

  const seconds = (ms: number): string => String(Math.floor(ms / 1_000));

  function change(value: Body, field = 'messages', phoneNumberId = deps.phoneNumberId): object {
    const metadata = { display_phone_number: '15550001111', phone_number_id: phoneNumberId };
    return { field, value: { messaging_product: 'whatsapp', metadata, ...value } };
  }

  function deliver(changes: object[]): Promise<Delivered> {
    if (gathered) {
      gathered.push(...changes);
      return Promise.resolve({ acked: false, attempts: 0, status: 0 });
    }
    return webhook.deliver({
      object: 'whatsapp_business_account',
      entry: changes.map((one) => ({ id: '100000000000002', changes: [one] })),
    });
  }

  function from(person: Person): Body {
    return { ...(person.hidden ? {} : { from: person.waId }), from_user_id: person.userId };
  }

  function contact(person: Person): Body {
    const profile: Body = { name: person.name, ...(person.hidden ? { username: person.name.toLowerCase() } : {}) };
    return { profile, ...(person.hidden ? {} : { wa_id: person.waId }), user_id: person.userId };
  }

  /** Any message of a person: `content` holds the type's own field. */
  function write(person: Person, type: string, content: Body, options: SayOptions & { text?: string } = {}): Said {
    const message = chats.heard(person, {
      type,
      text: options.text ?? '',
      ...(options.quotes ? { quotes: options.quotes } : {}),
      ...(options.at === undefined ? {} : { at: options.at }),
    });
    return { id: message.id, delivered: tell(person, message, type, content, options.quotes) };
  }

  function tell(
    person: Person,
    message: ChatMessage,
    type: string,
    content: Body,
    quotes?: string,
  ): Promise<Delivered> {
    const told: Body = {
      ...from(person),
      id: message.id,
      timestamp: seconds(message.at),
      type,
      ...content,
      ...(quotes ? { context: { from: '15550001111', id: quotes } } : {}),
    };
    return deliver([change({ contacts: [contact(person)], messages: [told] })]);
  }

  function status(sending: Sending, state: string, errors?: Body[]): object {
    const person = sending.person as Person;
    return change({
      statuses: [
        {
          id: sending.message?.id,
          status: state,
          timestamp: seconds(chats.now()),
          ...(person.hidden ? {} : { recipient_id: person.waId }),
          recipient_user_id: person.userId,
          ...(sending.callback === undefined ? {} : { biz_opaque_callback_data: sending.callback }),
          ...(errors ? { errors } : {}),
        },
      ],
    });
  }

  return {
    say: (person: Person, text: string, options: SayOptions = {}): Said =>
      write(person, 'text', { text: { body: text } }, { ...options, text }),

    /** Any other kind of message. */
    write,

    /** A file. `kind`: image, document, audio, video or sticker. */
    sendFile(
      person: Person,
      kind: string,
      file: { mediaType: string; content: string | Buffer; name?: string; caption?: string; voice?: boolean },
    ): Said {
      const { id, sha256, mediaType } = deps.media.store(file.mediaType, file.content);
      const content: Body = {
        id,
        mime_type: mediaType,
        sha256,
        ...(file.name ? { filename: file.name } : {}),
        ...(file.caption ? { caption: file.caption } : {}),
        ...(kind === 'audio' ? { voice: file.voice ?? true } : {}),
      };
      return write(person, kind, { [kind]: content }, { text: file.caption ?? '' });
    },

    /** A reaction; an empty emoji takes it away. */
    react: (person: Person, messageId: string, emoji: string): Said =>
      write(person, 'reaction', { reaction: { message_id: messageId, ...(emoji ? { emoji } : {}) } }),

    edit(person: Person, id: string, text: string): Said {
      const content = { original_message_id: id, message: { type: 'text', text: { body: text } } };
      return write(person, 'edit', { edit: content });
    },

    revoke: (person: Person, id: string): Said => write(person, 'revoke', { revoke: { original_message_id: id } }),

    /** What is done inside goes out in one call. */
    async together(act: () => void): Promise<Delivered> {
      gathered = [];
      act();
      const changes = gathered;
      gathered = undefined;
      return deliver(changes);
    },

    /** A change of any kind, e.g. of another number. */
    change: (value: Body, field?: string, phoneNumberId?: string): Promise<Delivered> =>
      deliver([change(value, field, phoneNumberId)]),

    /** The next message to this person is accepted and then fails with this code. */
    failNext(person: Person, code: number): void {
      failing.set(person.waId, code);
    },

    /** Tells the statuses of what was just sent, one call each, in order. */
    async tellStatuses(sending: Sending): Promise<void> {
      const { message, person } = sending;
      if (!message || !person) return;
      const code = failing.get(person.waId) ?? (person.unreachable ? 131026 : undefined);
      failing.delete(person.waId);
      if (code !== undefined) {
        message.status = 'failed';
        await deliver([
          status(sending, 'failed', [
            {
              code,
              title: 'Message undeliverable',
              message: 'Message undeliverable',
              error_data: { details: 'Message Undeliverable.' },
            },
          ]),
        ]);
        return;
      }
      for (const state of settings.statuses) {
        message.status = state;
        await deliver([status(sending, state)]);
      }
    },
  };
}
