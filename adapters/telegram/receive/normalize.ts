/** A message of Telegram's in Chasqui's normal form: whether it is for us, and what it says. */
import type { Address, Author, InboundMessage } from '../../../src/contract/index.ts';
import { toAddress, topicOf } from '../route.ts';
import type { Entity, Message, User } from '../types.ts';
import { attachmentsOf, nameOf, originName, said } from './content.ts';
import { quotedBy } from './quote.ts';

export type Normalized =
  | { kind: 'message'; message: InboundMessage }
  | { kind: 'stop'; to: Address }
  /** A person sent something that is no use to us, and should be told. */
  | { kind: 'unsupported'; type: string; id: number; to: Address }
  | { kind: 'ignore' };

/** What people send and the assistant cannot read; all else without words is a notice, written by nobody. */
const SENT = [
  'voice',
  'sticker',
  'video_note',
  'contact',
  'dice',
  'game',
  'story',
  'paid_media',
  'invoice',
  'checklist',
];

/** @param me the bot itself */
export function normalize(message: Message, me: User, answerBots: boolean): Normalized {
  const author = authorOf(message);
  if (!author || author.id === String(me.id) || (author.bot && !answerBots)) return { kind: 'ignore' };
  const { text: words, forUs } = saidTo(message, me);
  if (!forUs) return { kind: 'ignore' };
  const { message_id: id, chat, date } = message;
  const text = forwarded(message, said(words, message));
  const attachments = attachmentsOf(message);
  const to = toAddress(chat.id, topicOf(message), {
    ...(chat.type === 'private' ? {} : { replyTo: id }),
    quote: quotedBy(message, me),
  });
  if (text === '/stop') return { kind: 'stop', to };
  if (text === '') {
    const type = SENT.find((name) => name in message);
    if (type && attachments.length === 0) return { kind: 'unsupported', type, id, to };
    if (attachments.length === 0) return { kind: 'ignore' };
  }
  return {
    kind: 'message',
    message: { v: 1, id: String(id), author, text, attachments, sentAt: date * 1_000, to },
  };
}

/** Who writes for a group or a channel appears as a bot of Telegram's own, and is a person. */
function authorOf({ from, sender_chat: behind, author_signature, is_automatic_forward }: Message): Author | undefined {
  if (is_automatic_forward) return undefined;
  if (behind) return { id: String(behind.id), name: author_signature ?? behind.title ?? 'Anonymous', bot: false };
  return from && { id: String(from.id), name: nameOf(from), bot: from.is_bot };
}

function forwarded({ forward_origin: origin }: Message, text: string): string {
  if (!origin || text === '') return text;
  const name = originName(origin);
  return `Forwarded message: ${name ? `${name}: ` : ''}${text}`;
}

/**
 * What a message says, without the `@name` that calls us, and whether it speaks to us: in groups by a mention, a reply or
 * a command. https://core.telegram.org/bots/features#privacy-mode
 */
export function saidTo(message: Message, me: User): { text: string; forUs: boolean } {
  const text = message.text ?? message.caption ?? '';
  const name = `@${me.username}`.toLowerCase();
  const entities = message.entities ?? message.caption_entities ?? [];
  const wordOf = ({ offset, length }: Entity) => text.slice(offset, offset + length);
  const calls = entities.filter((entity) => entity.type === 'mention' && wordOf(entity).toLowerCase() === name);
  const command = entities.find(({ type, offset }) => type === 'bot_command' && offset === 0);
  const [verb = '', bot] = command ? wordOf(command).split('@') : [];
  const ours = verb !== '' && (bot === undefined || `@${bot}`.toLowerCase() === name);
  const rest = text.slice(command?.length ?? calls.find(({ offset }) => offset === 0)?.length ?? 0);
  const words = ours ? verb + rest : command ? text : rest.trim() || text;
  const { reply_to_message: reply } = message;
  const answersUs = reply?.from?.id === me.id && !reply.forum_topic_created;
  const forUs = message.chat.type === 'private' || calls.length > 0 || ours || answersUs;
  // `/start` is written by the button with which everybody begins.
  return { text: ours && verb === '/start' ? '/help' : words, forUs };
}
