/** What the linked account hears, on its way to ingest: messages, edits, deletions, judgements; live or caught up. */
import type WAWebJS from 'whatsapp-web.js';
import type { Address, Ingest } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { judgementOf } from '../whatsapp/judgement.ts';
import type { Memory } from '../whatsapp/sent-messages.ts';
import { chatOf, type LinkedMessage, type LinkedReaction } from './message.ts';
import { type NormalizeSettings, normalize, textOf } from './receive/normalize.ts';
import type { Refusals } from './receive/refusals.ts';
import { addressOf, conversationOf } from './route.ts';

/** Nobody delivers a message again that could not be stored; so it is tried again here. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

export interface InboxDeps {
  ingest: Ingest;
  memory: Memory;
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

export type Inbox = ReturnType<typeof createInbox>;

export function createInbox(deps: InboxDeps) {
  const { ingest, memory, settings, me, log } = deps;
  const allowed = new Set(
    settings.allowedChats.flatMap((chat) => (chat.includes('@') ? [chat] : [chat, `${chat}@c.us`])),
  );
  const running = new Set<Promise<unknown>>();
  const closing = new AbortController();

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
    if (taken === 'accepted') memory.noteNewest(inbound.to.conversation, inbound.id);
    deps.onStored(inbound.id, inbound.sentAt);
    return taken === 'accepted';
  }

  /** In the background: an answer takes its time. */
  async function refuse(to: Address, id: string, type: string): Promise<void> {
    if (!(await deps.refusals.isDue(to, id))) return;
    log.info({ type }, 'a message of a kind that is not supported');
    track('a polite refusal', () => deps.refusals.tell(to, id, type));
  }

  async function isAllowed(chat: string): Promise<boolean> {
    if (allowed.size === 0 || allowed.has(chat)) return true;
    // The list names a number; the chat goes by lid.
    return chat.endsWith('@lid') && allowed.has((await deps.phoneOf(chat)) ?? '');
  }

  async function patiently(message: LinkedMessage): Promise<void> {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        await take(message);
        return;
      } catch (error) {
        deps.onPending(message.id._serialized ?? '', (message.timestamp ?? 0) * 1_000);
        if (wait === FIRST_PAUSE_MS) log.error({ err: error }, 'a message could not be stored; trying again');
        await pause(wait, closing.signal);
        // The next start's catch-up finds it.
        if (closing.signal.aborted) return;
      }
    }
  }

  async function amend(id: string | undefined, chat: string | undefined, text: string | null): Promise<void> {
    if (id && chat) await ingest.amend(conversationOf(chat), id, text);
  }

  let judging: Promise<void> = Promise.resolve();

  async function judge({ reaction = '', msgId, senderId = '' }: LinkedReaction): Promise<void> {
    const value = judgementOf(reaction);
    const id = msgId?._serialized;
    const chat = msgId ? chatOf({ id: msgId }) : undefined;
    if (value === null || !id || !chat || !msgId?.fromMe || me().includes(senderId)) return;
    if ((await memory.turnOf(id)) === null) return;
    const to = addressOf({ chat, group: chat.endsWith('@g.us'), asked: id, askedAt: Date.now() });
    await ingest.feedback(to, { message: id, author: senderId, value });
  }

  /** Keeps hold of what is under way; a failure is logged, since nobody waits for it. */
  function track(what: string, work: () => Promise<unknown>): void {
    // The next start's catch-up finds it.
    if (closing.signal.aborted) return;
    const tracked = work()
      .catch((error) => log.warn({ err: error }, `${what} could not be taken`))
      .then(() => void running.delete(tracked));
    running.add(tracked);
  }

  return {
    take,

    /** Attaches to a new client. Everything may come twice; ids make that harmless. */
    listen(client: WAWebJS.Client): void {
      client.on('message', (message) => track('a message', () => patiently(message as LinkedMessage)));
      // Sent, and never to be read here: no `message` follows.
      client.on('message_ciphertext', (message) => track('a message', () => patiently(message as LinkedMessage)));
      client.on('message_edit', (edited, body) => {
        const message = edited as LinkedMessage;
        if (message.id.fromMe) return;
        track('an edit', () =>
          amend(message.id._serialized, chatOf(message), textOf({ body: String(body ?? '') }, me(), settings)),
        );
      });
      client.on('message_revoke_everyone', (after, before) => {
        const ids = new Set([after, before].map((message) => (message as LinkedMessage | null)?.id?._serialized));
        const chat = chatOf(after as LinkedMessage);
        if ((after as LinkedMessage).id.fromMe) return;
        for (const id of ids) track('a deletion', () => amend(id, chat, null));
      });
      client.on('message_reaction', (reaction) =>
        // One after another: who changes their mind at once means the last.
        track('a reaction', () => {
          const before = judging;
          judging = (async () => {
            await before.catch(() => {}); // It was logged.
            await judge(reaction as unknown as LinkedReaction);
          })();
          return judging;
        }),
      );
    },

    /** Takes nothing more, and waits for what is under way. */
    async close(): Promise<void> {
      closing.abort();
      await Promise.all(running);
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
