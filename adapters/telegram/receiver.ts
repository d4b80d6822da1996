/**
 * Hears Telegram by long polling. An update is received once `getUpdates` is called with a higher offset, so the offset
 * only moves on when `ingest` has stored the update. https://core.telegram.org/bots/api#getupdates
 */
import { InboxFullError } from '../../src/ingest/ingest.ts';
import type { AdapterContext, AttachmentRef, Ingest, Receiver } from '../contract.ts';
import { createReceiver } from '../kit/receiver.ts';
import type { Api } from './api.ts';

const POLL_SECONDS = 25;
const POLL_TIMEOUT_MS = (POLL_SECONDS + 10) * 1_000;
const UPDATES = ['message', 'edited_message', 'message_reaction'];

/** What we read of Telegram's objects. https://core.telegram.org/bots/api#available-types */
export type User = { id: number; is_bot: boolean; first_name: string; last_name?: string; username?: string };
type File = { file_id: string; file_unique_id: string; file_name?: string; mime_type?: string; file_size?: number };
/** `offset` and `length` in UTF-16 units. */
type Entity = { type: string; offset: number; length: number };
interface Message {
  message_id: number;
  message_thread_id?: number;
  is_topic_message?: boolean;
  from?: User;
  chat: { id: number; type: string };
  /** In seconds. */
  date: number;
  text?: string;
  entities?: Entity[];
  caption?: string;
  caption_entities?: Entity[];
  reply_to_message?: Message;
  document?: File;
  photo?: File[];
}
type Reaction = { chat: { id: number }; message_id: number; user?: User; new_reaction: { emoji?: string }[] };
type Update = { update_id: number; message?: Message; edited_message?: Message; message_reaction?: Reaction };

/** Where the sender notes what it posts: a reaction tells neither whose message it is on nor in which topic. */
export const postedKey = (chat: unknown, message: number): string => `posted:${chat}:${message}`;

function addressOf(chat: number, thread?: number, replyTo?: number) {
  const route = { chat, ...(thread && { thread }), ...(replyTo && { replyTo }) };
  return { platform: 'telegram', conversation: `telegram:${chat}${thread ? `:${thread}` : ''}`, route };
}

/** A `message_thread_id` may also be a chain of replies; only topics are places of their own. */
function placeOf({ chat, is_topic_message: topic, message_thread_id: thread, message_id: id }: Message) {
  return addressOf(chat.id, topic ? thread : undefined, chat.type === 'private' ? undefined : id);
}

function attachmentsOf({ document, photo }: Message): AttachmentRef[] {
  const file = document ?? photo?.at(-1);
  if (!file) return [];
  const { file_name: name = photo ? 'photo.jpg' : 'file', file_unique_id: id, file_id: ref, file_size: size } = file;
  return [{ id, name, mediaType: file.mime_type ?? (photo ? 'image/jpeg' : 'application/octet-stream'), size, ref }];
}

/**
 * What a message says, without the `@name` that calls us, and whether it speaks to us: in groups by a mention, a reply or
 * a command. https://core.telegram.org/bots/features#privacy-mode
 */
function heard(message: Message, me: User): { text: string; forUs: boolean } {
  const text = message.text ?? message.caption ?? '';
  const name = `@${me.username}`.toLowerCase();
  const entities = message.entities ?? message.caption_entities ?? [];
  const wordOf = ({ offset, length }: Entity) => text.slice(offset, offset + length);
  const calls = entities.filter((entity) => entity.type === 'mention' && wordOf(entity).toLowerCase() === name);
  const command = entities.find(({ type, offset }) => type === 'bot_command' && offset === 0);
  const [verb = '', bot] = command ? wordOf(command).split('@') : [];
  const ours = verb !== '' && (bot === undefined || `@${bot}`.toLowerCase() === name);
  const rest = text.slice(command?.length ?? calls.find(({ offset }) => offset === 0)?.length ?? 0);
  const said = ours ? verb + rest : command ? text : rest.trim() || text;
  const forUs =
    message.chat.type === 'private' || calls.length > 0 || ours || message.reply_to_message?.from?.id === me.id;
  // `/start` is written by the button with which everybody begins.
  return { text: ours && verb === '/start' ? '/help' : said, forUs };
}

export function createTelegramReceiver(
  deps: Pick<AdapterContext, 'log' | 'store'> & { api: Api; ingest: Ingest; answerBots: boolean },
): Receiver {
  const { api, ingest, log, store, answerBots } = deps;
  let offset: number | undefined;

  async function takeMessage(message: Message, me: User): Promise<void> {
    const { from: author, message_id: id } = message;
    const { text, forUs } = heard(message, me);
    const attachments = attachmentsOf(message);
    if (!author || author.id === me.id || (author.is_bot && !answerBots)) return;
    if (!forUs || (text === '' && attachments.length === 0)) return;
    const to = placeOf(message);
    if (text === '/stop') return void (await ingest.stop(to.conversation));
    const name = [author.first_name, author.last_name].filter(Boolean).join(' ');
    const by = { id: String(author.id), name, bot: author.is_bot };
    try {
      await ingest.message({ v: 1, id: String(id), author: by, text, attachments, sentAt: message.date * 1_000, to });
    } catch (error) {
      // All chats share one offset: one that floods us must not hold up the others.
      if (!(error instanceof InboxFullError)) throw error;
      log.warn({ err: error }, 'a message was dropped');
    }
  }

  async function takeReaction({ chat, message_id: id, user, new_reaction: reactions }: Reaction): Promise<void> {
    const thread = await store.get(postedKey(chat.id, id));
    if (thread === null || !user) return;
    const has = (emoji: string) => reactions.some((reaction) => reaction.emoji === emoji);
    const value = has('👍') ? 'good' : has('👎') ? 'bad' : 'none';
    await ingest.feedback(addressOf(chat.id, Number(thread)), { message: String(id), author: String(user.id), value });
  }

  async function take({ message, edited_message: edited, message_reaction: reaction }: Update, me: User) {
    if (message) await takeMessage(message, me);
    if (edited) await ingest.amend(placeOf(edited).conversation, String(edited.message_id), heard(edited, me).text);
    if (reaction) await takeReaction(reaction);
  }

  async function poll(me: User, signal: AbortSignal): Promise<void> {
    const asked = { offset, timeout: POLL_SECONDS, allowed_updates: UPDATES };
    const updates = await api.call<Update[]>('getUpdates', asked, { signal, timeoutMs: POLL_TIMEOUT_MS });
    // All is confirmed; after a quiet week ids begin anywhere. https://core.telegram.org/bots/api#update
    if (updates.length === 0) offset = undefined;
    for (const update of updates) {
      if (signal.aborted) return;
      await take(update, me);
      offset = update.update_id + 1;
    }
  }

  return createReceiver({
    name: 'Telegram',
    log,
    identify: () => api.call<User>('getMe'),
    describe: (me) => `@${me.username}, long polling`,
    poll,
  });
}
