import { setTimeout as sleep } from 'node:timers/promises';
import { type Model, ModelError, type ModelEvent, type PromptMessage, type Usage } from '../src/models/model.ts';

/** Kinds of failure that another try in a second may cure. */
const PASSING = new Set(['busy', 'network', 'broken']);
const FIRST_BACKOFF_MS = 1_000;
const MOST_BACKOFF_MS = 10_000;

export interface Answer {
  text: string;
  model: Model;
  reason: 'stop' | 'length' | 'filtered';
  usage: Usage;
  firstTokenMs: number;
}

/**
 * Asks the models in their order until one answers; when none does and the cause may pass, the round is repeated.
 * @param options.prompt builds the prompt for a model; `tight` leaves the history out, after a model found it too long
 * @param options.onText the text so far, at each new piece; begins anew when another model is tried
 * @param options.onRetry called before a round is repeated
 * @throws ModelError of the last failure; the signal's reason after an abort
 */
export async function answer(options: {
  models: readonly Model[];
  prompt(model: Model, tight: boolean): PromptMessage[];
  maxOutputTokens: number;
  temperature: number | undefined;
  retries: number;
  signal: AbortSignal;
  onText(text: string): void;
  onRetry(): void;
  /** A model is asked. */
  onAsk?(model: Model): void;
  onError(model: Model, error: ModelError): void;
}): Promise<Answer> {
  const { models, retries, signal } = options;
  let failure: ModelError | undefined;
  for (let round = 0; round <= retries; round++) {
    if (round > 0) {
      options.onRetry();
      await sleep(backoffMs(round, failure?.retryAfterMs), undefined, { signal });
    }
    for (const model of models) {
      for (const tight of [false, true]) {
        options.onAsk?.(model);
        try {
          return await ask(model, options.prompt(model, tight), options);
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof ModelError)) throw error;
          options.onError(model, error);
          failure = error;
          if (error.kind === 'refused') throw error;
          if (error.kind !== 'too-long') break;
        }
      }
    }
    if (!failure || !PASSING.has(failure.kind)) break;
  }
  throw failure ?? new ModelError('broken', 'NO_MODEL', 'no model is configured');
}

/** What the host asks for, else twice as long each time; with jitter, so that many turns do not come back as one. */
function backoffMs(round: number, wanted: number | undefined): number {
  const least = wanted ?? (FIRST_BACKOFF_MS * 2 ** (round - 1)) / 2;
  return Math.min(least * (1 + Math.random() * (wanted === undefined ? 1 : 0.2)), MOST_BACKOFF_MS);
}

async function ask(model: Model, messages: PromptMessage[], options: Parameters<typeof answer>[0]): Promise<Answer> {
  const { maxOutputTokens, temperature, signal, onText } = options;
  const startedAt = performance.now();
  let firstTokenMs: number | undefined;
  let text = '';
  for await (const event of orModelError(model.stream({ messages, maxOutputTokens, temperature, signal }), signal)) {
    if (event.type === 'end') {
      if (text.trim() === '') throw new ModelError('broken', 'EMPTY', 'the model answered with an empty text');
      return { text, model, reason: event.reason, usage: event.usage, firstTokenMs: firstTokenMs ?? 0 };
    }
    firstTokenMs ??= performance.now() - startedAt;
    text += event.text;
    onText(text);
  }
  throw new ModelError('network', 'CUT', 'the stream ended before the answer did');
}

/** A model that breaks its promise to throw nothing but `ModelError` must not hold up the conversation. */
async function* orModelError(events: AsyncIterable<ModelEvent>, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  try {
    yield* events;
  } catch (error) {
    if (error instanceof ModelError || signal.aborted) throw error;
    throw new ModelError('broken', 'BUG', error instanceof Error ? error.message : String(error), { cause: error });
  }
}
