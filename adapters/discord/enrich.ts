/** What the event did not say: names for ids, the text of attached files, and what was said before. */
import type { Logger } from '../../src/log/logger.ts';
import { createTextFiles } from '../../src/text/attachments.ts';
import type { Enriched, InboundMessage, Sender } from '../contract.ts';
import type { DiscordApi } from './client.ts';
import { type Earlier, readEarlier, withTitle } from './earlier.ts';
import type { WhoAmI } from './identity.ts';
import type { Names } from './names.ts';
import { placeOf } from './place.ts';
import { readDiscord } from './render.ts';

const NOTHING: Earlier = { messages: [], names: {}, title: null };
const WORDLESS = '(called you without writing anything else)';

export function createEnrich(deps: {
  api: DiscordApi;
  whoAmI: WhoAmI;
  names: Names;
  download: Sender['download'];
  maxFileChars: number;
  log: Logger;
}) {
  const { log } = deps;
  const fileTexts = createTextFiles(deps);

  async function earlier(first: InboundMessage): Promise<Earlier> {
    try {
      return await readEarlier(deps, first);
    } catch (error) {
      log.warn({ err: error }, 'what was said before could not be read');
      return NOTHING;
    }
  }

  /** Never throws: an answer to what is there beats none. */
  return async (messages: InboundMessage[], options: { first: boolean }): Promise<Enriched> => {
    const [before, files] = await Promise.all([
      options.first ? earlier(messages[0] as InboundMessage) : NOTHING,
      Promise.all(messages.map(fileTexts)),
    ]);
    const told = Object.assign({}, before.names, ...messages.map((message) => placeOf(message.to).names));
    const { guild } = placeOf((messages[0] as InboundMessage).to);
    const names = await deps.names.of(
      [...before.messages, ...messages].map(({ text }) => text),
      guild,
      told,
    );
    const name = (id: string) => names[id];
    const readable = (message: InboundMessage, attached = ''): InboundMessage => {
      const text = readDiscord(message.text, { user: name, role: name, channel: name }) + attached;
      return { ...message, text: text.trim() === '' && message.attachments.length === 0 ? WORDLESS : text };
    };
    return {
      messages: messages.map((message, n) =>
        readable(n === 0 ? { ...message, text: withTitle(before.title, message.text) } : message, files[n]),
      ),
      earlier: before.messages.filter(({ text }) => text !== '').map((message) => readable(message)),
    };
  };
}
