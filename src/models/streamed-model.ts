import { createMask } from '../log/mask.ts';
import { type AnswerFilter, createAnswerFilter } from './answer-filter.ts';
import { cutError, toModelError, withoutSecrets } from './errors.ts';
import { type Model, ModelError, type ModelEvent, type ModelRequest, type Usage } from './model.ts';
import { type Timeouts, watchTime } from './timeouts.ts';

/** A host that ignores the limit of tokens is cut here: no tokenizer has tokens as long as this on average. */
const CHARS_PER_TOKEN = 64;
const LEAST_CHARS = 256_000;
/** Models that reason before each answer, and whose chat template opens the tag, so that only the closing one is written. */
const THINKS = /qwq|deepseek-?r1|r1-distill|(?<!non-?)thinking/i;

type End = Extract<ModelEvent, { type: 'end' }>;

/** How a host ended its answer, in OpenAI's words: `stop`, `length`, `content_filter`, … */
export interface Ending {
  /** Undefined: the stream ended without a word about its end. */
  reason: string | undefined;
  usage: Usage;
}

/** What a reader tells while it reads one answer. */
export interface Listener {
  /** @returns false when it has heard enough: the reader stops reading, and lets go of the connection */
  text(piece: string): boolean;
  /** Something came that nobody is shown, such as reasoning. */
  life(): void;
}

/** Calls the host and reads the answer to its end. What goes wrong is thrown as it is. */
export type Read = (request: ModelRequest, signal: AbortSignal, on: Listener) => Promise<Ending>;

/**
 * A `Model` over a reader of one host's streams: limits in time and size, no retries, no tools. Pieces that arrive
 * together are handed on as one event.
 */
export function createStreamedModel(options: {
  about: Omit<Model, 'stream'>;
  read: Read;
  timeouts: Timeouts;
  /** What must not stand in an error: the host's keys. Read at each error, for some hosts' keys change. */
  secrets?: readonly string[];
}): Model {
  const { about, timeouts } = options;
  return {
    ...about,
    async *stream(request) {
      const { signal } = request;
      signal.throwIfAborted();
      const inbox = createInbox();
      const ending = new AbortController();
      const endWith = (reason: unknown) => {
        inbox.fail(reason);
        ending.abort(reason);
      };
      const abort = () => endWith(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      const watch = watchTime(timeouts, about.host, endWith);
      let ended = false;
      const filter = createAnswerFilter(THINKS.test(about.id));
      const call = { host: about.host, signal: ending.signal, onLife: watch.sign, inbox, filter };
      pump(options.read, request, call).catch(inbox.fail);
      try {
        for (;;) {
          const event = await inbox.take();
          ended = event.type === 'end';
          yield event;
          if (ended) return;
        }
      } catch (error) {
        signal.throwIfAborted();
        const { messages: prompt } = request;
        throw withoutSecrets(toModelError(error, { host: about.host, prompt }), createMask(options.secrets));
      } finally {
        watch.stop();
        signal.removeEventListener('abort', abort);
        // Ends the HTTP call when the answer is not wanted to its end.
        if (!ended) ending.abort();
      }
    },
  };
}

/** Reads the answer to its end into the inbox. */
async function pump(
  read: Read,
  request: ModelRequest,
  call: { host: string; signal: AbortSignal; onLife(): void; inbox: Inbox; filter: AnswerFilter },
): Promise<void> {
  const { host, inbox, signal, onLife, filter } = call;
  signal.throwIfAborted();
  const most = Math.max(LEAST_CHARS, request.maxOutputTokens * CHARS_PER_TOKEN);
  let chars = 0;
  let shown = 0;
  const show = ({ text, anew }: { text: string; anew: boolean }) => {
    if (anew) inbox.restart();
    shown = (anew ? 0 : shown) + text.length;
    inbox.add(text);
  };
  const { reason, usage } = await read(request, signal, {
    life() {
      onLife();
      filter.parted();
    },
    text(piece) {
      onLife();
      chars += piece.length;
      show(filter.show(piece));
      return chars < most;
    },
  });
  show(filter.rest());
  if (chars >= most) return inbox.end({ type: 'end', reason: 'length', usage: NOT_COUNTED });
  inbox.end({ type: 'end', reason: reasonOf(reason, shown, host), usage });
}

const NOT_COUNTED: Usage = { inputTokens: undefined, outputTokens: undefined };

function reasonOf(reason: string | undefined, chars: number, host: string): End['reason'] {
  if (reason === undefined) throw cutError(host);
  if (reason === 'length') return 'length';
  if (reason !== 'content_filter') return 'stop';
  if (chars > 0) return 'filtered';
  throw new ModelError('refused', 'content_filter', `${host} filtered the whole answer`);
}

/** Hosts that count nothing are reported as zeros by some. */
export function usageOf(inputTokens: unknown, outputTokens: unknown): Usage {
  const count = (value: unknown) => (typeof value === 'number' && value > 0 ? value : undefined);
  return { inputTokens: count(inputTokens), outputTokens: count(outputTokens) };
}

interface Inbox {
  add(text: string): void;
  /** What was added is forgotten. */
  restart(): void;
  end(event: End): void;
  fail(error: unknown): void;
  /** Resolves with all text that has arrived, or with the end. */
  take(): Promise<ModelEvent>;
}

/** Holds what was read until it is asked for. One reader, one writer. */
function createInbox(): Inbox {
  let text = '';
  let taken = false;
  let restarted = false;
  let end: End | undefined;
  let failure: { error: unknown } | undefined;
  let wake: (() => void) | undefined;
  const changed = () => {
    wake?.();
    wake = undefined;
  };

  return {
    add(piece) {
      if (piece === '') return;
      text += piece;
      changed();
    },
    restart() {
      text = '';
      restarted = taken;
      changed();
    },
    end(event) {
      end = event;
      changed();
    },
    fail(error) {
      // What comes after the first failure is its consequence.
      failure ??= { error };
      changed();
    },
    async take() {
      if (text === '' && !restarted && !end && !failure) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      // What else came in the same packet is still on its way through the reader's streams.
      if (text !== '' && !end && !failure) await new Promise(setImmediate);
      if (restarted) {
        restarted = false;
        taken = false;
        return { type: 'restart' };
      }
      if (text !== '') {
        const piece = text;
        text = '';
        taken = true;
        return { type: 'text', text: piece };
      }
      if (end) return end;
      throw failure?.error;
    },
  };
}
