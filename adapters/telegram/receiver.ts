/**
 * Hears Telegram by long polling. An update is received once `getUpdates` is called with a higher offset, so the offset
 * only moves on when `ingest` has stored the update. https://core.telegram.org/bots/api#getupdates
 */

import type { AdapterContext, Ingest, Receiver } from '../../src/contract/index.ts';
import { InboxFullError } from '../../src/contract/index.ts';
import type { LeaseTiming } from '../../src/redis/lease.ts';
import { createReceiver } from '../kit/receiver.ts';
import type { Api } from './api.ts';
import { addressOf, heard, type Normalized, normalize, placeOf } from './normalize.ts';
import { createRefusals } from './refusals.ts';
import type { Message, Reaction, Update, User } from './types.ts';

const POLL_SECONDS = 25;
const POLL_TIMEOUT_MS = (POLL_SECONDS + 10) * 1_000;
const UPDATES = ['message', 'edited_message', 'message_reaction'];

/** Where the sender notes what it posts: a reaction tells neither whose message it is on nor in which topic. */
export const postedKey = (chat: unknown, message: number): string => `posted:${chat}:${message}`;

function judgementOf(reactions: Reaction['new_reaction']): 'good' | 'bad' | 'none' {
  const has = (emoji: string) => reactions.some((reaction) => reaction.emoji === emoji);
  return has('👍') ? 'good' : has('👎') ? 'bad' : 'none';
}

export function createTelegramReceiver(
  deps: Pick<AdapterContext, 'log' | 'store'> & {
    api: Api;
    ingest: Ingest;
    answerBots: boolean;
    leaseTiming?: LeaseTiming;
  },
): Receiver {
  const { api, ingest, log, store, answerBots } = deps;
  let offset: number | undefined;

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

  async function takeMessage(message: Message, me: User): Promise<void> {
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

  async function takeReaction({ chat, message_id: id, ...by }: Reaction): Promise<void> {
    const thread = await store.get(postedKey(chat.id, id));
    const who = by.user ?? by.actor_chat;
    if (thread === null || !who) return;
    const [before, value] = [judgementOf(by.old_reaction), judgementOf(by.new_reaction)];
    const judged = { message: String(id), author: String(who.id), value, before };
    await ingest.feedback(addressOf(chat.id, Number(thread)), judged);
  }

  async function take({ message, edited_message: edited, message_reaction: reaction }: Update, me: User) {
    if (message) await takeMessage(message, me);
    if (edited) {
      const { conversation } = addressOf(edited.chat.id, placeOf(edited));
      await ingest.amend(conversation, String(edited.message_id), heard(edited, me).text);
    }
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
    // A second poll ends the first with 409, and each would get a part of the updates.
    alone: { store, ...(deps.leaseTiming && { timing: deps.leaseTiming }) },
    identify: () => api.call<User>('getMe'),
    describe: (me) => `@${me.username}, long polling`,
    poll,
  });
}
