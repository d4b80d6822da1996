import type { InboundMessage } from '../contract/index.ts';
import { cleanText, cutText } from '../text/clean.ts';

export interface Guard {
  /** What a person (or a page they pasted) sent, before the model sees it. */
  inbound(message: InboundMessage): InboundMessage;
  /** What the model wrote so far, before anybody sees it. The same text always gives the same result. */
  outbound(text: string): string;
}

/** A name stands at the head of each message in the prompt; it must not look like more than a name. */
const MAX_NAME_CHARS = 60;

/**
 * The guard that every text passes: hidden characters go (they carry instructions that nobody sees), sizes are bounded.
 * Pings are the platform's own matter and are calmed in its renderer.
 */
export function createGuard(options: { maxMessageChars: number }): Guard {
  return {
    inbound(message) {
      const { author } = message;
      const name =
        author.name === undefined
          ? undefined
          : cleanText(author.name)
              .replace(/[\s:]+/g, ' ')
              .trim()
              .slice(0, MAX_NAME_CHARS);
      return {
        ...message,
        text: cutText(cleanText(message.text), options.maxMessageChars),
        author: { ...author, ...(name ? { name } : {}) },
      };
    },
    outbound: cleanText,
  };
}
