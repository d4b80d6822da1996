import type { LanguageModelV4, LanguageModelV4FinishReason, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { Model, PromptMessage } from './model.ts';
import { createStreamedModel, type Read, usageOf } from './streamed-model.ts';
import type { Timeouts } from './timeouts.ts';

/**
 * A `Model` over an AI SDK provider, called by `doStream`.
 * @param options.load gives the provider's model; called once, at the first use, and again if it failed
 * @param options.preload loads at once, so that the first answer need not wait for it
 * @param options.prepare runs before each call, after `load`
 */
export function createSdkModel(options: {
  about: Omit<Model, 'stream'>;
  load(): Promise<LanguageModelV4>;
  timeouts: Timeouts;
  preload?: boolean;
  secrets?: readonly string[];
  prepare?(): Promise<void>;
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
  return createStreamedModel({
    about,
    timeouts,
    read: readerOf(load, options.prepare),
    secrets: options.secrets ?? [],
  });
}

function readerOf(load: () => Promise<LanguageModelV4>, prepare?: () => Promise<void>): Read {
  return async (request, signal, on) => {
    const model = await load();
    await prepare?.();
    signal.throwIfAborted();
    const { stream } = await model.doStream({
      prompt: toPrompt(request.messages),
      maxOutputTokens: request.maxOutputTokens,
      temperature: request.temperature,
      abortSignal: signal,
    });
    const reader = stream.getReader();
    for (;;) {
      const { done, value: part } = await reader.read();
      if (done) return { reason: undefined, usage: usageOf(undefined, undefined) };
      switch (part.type) {
        case 'text-delta':
          if (on.text(part.delta)) break;
          await reader.cancel();
          return { reason: 'length', usage: usageOf(undefined, undefined) };
        case 'reasoning-delta':
          on.life();
          break;
        case 'error':
          throw part.error;
        case 'finish':
          return {
            reason: reasonOf(part.finishReason),
            usage: usageOf(part.usage.inputTokens.total, part.usage.outputTokens.total),
          };
      }
    }
  };
}

function reasonOf({ unified, raw }: LanguageModelV4FinishReason): string | undefined {
  if (unified === 'error') return undefined;
  // @ai-sdk/amazon-bedrock 5 does not know that prompt and answer have filled the window.
  if (raw === 'model_context_window_exceeded') return 'length';
  // workers-ai-provider 4 knows no filter and calls it `stop`.
  if (unified === 'content-filter' || raw === 'content_filter') return 'content_filter';
  return unified;
}

function toPrompt(messages: readonly PromptMessage[]): LanguageModelV4Prompt {
  return messages.map(({ role, content }) =>
    role === 'system' ? { role, content } : { role, content: [{ type: 'text', text: content }] },
  );
}
