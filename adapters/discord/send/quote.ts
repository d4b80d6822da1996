/** The message that somebody replies to: which of all that was said is meant, and what stands in it. */

import type { InboundMessage } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { cutText } from '../../../src/text/clean.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';
import type { DiscordApi } from '../client.ts';
import type { WhoAmI } from '../identity.ts';
import { readMessage } from '../receive/chain.ts';
import { attachmentsOf, textOf } from '../receive/content.ts';
import { type DiscordMessage, nameOf } from '../receive/normalize.ts';
import { routeOf } from '../route.ts';

const LONGEST = 2_000;

export interface Quote {
  message: DiscordMessage;
  /** To stand before the reply; empty where the message itself stands there. */
  text: string;
}

export type FindQuote = ReturnType<typeof createFindQuote>;

export function createFindQuote(deps: { api: DiscordApi; whoAmI: WhoAmI; posted: SentMessages; log: Logger }) {
  const { api, posted, log } = deps;

  async function read(channel: string, id: string): Promise<DiscordMessage | null> {
    try {
      return await readMessage(api, channel, id);
    } catch (error) {
      log.warn({ err: error }, 'the message replied to could not be read');
      return null;
    }
  }

  async function wordsFor(message: DiscordMessage): Promise<string> {
    const text = textOf(message);
    if (text === '' && attachmentsOf(message).length === 0) return '';
    const { botId } = await deps.whoAmI();
    const name = (message.author && nameOf(message.author, message.member)) ?? 'someone';
    const whose = message.author?.id === botId ? 'your message' : `the message of ${name}`;
    return `In reply to ${whose}:\n> ${(cutText(text, LONGEST) || '(a file)').replaceAll('\n', '\n> ')}\n\n`;
  }

  /**
   * @param found what was read before the asking messages, oldest first
   * @param asking ids of the messages that ask
   * @returns null for a message that replies to none, to our last answer, or to another that asks. Never throws
   */
  return async (
    { to }: InboundMessage,
    found: DiscordMessage[],
    asking: ReadonlySet<string>,
  ): Promise<Quote | null> => {
    const { channel, kind, repliesTo } = routeOf(to);
    if (!repliesTo || kind === 'private' || asking.has(repliesTo)) return null;
    const last = await posted.last(to.conversation).catch(() => null); // A quote too many does no harm.
    if (last === repliesTo) return null;
    const known = found.find(({ id }) => id === repliesTo);
    const message = known ?? (await read(channel, repliesTo));
    if (!message) return null;
    const isThere = known !== undefined && found.at(-1) === known;
    return { message, text: isThere ? '' : await wordsFor(message) };
  };
}
