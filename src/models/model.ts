/**
 * What the rest of Chasqui knows of a hosted model: one streaming call and a small set of errors.
 * Providers live beside this file; each wraps an AI SDK `LanguageModel` and is called by `doStream`.
 */

import type { Window } from './window.ts';

export interface PromptMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ModelRequest {
  messages: PromptMessage[];
  /** Most tokens to answer with. */
  maxOutputTokens: number;
  temperature?: number;
  /** Aborting ends the HTTP call, so that no more tokens are paid for. */
  signal: AbortSignal;
}

export interface Usage {
  inputTokens: number | undefined;
  outputTokens: number | undefined;
}

export type ModelEvent =
  | { type: 'text'; text: string }
  /** The text so far was reasoning and no answer: forget it. Comes only between texts. */
  | { type: 'restart' }
  /** The last event of every stream that ended well. `length`: cut by maxOutputTokens; `filtered`: by the host's own filter. */
  | { type: 'end'; reason: 'stop' | 'length' | 'filtered'; usage: Usage };

export interface Price {
  /** US dollars for a million tokens. */
  inputUsd: number;
  outputUsd: number;
  /** Where the price stands: an address, or words. */
  from: string;
  /** The day on which it was read there, such as 2026-11-25. */
  date?: string;
}

/** What `config/models.yaml` tells of a model; undefined: not known. */
export interface ModelFacts {
  /** Whether there is an entry of its own. */
  listed: boolean;
  contextTokens: number | undefined;
  /** Reads pictures. */
  vision: boolean | undefined;
  tools: boolean | undefined;
  /** Thinks before it answers. */
  reasoning: boolean | undefined;
  /** Whether the host trains models on what it is sent. */
  trainsOnPrompts: boolean | undefined;
  /** What its licence wants shown to people, such as "Built with Llama". */
  show: string | undefined;
  /** What its licence or use policy says of models that read pictures. */
  multimodal: string | undefined;
  /** The day on which the host ends or ended it, such as 2026-07-17. */
  ends: string | undefined;
  /** It has ended, on a day that is not known. */
  ended: true | undefined;
}

export interface Model {
  /** As configured: `provider:model`. */
  readonly id: string;
  /** For people, e.g. "Llama 4 Scout 17B 16E Instruct". */
  readonly label: string;
  /** Who hosts it and so receives the conversation, e.g. "Cloudflare Workers AI" or "127.0.0.1:11434". */
  readonly host: string;
  /** Licence of the weights ("Llama 4 Community License"), or "unknown". */
  readonly licence: string;
  /** Tokens that prompt and answer share. */
  readonly contextTokens: number;
  /** Where the server told the window, or cuts without a word: nothing longer is sent. Absent: documented, or a guess. */
  readonly window?: Window | undefined;
  /** Absent or null: not known. */
  readonly price?: Price | null;
  /** Absent: it is no real model. */
  readonly facts?: ModelFacts;
  /** @throws ModelError, and nothing else; after an abort by `signal` it throws that signal's reason. */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>;
}

export type ModelErrorKind =
  /** Overloaded or rate-limited: try again after `retryAfterMs`. */
  | 'busy'
  /** An allowance or a budget is used up; waiting seconds does not help. */
  | 'quota'
  | 'auth'
  /** The host has ended this model, or the account's plan does not have it. */
  | 'unavailable'
  /** The prompt does not fit. */
  | 'too-long'
  /** The host will not answer this. */
  | 'refused'
  /** Not reached, cut in the middle, or silent for too long. */
  | 'network'
  /** It answered with something that is no answer: no such model, malformed stream, empty text. */
  | 'broken';

export class ModelError extends Error {
  readonly kind: ModelErrorKind;
  /** The provider's own code ("3040", "model_not_found", "ECONNREFUSED"). */
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  constructor(
    kind: ModelErrorKind,
    code: string,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ModelError';
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
