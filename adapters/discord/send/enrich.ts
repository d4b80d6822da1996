/** What the event did not say: names for ids, the text of attached files, and what was said before. */

import type { Enriched, InboundMessage, Sender } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createTextFiles } from '../../../src/text/attachments.ts';
import type { DiscordApi } from '../client.ts';
import type { WhoAmI } from '../identity.ts';
import { attachmentsOf } from '../receive/content.ts';
import type { DiscordMessage } from '../receive/normalize.ts';
import { readDiscord } from '../render/render.ts';
import { isLater, routeOf } from '../route.ts';
import { type Earlier, readEarlier, withTitle } from './earlier.ts';
import type { FindMissed } from './missed.ts';
import type { Names } from './names.ts';
import type { FindQuote, Quote } from './quote.ts';

const NOTHING: Earlier = { found: [], messages: [], names: {}, title: null };
const WORDLESS = '(called you without writing anything else)';

export function createEnrich(deps: {
  api: DiscordApi;
  whoAmI: WhoAmI;
  names: Names;
  findMissed: FindMissed;
  findQuote: FindQuote;
  download: Sender['download'];
  maxFileChars: number;
  log: Logger;
}) {
  const { findQuote, log } = deps;
  const fileTexts = createTextFiles(deps);

  async function earlier(first: InboundMessage): Promise<Earlier> {
    try {
      return await readEarlier(deps, first);
    } catch (error) {
      log.warn({ err: error }, 'what was said before could not be read');
      return NOTHING;
    }
  }

  async function missedIn(found: DiscordMessage[], first: InboundMessage, asking: ReadonlySet<string>) {
    try {
      return await deps.findMissed(found, first, asking);
    } catch (error) {
      log.warn({ err: error }, 'whether something was missed could not be found out');
      return [];
    }
  }

  /** What was said before, in words: of a file its name, and of the beginning of a thread its text too. */
  async function told(message: InboundMessage, n: number): Promise<InboundMessage> {
    const files = message.attachments.map((file) => file.name);
    const attached = files.length > 0 ? `\n[attached: ${files.join(', ')}]` : '';
    const read = n === 0 && routeOf(message.to).kind === 'thread' ? await fileTexts(message) : '';
    return { ...message, text: (message.text + attached + read).trim(), attachments: [] };
  }

  /** Never throws: an answer to what is there beats none. */
  return async (messages: InboundMessage[], options: { first: boolean }): Promise<Enriched> => {
    const first = messages[0] as InboundMessage;
    const asking = new Set(messages.map(({ id }) => id));
    const before = options.first ? await earlier(first) : NOTHING;
    const quotes = await Promise.all(messages.map((message) => findQuote(message, before.found, asking)));
    const missed = await missedIn(withQuoted(before.found, quotes), first, asking);
    const isMissed = (id: string | undefined) => missed.some((message) => message.id === id);
    const whole = messages.map((message, n) => {
      const title = n === 0 ? before.title : null;
      return asked(withTitle(title, message.text), message, isMissed(quotes[n]?.message.id) ? null : quotes[n]);
    });
    const [files, said] = await Promise.all([
      Promise.all(whole.map(fileTexts)),
      Promise.all(before.messages.filter(({ id }) => !isMissed(id)).map(told)),
    ]);
    const known = Object.assign({}, before.names, ...messages.map((message) => routeOf(message.to).names));
    const { guild } = routeOf(first.to);
    const names = await deps.names.of(
      [...said, ...whole].map(({ text }) => text),
      guild,
      known,
    );
    const name = (id: string) => names[id];
    const readable = (message: InboundMessage, attached = ''): InboundMessage => ({
      ...message,
      text: readDiscord(message.text, { user: name, role: name, channel: name }) + attached,
    });
    return {
      messages: whole.map((message, n) => readable(message, files[n])),
      earlier: said.filter(({ text }) => text !== '').map((message) => readable(message)),
      ...(missed.length > 0 ? { missed } : {}),
    };
  };
}

/** Oldest first. */
function withQuoted(found: DiscordMessage[], quotes: (Quote | null)[]): DiscordMessage[] {
  const all = new Map([...found, ...quotes.flatMap((quote) => quote?.message ?? [])].map((each) => [each.id, each]));
  return [...all.values()].sort((a, b) => (isLater(a.id, b.id) ? 1 : -1));
}

/** A question with what it replies to. */
function asked(text: string, message: InboundMessage, quote: Quote | null | undefined): InboundMessage {
  const own = text.trim() === '' && message.attachments.length === 0 ? WORDLESS : text;
  if (!quote) return { ...message, text: own };
  const attachments = [...message.attachments, ...attachmentsOf(quote.message)];
  return { ...message, text: quote.text + own, attachments };
}
