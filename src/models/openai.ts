import { createAnswerReader } from './answer-stream.ts';
import { aboutModel } from './catalog.ts';
import type { Said } from './chunk.ts';
import { refusedBy } from './errors.ts';
import { type Model, ModelError } from './model.ts';
import { createSender } from './optional-fields.ts';
import { createStreamedModel, type Ending, type Listener, usageOf } from './streamed-model.ts';
import type { Timeouts } from './timeouts.ts';

/** Asks for the count of tokens. */
const COUNT = { include_usage: true };

/**
 * A model behind any OpenAI-compatible host (Together, vLLM, llama.cpp, Ollama, LM Studio): "Chat Completions" of
 * OpenAI's API reference, streamed. Read by ourselves, since every message passes here: a third of what a provider
 * package's stack of streams takes (docs/decisions/0007-own-reader.md).
 * @param options.baseUrl with its `/v1`
 * @param options.name the host's in `hosts:`; without one it is `openai`
 */
export function createOpenAiModel(options: {
  model: string;
  baseUrl: string;
  apiKey?: string;
  name?: string;
  timeouts: Timeouts;
  fetch: typeof fetch;
}): Model {
  const { model, baseUrl, apiKey, name, timeouts, fetch } = options;
  const address = new URL(baseUrl).host;
  const about = aboutModel(address, model);
  const host = name ? `${name} (${address})` : address;
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
  };
  const send = createSender((body, signal) =>
    fetch(`${baseUrl}/chat/completions`, { method: 'POST', headers, body, signal }),
  );
  return createStreamedModel({
    about: { id: `${name ?? 'openai'}:${model}`, host, ...about },
    timeouts,
    secrets: apiKey ? [apiKey] : [],
    async read({ messages, maxOutputTokens, temperature }, signal, on) {
      const body = { model, messages, max_tokens: maxOutputTokens, temperature, stream: true, stream_options: COUNT };
      const answer = await send(body, signal);
      if (!answer.ok) throw refusedBy(answer, await answer.text(), { host, prompt: messages });
      if (!answer.body) throw new ModelError('broken', 'EMPTY', `${host} answered with nothing`);
      return readAnswer(answer.body, host, on);
    },
  });
}

/** Reads until `[DONE]` or the end. */
async function readAnswer(body: ReadableStream<Uint8Array>, host: string, on: Listener): Promise<Ending> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const answer = createAnswerReader(host);
  const ending: Ending = { reason: undefined, usage: usageOf(undefined, undefined) };
  let over = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const said = answer.push(done ? decoder.decode() : decoder.decode(value, { stream: true }));
      if (done) said.push(...answer.end());
      over = answer.over;
      for (const each of said) if (!hear(each, on, ending)) return ending;
      if (over) return { ...ending, reason: ending.reason ?? 'stop' };
      if (done) return ending;
    }
  } finally {
    void leave(reader, over);
  }
}

/** @returns false when nothing more is to be read */
function hear({ text, thinking, reason, usage }: Said, on: Listener, ending: Ending): boolean {
  if (usage) ending.usage = usageOf(usage.prompt_tokens, usage.completion_tokens);
  if (reason) ending.reason = reason;
  if (thinking) on.life();
  return text === '' || on.text(text);
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
