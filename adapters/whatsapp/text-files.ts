/** The text of attached files, put under the message that they came with. */
import type { Logger } from '../../src/log/logger.ts';
import { cutText } from '../../src/text/clean.ts';
import type { AttachmentRef, InboundMessage, Sender } from '../contract.ts';

/** Media types, beside `text/*`, that a person would call a text file. */
const TEXT_TYPES = /^(text\/.*|application\/(json|xml|x-yaml|yaml|toml|javascript|x-javascript|typescript|sql|x-sh))$/;
const BYTES_PER_CHAR = 4;

/** Reads the text files that came with messages. Never throws: an answer to what is there beats none. */
export function createTextFiles(deps: { download: Sender['download']; maxFileChars: number; log: Logger }) {
  const { download, maxFileChars, log } = deps;

  async function read(file: AttachmentRef): Promise<string> {
    try {
      const bytes = await download(file, maxFileChars * BYTES_PER_CHAR);
      const text = cutText(new TextDecoder().decode(bytes), maxFileChars);
      const fence = '`'.repeat(Math.max(3, 1 + longestRun(text)));
      return `\n\nFile “${file.name}”:\n${fence}\n${text}\n${fence}`;
    } catch (error) {
      log.warn({ err: error }, 'an attached file could not be read');
      return `\n\n[The attached file “${file.name}” could not be read.]`;
    }
  }

  /** @returns the message with the text of its files under its own */
  return async (message: InboundMessage): Promise<InboundMessage> => {
    const files = message.attachments.filter((file) => TEXT_TYPES.test(file.mediaType));
    if (files.length === 0) return message;
    return { ...message, text: message.text + (await Promise.all(files.map(read))).join('') };
  };
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
