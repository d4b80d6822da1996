/** What the event did not say: names for ids, the text of attached files, and what was said in the thread before. */
import type { Logger } from '../../src/log/logger.ts';
import { createTextFiles } from '../../src/text/attachments.ts';
import type { Enriched, InboundMessage, Sender } from '../contract.ts';
import type { SlackApi } from './client.ts';
import type { WhoAmI } from './identity.ts';
import type { SlackMessage } from './normalize.ts';
import type { People } from './people.ts';
import { placeOf } from './place.ts';
import { mentionedUsers, unescapeSlack } from './render-inbound.ts';

/** Slack gives a thread's oldest replies first; so many are asked for, and the root and the newest of them are used. */
const READ = 200;
const EARLIER = 20;
const WORDLESS = '(called you without writing anything else)';

export function createEnrich(deps: {
  api: SlackApi;
  download: Sender['download'];
  people: People;
  whoAmI: WhoAmI;
  maxFileChars: number;
  log: Logger;
}) {
  const { api, people, log } = deps;
  const fileTexts = createTextFiles(deps);

  /** Never throws: an answer to what is there beats none. */
  return async (messages: InboundMessage[], options: { first: boolean }): Promise<Enriched> => {
    const [before, files] = await Promise.all([
      options.first ? earlier(messages[0] as InboundMessage) : [],
      Promise.all(messages.map(fileTexts)),
    ]);
    const all = [...before, ...messages];
    const names = await people.names(all.flatMap(({ author, text }) => [author.id, ...mentionedUsers(text)]));
    const readable = (message: InboundMessage, attached = ''): InboundMessage => {
      const name = names.get(message.author.id) ?? message.author.name;
      const text = unescapeSlack(message.text, { user: (id) => names.get(id) }) + attached;
      const wordless = text.trim() === '' && message.attachments.length === 0;
      return { ...message, text: wordless ? WORDLESS : text, author: { ...message.author, ...(name ? { name } : {}) } };
    };
    return {
      messages: messages.map((message, n) => readable(message, files[n])),
      earlier: before.map((message) => readable(message)),
    };
  };

  /** What stood in the thread before we were called in. */
  async function earlier(first: InboundMessage): Promise<InboundMessage[]> {
    const { channel, thread, asked } = placeOf(first.to);
    if (!thread || thread === asked) return [];
    try {
      const me = await deps.whoAmI();
      const answer = await api.call('conversations.replies', (client) =>
        client.conversations.replies({ channel, ts: thread, latest: asked, inclusive: false, limit: READ }),
      );
      const before = ((answer.messages ?? []) as SlackMessage[])
        .filter((message) => message.ts && message.ts < asked && message.user && message.user !== me.userId)
        .map(
          (message): InboundMessage => ({
            v: 1,
            id: message.ts as string,
            author: { id: message.user as string },
            text: message.text ?? '',
            attachments: [],
            sentAt: Math.round(Number(message.ts) * 1_000),
            to: first.to,
          }),
        );
      return before.length <= EARLIER ? before : [...before.slice(0, 1), ...before.slice(1 - EARLIER)];
    } catch (error) {
      log.warn({ err: error }, 'the thread before the mention could not be read');
      return [];
    }
  }
}
