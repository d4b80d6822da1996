/** A polite answer to what people send and the assistant cannot read: once in a while for each conversation. */

import type { Address, Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { Api } from '../api.ts';

/** One polite answer in this time. */
const TOLD_FOR_S = 3_600;
/** An update comes again until it is confirmed; Telegram keeps it for a day. */
const MET_FOR_S = 86_400;
const UNSUPPORTED = 'Sorry, I cannot read this kind of message. Please write it as text, or send a file.';
const VOICE = 'Sorry, I cannot listen to voice notes. Please write your message as text.';

/** @returns a function that answers in the background. @throws when Redis is away */
export function createRefusals({ api, store, log }: { api: Api; store: Store; log: Logger }) {
  return async (to: Address, id: number, type: string): Promise<void> => {
    const { chat, thread } = to.route;
    if ((await store.get(`met:${chat}:${id}`)) !== null) return;
    const told = await store.get(`told:${to.conversation}:${type === 'voice'}`);
    await store.set(`told:${to.conversation}:${type === 'voice'}`, '1', TOLD_FOR_S);
    await store.set(`met:${chat}:${id}`, '1', MET_FOR_S);
    if (told !== null) return;
    log.info({ type }, 'a message of a kind that is not supported');
    const text = type === 'voice' ? VOICE : UNSUPPORTED;
    const reply_parameters = { message_id: id, allow_sending_without_reply: true };
    api
      .call('sendMessage', { chat_id: chat, message_thread_id: thread, text, parse_mode: 'HTML', reply_parameters })
      .catch((error) => log.warn({ err: error }, 'a polite refusal could not be sent'));
  };
}
