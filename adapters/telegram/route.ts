/** Where in Telegram a conversation is: a chat, or a topic of a group. */
import type { Address } from '../../src/contract/index.ts';
import type { Message } from './types.ts';

export function toAddress(chat: number, thread?: number, more: { replyTo?: number; quote?: object } = {}): Address {
  const { replyTo, quote } = more;
  const route = { chat, ...(thread && { thread }), ...(replyTo && { replyTo }), ...(quote && { quote }) };
  return {
    platform: 'telegram',
    conversation: `telegram:${chat}${thread ? `:${thread}` : ''}`,
    route: route as Address['route'],
  };
}

/** A `message_thread_id` may also be a chain of replies; only topics are places of their own. */
export function topicOf({ is_topic_message: topic, message_thread_id: thread }: Message): number | undefined {
  return topic ? thread : undefined;
}

/** What every call about a chat names. */
export function routeOf({ route }: Address) {
  return { chat_id: route.chat, message_thread_id: route.thread };
}
