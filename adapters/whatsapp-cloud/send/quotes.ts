/**
 * Which message a person replied to. A webhook names it and does not say its text, and Graph finds no message by its id:
 * what was said stands in the conversation's history, under the ids of the person's messages and of our turns.
 */

import type { AttachmentRef, InboundMessage } from '../../../src/contract/index.ts';
import type { Conversations } from '../../../src/conversation/conversations.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { quoteOf } from '../../whatsapp/quote.ts';
import { readWhatsApp, renderWhatsApp } from '../../whatsapp/render/render.ts';
import { routeOf } from '../route.ts';
import type { CloudSentMessages } from '../sent-messages.ts';

interface Referred {
  ours: boolean;
  text: string;
  attachments: AttachmentRef[];
}

/** @returns a function that puts what a message replies to above it; never throws */
export function createQuotes(deps: {
  sentMessages: CloudSentMessages;
  history: Conversations['history'];
  fileTexts(message: Pick<InboundMessage, 'attachments'>): Promise<string>;
  log: Logger;
}) {
  const { sentMessages, history, fileTexts, log } = deps;

  async function find(id: string, conversation: string, together: readonly InboundMessage[]): Promise<Referred> {
    const near = together.find((message) => message.id === id);
    if (near) return { ours: false, text: readWhatsApp(near.text), attachments: near.attachments };
    const [turn, turns] = await Promise.all([sentMessages.turnOf(id), history(conversation)]);
    if (turn !== null) {
      const reply = turns.find((one) => one.id === turn)?.reply ?? '';
      return { ours: true, text: await partOf(id, reply), attachments: [] };
    }
    const said = turns.flatMap(({ user }) => user).findLast((message) => message.id === id);
    return { ours: false, text: said?.text ?? '', attachments: said?.attachments ?? [] };
  }

  /** Of a long answer, the message that was pointed at. */
  async function partOf(id: string, reply: string): Promise<string> {
    const part = await sentMessages.partOf(id);
    return part === 0 ? reply : readWhatsApp(renderWhatsApp(reply)[part] ?? reply);
  }

  /** @param together the messages of the same turn, as they came */
  return async (message: InboundMessage, together: readonly InboundMessage[]): Promise<InboundMessage> => {
    const { quoted } = routeOf(message.to);
    if (!quoted) return message;
    const found = await find(quoted, message.to.conversation, together).catch((error: unknown): Referred => {
      // A detail, not worth the answer.
      log.debug({ err: error }, 'what a message replies to could not be looked up');
      return { ours: false, text: '', attachments: [] };
    });
    const which = found.ours ? 'one of your earlier messages' : 'an earlier message of their own';
    const quote = quoteOf(
      found.text,
      found.attachments.map(({ name }) => name),
    );
    const files = await fileTexts(found);
    const text = quote === '' ? message.text : `${quote}\n\n${message.text}`;
    return { ...message, text: `[in reply to ${which}]\n${text}${files}` };
  };
}
