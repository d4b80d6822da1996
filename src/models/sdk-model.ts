import type { LanguageModelV4, LanguageModelV4FinishReason, LanguageModelV4Prompt } from '@ai-sdk/provider';
import { cutError, toModelError } from './errors.ts';
import { type Model, ModelError, type ModelEvent, type ModelRequest, type PromptMessage, type Usage } from './model.ts';
import { createThinkFilter } from './think.ts';
import { type Timeouts, watchTime } from './timeouts.ts';

/** A host that ignores the limit of tokens is cut here: no tokenizer has tokens as long as this on average. */
const CHARS_PER_TOKEN = 64;
const LEAST_CHARS = 256_000;

type End = Extract<ModelEvent, { type: 'end' }>;

/**
 * A `Model` over an AI SDK provider, called by `doStream` and read by one loop: no retries, no tools.
 * Pieces that arrive together are handed on as one event.
 * @param options.load gives the provider's model; called once, at the first use, and again if it failed
 * @param options.preload loads at once, so that the first answer need not wait for it
 */
export function createSdkModel(options: {
  about: Omit<Model, 'stream'>;
  load(): Promise<LanguageModelV4>;
  timeouts: Timeouts;
  preload?: boolean;
}): Model {
  const { about, timeouts } = options;
  let loading: Promise<LanguageModelV4> | undefined;
  const load = (): Promise<LanguageModelV4> => {
    loading ??= options.load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  // What fails here fails again at the first use, and is told there.
  if (options.preload) load().catch(() => {});

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
      load()
        .then((model) => pump(model, request, { host: about.host, signal: ending.signal, onLife: watch.sign, inbox }))
        .catch(inbox.fail);
      try {
        for (;;) {
          const event = await inbox.take();
          ended = event.type === 'end';
          yield event;
          if (ended) return;
        }
      } catch (error) {
        signal.throwIfAborted();
        throw toModelError(error, { host: about.host, prompt: request.messages });
      } finally {
        watch.stop();
        signal.removeEventListener('abort', abort);
        // Ends the HTTP call when the answer is not wanted to its end.
        if (!ended) ending.abort();
      }
    },
  };
}

/** Reads the provider's stream to its end into the inbox. */
async function pump(
  model: LanguageModelV4,
  request: ModelRequest,
  call: { host: string; signal: AbortSignal; onLife(): void; inbox: Inbox },
): Promise<void> {
  const { inbox, signal } = call;
  signal.throwIfAborted();
  const { stream } = await model.doStream({
    prompt: toPrompt(request.messages),
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    abortSignal: signal,
  });
  const most = Math.max(LEAST_CHARS, request.maxOutputTokens * CHARS_PER_TOKEN);
  const think = createThinkFilter();
  const reader = stream.getReader();
  let chars = 0;
  for (;;) {
    const { done, value: part } = await reader.read();
    if (done) throw cutError(call.host);
    switch (part.type) {
      case 'text-delta': {
        call.onLife();
        const text = think.show(part.delta);
        if (text === '') break;
        chars += text.length;
        inbox.add(text);
        if (chars < most) break;
        inbox.end({ type: 'end', reason: 'length', usage: usageOf(undefined, undefined) });
        return reader.cancel();
      }
      case 'reasoning-delta':
        call.onLife();
        break;
      case 'error':
        throw part.error;
      case 'finish': {
        const rest = think.rest();
        chars += rest.length;
        inbox.add(rest);
        return inbox.end({
          type: 'end',
          reason: reasonOf(part.finishReason, chars, call.host),
          usage: usageOf(part.usage.inputTokens.total, part.usage.outputTokens.total),
        });
      }
    }
  }
}

function reasonOf({ unified, raw }: LanguageModelV4FinishReason, chars: number, host: string): End['reason'] {
  if (unified === 'error') throw cutError(host);
  if (unified === 'length') return 'length';
  // workers-ai-provider 4 knows no filter and calls it `stop`.
  if (unified === 'content-filter' || raw === 'content_filter') {
    if (chars > 0) return 'filtered';
    throw new ModelError('refused', 'content_filter', `${host} filtered the whole answer`);
  }
  return 'stop';
}

/** Hosts that count nothing are reported as zeros by some providers. */
function usageOf(inputTokens: number | undefined, outputTokens: number | undefined): Usage {
  return { inputTokens: inputTokens || undefined, outputTokens: outputTokens || undefined };
}

function toPrompt(messages: readonly PromptMessage[]): LanguageModelV4Prompt {
  return messages.map(({ role, content }) =>
    role === 'system' ? { role, content } : { role, content: [{ type: 'text', text: content }] },
  );
}

interface Inbox {
  add(text: string): void;
  end(event: End): void;
  fail(error: unknown): void;
  /** Resolves with all text that has arrived, or with the end. */
  take(): Promise<ModelEvent>;
}

/** Holds what was read until it is asked for. One reader, one writer. */
function createInbox(): Inbox {
  let text = '';
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
      if (text === '' && !end && !failure) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      // What else came in the same packet is still on its way through the provider's streams.
      if (text !== '' && !end && !failure) await new Promise(setImmediate);
      if (text !== '') {
        const piece = text;
        text = '';
        return { type: 'text', text: piece };
      }
      if (end) return end;
      throw failure?.error;
    },
  };
}
