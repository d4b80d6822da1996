/** From Telegram's updates to what is stored. */
import type { AdapterContext, Ingest } from '../../src/contract/index.ts';
import { InboxFullError } from '../../src/contract/index.ts';
import type { Api } from './api.ts';
import { type Normalized, normalize, saidTo } from './receive/normalize.ts';
import { createRefusals } from './receive/refusals.ts';
import { toAddress, topicOf } from './route.ts';
import type { Message, Reaction, Update, User } from './types.ts';

/** Where the sender notes what it posts: a reaction tells neither whose message it is on nor in which topic. */
export const postedKey = (chat: unknown, message: number): string => `posted:${chat}:${message}`;

function judgementOf(reactions: Reaction['new_reaction']): 'good' | 'bad' | 'none' {
  const has = (emoji: string) => reactions.some((reaction) => reaction.emoji === emoji);
  return has('👍') ? 'good' : has('👎') ? 'bad' : 'none';
}

export type EventDeps = Pick<AdapterContext, 'log' | 'store'> & { api: Api; ingest: Ingest; answerBots: boolean };

export function createTelegramEvents({ api, ingest, log, store, answerBots }: EventDeps) {
  const refuse = createRefusals({ api, store, log });

  /** An update that we do not understand must not stand in the way of all that come after it. */
  function understood(message: Message, me: User): Normalized {
    try {
      return normalize(message, me, answerBots);
    } catch (error) {
      log.error({ err: error }, 'a message of an unknown form was left out');
      return { kind: 'ignore' };
    }
  }

  async function onMessage(message: Message, me: User): Promise<void> {
    const result = understood(message, me);
    switch (result.kind) {
      case 'stop':
        await ingest.stop(result.to.conversation);
        return;
      case 'unsupported':
        await refuse(result.to, result.id, result.type);
        return;
      case 'message':
        try {
          await ingest.message(result.message);
        } catch (error) {
          // All chats share one offset: one that floods us must not hold up the others.
          if (!(error instanceof InboxFullError)) throw error;
          log.warn({ err: error }, 'a message was dropped');
        }
        return;
      default:
        log.trace('not for us');
    }
  }

  async function onReaction({ chat, message_id: id, ...by }: Reaction): Promise<void> {
    const thread = await store.get(postedKey(chat.id, id));
    const who = by.user ?? by.actor_chat;
    if (thread === null || !who) return;
    const [before, value] = [judgementOf(by.old_reaction), judgementOf(by.new_reaction)];
    const judged = { message: String(id), author: String(who.id), value, before };
    await ingest.feedback(toAddress(chat.id, Number(thread)), judged);
  }

  async function onEdit(message: Message, me: User): Promise<void> {
    const { conversation } = toAddress(message.chat.id, topicOf(message));
    await ingest.amend(conversation, String(message.message_id), saidTo(message, me).text);
  }

  return {
    /** Takes one update. @throws what ingest throws: the update then comes again */
    async take({ message, edited_message: edited, message_reaction: reaction }: Update, me: User): Promise<void> {
      if (message) await onMessage(message, me);
      if (edited) await onEdit(edited, me);
      if (reaction) await onReaction(reaction);
    },
  };
}
