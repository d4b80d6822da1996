/** What the event did not say: names for ids, the text of attached files, and what was said in the thread before. */

import type { AttachmentRef, Enriched, InboundMessage } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createTextFiles } from '../../../src/text/attachments.ts';
import type { People } from '../people.ts';
import { mentionedUsers, unescapeSlack } from '../render/inbound.ts';
import type { Files } from './files.ts';
import type { createThreadReader } from './thread.ts';

const WORDLESS = '(called you without writing anything else)';
/** Of what was said before, files are read of the root and the newest few messages that have some. */
const EARLIER_FILES = 4;

export function createEnrich(deps: {
  files: Files;
  people: People;
  before: ReturnType<typeof createThreadReader>;
  maxFileChars: number;
  log: Logger;
}) {
  const { files, people, log } = deps;
  const fileTexts = createTextFiles({ ...deps, download: files.download });

  /** Never throws: an answer to what is there beats none. */
  return async (messages: InboundMessage[], options: { first: boolean }): Promise<Enriched> => {
    const [{ earlier, missed }, asked] = await Promise.all([
      options.first ? deps.before(messages) : { earlier: [], missed: [] },
      Promise.all(messages.map(withFiles)),
    ]);
    const attached = earlier.filter(({ attachments }) => attachments.length > 0);
    const toRead = new Set([...attached.slice(0, 1), ...attached.slice(1).slice(1 - EARLIER_FILES)]);
    const heard = await Promise.all(
      earlier.map(async (message) => named(toRead.has(message) ? await withFiles(message) : { message, text: '' })),
    );
    const all = [...heard, ...asked].map(({ message }) => message);
    const names = await people.names(all.flatMap(({ author, text }) => [...idOf(author), ...mentionedUsers(text)]));
    const readable = ({ message, text: attachedText }: Attached, wordless: string): InboundMessage => {
      const name = names.get(message.author.id) ?? message.author.name;
      const said = unescapeSlack(message.text, { user: (id) => names.get(id) }) + attachedText;
      const blank = said.trim() === '' && message.attachments.length === 0;
      return { ...message, text: blank ? wordless : said, author: { ...message.author, ...(name ? { name } : {}) } };
    };
    return {
      messages: asked.map((one) => readable(one, WORDLESS)),
      earlier: heard.map((one) => readable(one, '')),
      ...(missed.length > 0 ? { missed } : {}),
    };
  };

  /** With what Slack tells of files that the event only named, and with what text files say. */
  async function withFiles(message: InboundMessage): Promise<Attached> {
    const attachments = await Promise.all(message.attachments.map(known));
    return { message: { ...message, attachments }, text: await fileTexts({ attachments }) };
  }

  async function known(file: AttachmentRef): Promise<AttachmentRef> {
    return files.known(file).catch((error) => {
      log.warn({ err: error }, 'what kind of file was attached is not known');
      return file;
    });
  }
}

interface Attached {
  message: InboundMessage;
  /** What the message's text files say. */
  text: string;
}

/** Of what was said before, the prompt has the words only. */
function named({ message, text }: Attached): Attached {
  const files = message.attachments.map(({ name }) => name);
  return { message, text: files.length > 0 ? `${text}\n[attached: ${files.join(', ')}]` : text };
}

/** An app shows the name that it gave itself with this message. */
function idOf(author: InboundMessage['author']): string[] {
  return author.bot && author.name ? [] : [author.id];
}
