/** The body of a host's answer, read to its end. */
import { createChunkReader, type Said } from './chunk.ts';
import { cutError, toModelError } from './errors.ts';
import { createEventReader } from './events.ts';
import { ModelError } from './model.ts';

export interface AnswerReader {
  /** @param text the next decoded piece of the body; @returns what it said */
  push(text: string): Said[];
  /** @returns what was still to be said; a body without events is one whole answer */
  end(): Said[];
  /** `[DONE]` was read, or a whole document. */
  readonly over: boolean;
}

/**
 * Reads the events of an answer. Its calls throw a `ModelError` for an error inside it, for what cannot be read, and for
 * an answer that the host says it broke off.
 */
export function createAnswerReader(host: string): AnswerReader {
  const read = createChunkReader(host);
  let said: Said[] = [];
  let over = false;
  let called = false;
  let spoke = false;

  function take(value: unknown, data: string, name?: string): void {
    if (over) return;
    const each = read(value, data, name);
    called ||= each.called;
    spoke ||= each.text.trim() !== '';
    if (each.reason === 'error') throw cutError(host);
    if (each.reason === 'tool_calls') {
      // No tools were offered: what it wrote beside the call is all that there is.
      if (!spoke) throw new ModelError('broken', 'TOOL_CALL', `${host} called a tool, though none was offered`);
      each.reason = 'stop';
    }
    said.push(each);
  }

  const events = createEventReader({
    event: take,
    done() {
      over = true;
    },
    broken() {
      throw new ModelError('broken', 'MALFORMED', `${host} sent a stream that cannot be read`);
    },
  });

  function taken(): Said[] {
    const now = said;
    said = [];
    return now;
  }

  return {
    push(text) {
      events.push(text);
      return taken();
    },
    end() {
      const document = events.end();
      if (document !== '') {
        takeDocument(document, host, take);
        over = true;
      }
      if (called && !spoke)
        throw new ModelError('broken', 'TOOL_CALL', `${host} called a tool, though none was offered`);
      return taken();
    },
    get over() {
      return over;
    },
  };
}

/** A whole answer from a model that cannot stream, an error under status 200 (llama.cpp sent those), or a page. */
function takeDocument(text: string, host: string, take: (value: unknown, data: string) => void): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const what = /^\s*<(!doctype|html|\?xml|head|body)/i.test(text) ? 'a page' : 'something else';
    throw new ModelError('broken', 'NO_STREAM', `${host} sent ${what} in place of an answer; is its address right?`);
  }
  if (typeof value === 'string') throw toModelError(value, { host, prompt: [] });
  take(value, text);
}
