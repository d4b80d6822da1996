/** What a message replies to: Telegram sends it along, and bots cannot look it up later. */
import type { AttachmentRef } from '../../../src/contract/index.ts';
import type { Content, Message, User } from '../types.ts';
import { attachmentsOf, nameOf, originName, said } from './content.ts';

const MAX_CHARS = 600;

/** As it travels in the address's route. */
export interface Quote {
  /** Who wrote it; absent: the assistant. */
  name?: string;
  text: string;
  /** The part that was marked, where it is not the whole. */
  part?: string;
  files: AttachmentRef[];
}

export function quotedBy(message: Message, me: User): Quote | undefined {
  const { reply_to_message: reply, external_reply: external, quote } = message;
  const marked = quote ? cut(quote.text) : undefined;
  if (reply && !reply.forum_topic_created) {
    const { from, sender_chat: behind } = reply;
    const name = behind?.title ?? (from ? nameOf(from) : 'Someone');
    return made(from?.id === me.id ? undefined : name, said(reply.text ?? reply.caption ?? '', reply), reply, marked);
  }
  if (external) return made(originName(external.origin) ?? 'Someone', said('', external), external, marked);
  return marked ? { name: 'Someone', text: marked, files: [] } : undefined;
}

function made(name: string | undefined, words: string, content: Content, marked: string | undefined): Quote {
  const whole = cut(words);
  const text = whole || marked || '';
  return {
    ...(name === undefined ? {} : { name }),
    text,
    ...(marked && marked !== text ? { part: marked } : {}),
    files: attachmentsOf(content),
  };
}

function cut(text: string): string {
  const characters = Array.from(text.trim());
  return characters.length > MAX_CHARS ? `${characters.slice(0, MAX_CHARS).join('')} …` : text.trim();
}

/** The lines that stand above the reply in the prompt; empty when there is nothing to quote. */
export function quoteLines({ name, text, part, files }: Quote): string {
  const attached = files.length > 0 ? `[attached: ${files.map((file) => file.name).join(', ')}]` : '';
  const words = [text, attached].filter(Boolean).join('\n');
  if (words === '') return '';
  const whose = name === undefined ? 'your earlier message' : `a message of ${name}`;
  const lines = [`[in reply to ${whose}]`, ...words.split('\n').map((line) => `> ${line}`)];
  return [...lines, ...(part ? [`[marked in it: “${part}”]`] : []), '', ''].join('\n');
}
