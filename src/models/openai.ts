import { asStream } from './as-stream.ts';
import { aboutModel } from './catalog.ts';
import type { Model } from './model.ts';
import { createSdkModel } from './sdk-model.ts';
import type { Timeouts } from './timeouts.ts';

/**
 * A model behind any OpenAI-compatible host (Groq, Together, vLLM, llama.cpp, Ollama, LM Studio), through
 * `@ai-sdk/openai-compatible`, which is loaded at the first call.
 * @param options.baseUrl with its `/v1`
 */
export function createOpenAiModel(options: {
  model: string;
  baseUrl: string;
  apiKey?: string;
  /** Tokens that prompt and answer share, where the host told. */
  contextTokens?: number;
  timeouts: Timeouts;
  fetch: typeof fetch;
  preload?: boolean;
}): Model {
  const { model, baseUrl, apiKey, contextTokens, timeouts, preload } = options;
  const { host } = new URL(baseUrl);
  const about = aboutModel(host, model);
  const fetch: typeof globalThis.fetch = async (input, init) =>
    asStream(await options.fetch(input, init), host, (answer) => answer);
  return createSdkModel({
    about: { id: `openai:${model}`, host, ...about, contextTokens: contextTokens ?? about.contextTokens },
    timeouts,
    preload,
    async load() {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const provider = createOpenAICompatible({ name: 'host', baseURL: baseUrl, apiKey, includeUsage: true, fetch });
      return provider.chatModel(model);
    },
  });
}
