/** How many tokens prompt and answer may share on a server that people run themselves, where it tells. */
import type { Logger } from '../log/logger.ts';
import type { Model } from './model.ts';

/** What Ollama takes where its memory and settings say nothing else; it cuts longer prompts without a word (docs.ollama.com, "Context length"). */
const OLLAMA_DEFAULT = 4_096;
const OLLAMA_PORT = '11434';
/** Below this an operator is told: the default history and an answer need about so much. */
export const ROOMY = 8_192;
const LIMIT_MS = 1_000;
/** Servers load a model anew with another window; they are asked again after an answer, not more often than this. */
const AGAIN_AFTER_MS = 60_000;

export interface Window {
  tokens: number;
  /** The server did not tell. */
  assumed?: boolean;
  /** Who says so, in words. */
  from: string;
  /** What an operator sets for a larger one. */
  enlarge: string;
}

const OLLAMA = 'start Ollama with OLLAMA_CONTEXT_LENGTH=16384 (or set num_ctx in the Modelfile)';
const LLAMA_CPP = 'start llama.cpp with a larger --ctx-size; its --parallel slots share it';
const LM_STUDIO = 'load the model in LM Studio with a larger context length';
const VLLM = 'start vLLM with a larger --max-model-len';

/**
 * Asks a server in the ways of vLLM, llama.cpp, LM Studio and Ollama, all at once.
 * @param options.baseUrl with its `/v1`
 * @param options.server whose port it was found at
 * @returns undefined where nothing is told and it is not Ollama
 */
export async function readWindow(options: {
  baseUrl: string;
  model: string;
  apiKey?: string;
  server?: string;
  fetch: typeof fetch;
  limitMs?: number;
}): Promise<Window | undefined> {
  const { baseUrl, model, apiKey, server, fetch, limitMs = LIMIT_MS } = options;
  const root = baseUrl.replace(/\/v1\/?$/, '');
  const authorization: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  const get = (url: string, body?: unknown) =>
    json(fetch, url, {
      headers: { ...authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
      signal: AbortSignal.timeout(limitMs),
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
  const [listed, props, loaded, running, shown] = await Promise.all([
    get(`${baseUrl}/models`),
    get(`${root}/props`),
    get(`${root}/api/v0/models`),
    get(`${root}/api/ps`),
    get(`${root}/api/show`, { model }),
  ]);
  const isOllama = Array.isArray(running.models) || server === 'Ollama' || new URL(baseUrl).port === OLLAMA_PORT;
  const found: [unknown, string, string][] = [
    [named(listed.data, model)?.max_model_len, 'vLLM', VLLM],
    [(props.default_generation_settings as Answer | undefined)?.n_ctx, 'llama.cpp', LLAMA_CPP],
    [named(loaded.data, model)?.loaded_context_length, 'LM Studio', LM_STUDIO],
    [named(running.models, model)?.context_length, 'Ollama', OLLAMA],
    [numCtx(shown.parameters), "the model's num_ctx", OLLAMA],
  ];
  const told = found.find(([count]) => Number.isInteger(count) && (count as number) > 0);
  if (told) return { tokens: told[0] as number, from: told[1], enlarge: told[2] };
  const from = 'the default of Ollama, which does not tell';
  return isOllama ? { tokens: OLLAMA_DEFAULT, assumed: true, from, enlarge: OLLAMA } : undefined;
}

type Answer = Record<string, unknown>;

/** Never rejects: most servers know one of the addresses only. */
async function json(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    const body: unknown = response.ok ? JSON.parse(text) : null;
    return typeof body === 'object' && body !== null ? (body as Answer) : {};
  } catch {
    return {};
  }
}

/** Ollama writes "llama3.2:latest" where "llama3.2" was asked for. */
function named(entries: unknown, model: string): Answer | undefined {
  if (!Array.isArray(entries)) return undefined;
  const plain = (name: unknown) => String(name).replace(/:latest$/, '');
  return entries.find(
    (entry) => entry && [entry.id, entry.model, entry.name].some((name) => name && plain(name) === plain(model)),
  );
}

/** The Modelfile's parameters come as text, one a line: `num_ctx                        8192`. */
function numCtx(parameters: unknown): number | undefined {
  const found = typeof parameters === 'string' ? /^num_ctx\s+(\d+)\s*$/m.exec(parameters) : null;
  return found ? Number(found[1]) : undefined;
}

/**
 * The model with its server's window, read now and again later: Ollama tells only of what is loaded.
 * @param options.own `models.context_tokens`; a server that has less, and says so, still counts
 */
export async function withWindow(
  model: Model,
  options: { read: (() => Promise<Window | undefined>) | null; own: number | undefined; log: Logger },
): Promise<Model> {
  const { read, own, log } = options;
  const base = model.contextTokens;
  const decide = (told: Window | undefined): Window | undefined => {
    if (own === undefined || (told && told.tokens < own && !told.assumed)) return told;
    return { tokens: own, from: 'models.context_tokens', enlarge: 'raise models.context_tokens, and the server’s own' };
  };
  let window = decide((await read?.()) ?? undefined);
  let readAt = Date.now();
  if (!window && !read) return model;
  if (window && window.tokens < ROOMY) log.warn({ model: model.id, ...window }, tightWindow(window));

  /** Never rejects, as `read` does not. */
  async function again(): Promise<void> {
    if (!read || Date.now() - readAt < (window?.assumed ? 0 : AGAIN_AFTER_MS)) return;
    readAt = Date.now();
    window = decide(await read()) ?? window;
  }

  return {
    ...model,
    get contextTokens() {
      return window?.tokens ?? base;
    },
    get window() {
      return window;
    },
    async *stream(request) {
      try {
        yield* model.stream(request);
      } finally {
        void again();
      }
    },
  };
}

/** For the log and the doctor. */
export function tightWindow({ tokens, from, enlarge }: Window): string {
  return `prompt and answer share ${tokens.toLocaleString('en')} tokens (${from}), so little of a conversation is remembered: ${enlarge}`;
}
