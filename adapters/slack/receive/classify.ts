/** Whether a message is for us, where the event alone cannot tell: the author behind an app may be a person. */

import { SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { isPassing } from '../../kit/retry.ts';
import type { HistoryMessage } from '../catch-up/history.ts';
import type { WhoAmI } from '../identity.ts';
import type { People } from '../people.ts';
import type { GroupsOf } from '../user-groups.ts';
import { type Normalized, type NormalizeSettings, normalize, type SlackMessage } from './normalize.ts';

export type Classifier = ReturnType<typeof createClassifier>;
export type Wanted = Extract<Normalized, { kind: 'message' }> & { edited: boolean };

export function createClassifier(deps: {
  whoAmI: WhoAmI;
  people: People;
  groupsOf: GroupsOf;
  settings: NormalizeSettings;
  log: Logger;
}) {
  const { whoAmI, people, settings, log } = deps;

  /** @throws SendError while Slack is away: the event is then delivered again */
  async function event(event: SlackMessage): Promise<Normalized> {
    const result = await normalized(event);
    if (result.kind !== 'message') return result;
    const groups = await deps.groupsOf(result.message.author.id);
    return groups ? { ...result, message: { ...result.message, groups } } : result;
  }

  async function normalized(event: SlackMessage): Promise<Normalized> {
    const me = await whoAmI();
    const result = normalize(event, me, { ...settings, answerBots: true });
    if (result.kind !== 'message' || !result.message.author.bot) return result;
    if (event.user && event.subtype !== 'bot_message' && (await isPerson(event.user)))
      return normalize({ ...event, bot_id: undefined, username: undefined }, me, settings);
    if (settings.answerBots) return result;
    if (result.condition === 'always')
      log.info({ bot: event.bot_id, channel: event.channel }, 'a bot called; conversation.answer_bots is off');
    return { kind: 'ignore', why: 'a bot' };
  }

  async function isPerson(user: string): Promise<boolean> {
    try {
      return await people.isPerson(user);
    } catch (error) {
      if (!(error instanceof SendError) || isPassing(error)) throw error;
      log.info({ code: error.code }, 'Slack does not tell whether a message by way of an app is a person’s');
      return false;
    }
  }

  return {
    event,

    /** What a message in a channel's history is to us; null: nothing. An edit made meanwhile counts as if written so. */
    async found(channel: string, message: HistoryMessage): Promise<Wanted | null> {
      const { edited, ...written } = message;
      const result = await event({ ...written, type: 'message', channel });
      return result.kind === 'message' ? { ...result, edited: edited !== undefined } : null;
    },
  };
}
