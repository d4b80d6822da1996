/** The linked account's events, on their way to ingest: messages, edits, deletions, judgements; live or caught up. */
import type WAWebJS from 'whatsapp-web.js';
import type { Address, Ingest } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { createInFlight } from '../kit/in-flight.ts';
import { createKeyedQueue } from '../kit/keyed-queue.ts';
import { judgementOf } from '../whatsapp/judgement.ts';
import type { SentMessages } from '../whatsapp/sent-messages.ts';
import { chatOf, type LinkedMessage, type LinkedReaction } from './message.ts';
import { type NormalizeSettings, normalize, textOf } from './receive/normalize.ts';
import type { Refusals } from './receive/refusals.ts';
import { conversationOf, toAddress } from './route.ts';

export interface EventDeps {
  ingest: Ingest;
  sentMessages: SentMessages;
  refusals: Refusals;
  settings: NormalizeSettings & {
    /** Ids of the chats that are answered; empty: all. */
    allowedChats: readonly string[];
  };
  /** Our own ids, by phone number and by lid. */
  me(): readonly string[];
  /** The id by phone number of a person that is named by lid. */
  phoneOf(lid: string): Promise<string | undefined>;
  /** Stored: everything up to this time (ms) need not be caught up. */
  onStored(id: string, sentAt: number): void;
  /** Could not be stored yet: until it is, a catch-up begins with it. */
  onPending(id: string, sentAt: number): void;
  log: Logger;
}

export type LinkedEvents = ReturnType<typeof createLinkedEvents>;

export function createLinkedEvents(deps: EventDeps) {
  const { ingest, sentMessages, settings, me, log } = deps;
  const allowed = new Set(
    settings.allowedChats.flatMap((chat) => (chat.includes('@') ? [chat] : [chat, `${chat}@c.us`])),
  );
  /** Nobody delivers an event again that could not be stored. */
  const queue = createKeyedQueue({ log });
  const refusing = createInFlight();
  let closed = false;

  /** True if it was new. @throws when Redis is away */
  async function take(message: LinkedMessage): Promise<boolean> {
    const result = normalize(message, me(), settings);
    if (result.kind === 'ignore') {
      log.trace({ why: result.why }, 'not for us');
      return false;
    }
    if (!(await isAllowed(chatOf(message) as string))) return false;
    if (result.kind === 'unsupported') {
      await refuse(result.to, result.id, result.type);
      return false;
    }
    const { message: inbound } = result;
    const taken = await ingest.message(inbound);
    if (taken === 'accepted') sentMessages.noteNewest(inbound.to.conversation, inbound.id);
    deps.onStored(inbound.id, inbound.sentAt);
    return taken === 'accepted';
  }

  /** In the background: an answer takes its time. */
  async function refuse(to: Address, id: string, type: string): Promise<void> {
    if (!(await deps.refusals.isDue(to, id))) return;
    log.info({ type }, 'a message of a kind that is not supported');
    void refusing.add(deps.refusals.tell(to, id, type));
  }

  async function isAllowed(chat: string): Promise<boolean> {
    if (allowed.size === 0 || allowed.has(chat)) return true;
    // The list names a number; the chat goes by lid.
    return chat.endsWith('@lid') && allowed.has((await deps.phoneOf(chat)) ?? '');
  }

  function onMessage(message: LinkedMessage): void {
    const pending = (): void => deps.onPending(message.id._serialized ?? '', (message.timestamp ?? 0) * 1_000);
    const stored = async (): Promise<void> => {
      try {
        await take(message);
      } catch (error) {
        pending();
        throw error;
      }
    };
    // The next start's catch-up finds it.
    if (!closed && !queue.add(chatOf(message) ?? '', stored)) pending();
  }

  /** For what no catch-up finds: an edit, a deletion, a judgement. Behind the messages of its chat. */
  function afterThem(chat: string | undefined, run: () => Promise<void>): void {
    if (!closed) queue.add(chat ?? '', run, { always: true });
  }

  async function amend(id: string | undefined, chat: string | undefined, text: string | null): Promise<void> {
    if (id && chat) await ingest.amend(conversationOf(chat), id, text);
  }

  async function judge({ reaction = '', msgId, senderId = '' }: LinkedReaction): Promise<void> {
    const value = judgementOf(reaction);
    const id = msgId?._serialized;
    const chat = msgId ? chatOf({ id: msgId }) : undefined;
    if (value === null || !id || !chat || !msgId?.fromMe || me().includes(senderId)) return;
    if ((await sentMessages.turnOf(id)) === null) return;
    const to = toAddress({ chat, group: chat.endsWith('@g.us'), asked: id, askedAt: Date.now() });
    await ingest.feedback(to, { message: id, author: senderId, value });
  }

  function onEdit(edited: LinkedMessage, body: unknown): void {
    if (edited.id.fromMe) return;
    const chat = chatOf(edited);
    afterThem(chat, () => amend(edited.id._serialized, chat, textOf({ body: String(body ?? '') }, me(), settings)));
  }

  function onDelete(after: LinkedMessage, before: LinkedMessage | null): void {
    if (after.id.fromMe) return;
    const chat = chatOf(after);
    const ids = new Set([after, before].map((message) => message?.id?._serialized));
    for (const id of ids) afterThem(chat, () => amend(id, chat, null));
  }

  return {
    take,

    /** Attaches to a new client. Everything may come twice; ids make that harmless. */
    listen(client: WAWebJS.Client): void {
      client.on('message', (message) => onMessage(message as LinkedMessage));
      // Sent, and never to be read here: no `message` follows.
      client.on('message_ciphertext', (message) => onMessage(message as LinkedMessage));
      client.on('message_edit', (message, body) => onEdit(message as LinkedMessage, body));
      client.on('message_revoke_everyone', (after, before) =>
        onDelete(after as LinkedMessage, before as LinkedMessage | null),
      );
      client.on('message_reaction', (event) => {
        const reaction = event as unknown as LinkedReaction;
        afterThem(reaction.msgId && chatOf({ id: reaction.msgId }), () => judge(reaction));
      });
    },

    /** Takes nothing more, and waits for what is under way. */
    async close(): Promise<void> {
      closed = true;
      await queue.stop();
      await refusing.settle();
    },
  };
}
