import { asStream, isError, parseObject } from './as-stream.ts';
import { aboutModel } from './catalog.ts';
import { refusedBy, toModelError } from './errors.ts';
import { type Model, ModelError } from './model.ts';
import { createStreamedModel, type Ending, type Listener, usageOf } from './streamed-model.ts';
import type { Timeouts } from './timeouts.ts';

/**
 * A model behind any OpenAI-compatible host (Groq, Together, vLLM, llama.cpp, Ollama, LM Studio): "Chat Completions" of
 * OpenAI's API reference, streamed. Read by ourselves, since every message passes here: a third of what a provider
 * package's stack of streams takes (docs/decisions/0007-own-reader.md).
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
}): Model {
  const { model, baseUrl, apiKey, contextTokens, timeouts, fetch } = options;
  const { host } = new URL(baseUrl);
  const about = aboutModel(host, model);
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
  };
  return createStreamedModel({
    about: { id: `openai:${model}`, host, ...about, contextTokens: contextTokens ?? about.contextTokens },
    timeouts,
    async read({ messages, maxOutputTokens, temperature }, signal, on) {
      const body = JSON.stringify({
        model,
        messages,
        max_tokens: maxOutputTokens,
        temperature,
        stream: true,
        stream_options: { include_usage: true },
      });
      const answer = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', headers, body, signal });
      if (!answer.ok) throw refusedBy(answer, await answer.text(), { host, prompt: messages });
      const response = await asStream(answer, host, (document) => document);
      if (!response.body) throw new ModelError('broken', 'EMPTY', `${host} answered with nothing`);
      return readEvents(response.body, host, on);
    },
  });
}

/** What we read of a chunk. Hosts differ in all else. */
interface Chunk {
  choices?: {
    delta?: { content?: string | null; reasoning_content?: string | null; reasoning?: string | null };
    finish_reason?: string | null;
  }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null;
}

/** Server-sent events whose data is a chunk each, until `[DONE]` or the end. */
async function readEvents(body: ReadableStream<Uint8Array>, host: string, on: Listener): Promise<Ending> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const ending: Ending = { reason: undefined, usage: usageOf(undefined, undefined) };
  let rest = '';
  let over = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      // A host that ends without a line's end has still said what it said.
      const lines = (rest + (done ? `${decoder.decode()}\n` : decoder.decode(value, { stream: true }))).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) {
        const data = line.startsWith('data:') ? line.slice(5).trim() : '';
        over ||= data === '[DONE]';
        if (over) return { ...ending, reason: ending.reason ?? 'stop' };
        if (data !== '' && !take(data, host, on, ending)) return ending;
      }
      if (done) return ending;
    }
  } finally {
    void leave(reader, over);
  }
}

/** Reads the little that follows a whole answer, so that its connection can be used again; closes any other. */
async function leave(reader: ReadableStreamDefaultReader<Uint8Array>, over: boolean): Promise<void> {
  try {
    for (let reads = 0; over && reads < 3; reads++) if ((await reader.read()).done) return;
    await reader.cancel();
  } catch {
    // The connection is gone already; the answer was read.
  }
}

/** @returns false when nothing more is to be read */
function take(data: string, host: string, on: Listener, ending: Ending): boolean {
  const chunk = parseObject(data) as (Chunk & Record<string, unknown>) | undefined;
  if (!chunk) throw new ModelError('broken', 'MALFORMED', `${host} sent a stream that cannot be read`);
  if (isError(chunk)) throw toModelError(chunk, { host, prompt: [] });
  if (chunk.usage) ending.usage = usageOf(chunk.usage.prompt_tokens, chunk.usage.completion_tokens);
  const [choice] = chunk.choices ?? [];
  if (choice?.finish_reason) ending.reason = choice.finish_reason;
  const { content, reasoning_content, reasoning } = choice?.delta ?? {};
  if (reasoning_content || reasoning) on.life();
  return content ? on.text(content) : true;
}
