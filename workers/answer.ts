import { setTimeout as sleep } from 'node:timers/promises';
import { answerTokens } from '../src/conversation/budget.ts';
import { type Model, ModelError, type ModelEvent, type PromptMessage, type Usage } from '../src/models/model.ts';

/** Kinds of failure that another try in a second may cure. */
const PASSING = new Set(['busy', 'network', 'broken']);
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 10_000;

/** Every model that could still answer asks for a longer wait than a worker sits out. */
export class ModelWaitError extends Error {
  readonly waitMs: number;
  readonly failure: ModelError;
  constructor(waitMs: number, failure: ModelError) {
    super(`${failure.message}; asked to wait ${Math.ceil(waitMs / 1_000)} s`, { cause: failure });
    this.name = 'ModelWaitError';
    this.waitMs = waitMs;
    this.failure = failure;
  }
}

export interface Answer {
  text: string;
  model: Model;
  reason: 'stop' | 'length' | 'filtered';
  usage: Usage;
  firstTokenMs: number;
}

/**
 * Asks the models in their order until one answers; when none does and the cause may pass, the round is repeated. A model
 * whose host asks for a wait is not asked before it is over.
 * @param options.prompt builds the prompt for a model; `tight` leaves the history out, after a model found it too long
 * @param options.retries most rounds that are repeated here; 0 also: no wait is honoured, the failure is told
 * @param options.onText the text so far, at each new piece; begins anew when another model is tried
 * @param options.onRetry called before a round is repeated
 * @throws ModelError of the last failure; ModelWaitError when the wait is longer than a worker sits out; the signal's
 * reason after an abort
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
  const failures = new Map<Model, { error: ModelError; at: number }>();
  let failure: ModelError | undefined;
  for (let round = 0; ; round++) {
    for (const model of models) {
      const last = failures.get(model);
      if (last && performance.now() < last.at + (last.error.retryAfterMs ?? 0)) continue;
      for (const tight of [false, true]) {
        options.onAsk?.(model);
        try {
          return await ask(model, options.prompt(model, tight), options);
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof ModelError)) throw error;
          options.onError(model, error);
          failure = error;
          failures.set(model, { error, at: performance.now() });
          if (error.kind === 'refused') throw error;
          if (error.kind !== 'too-long') break;
        }
      }
    }
    const passing = [...failures.values()].filter(({ error }) => PASSING.has(error.kind));
    if (!failure || retries === 0 || passing.length === 0) break;
    const waits = passing.map((last) => waitOf(last, round));
    const soonest = Math.min(...waits);
    if (soonest > MAX_BACKOFF_MS || round === retries) {
      const long = Math.min(...waits.filter((waitMs) => waitMs > MAX_BACKOFF_MS));
      if (Number.isFinite(long)) throw new ModelWaitError(long, failure);
      break;
    }
    options.onRetry();
    await sleep(soonest, undefined, { signal });
  }
  throw failure ?? new ModelError('broken', 'NO_MODEL', 'no model is configured');
}

/** What the host asks for, else twice as long each time; with jitter, so that many turns do not come back as one. */
function waitOf({ error, at }: { error: ModelError; at: number }, round: number): number {
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) return Math.max(0, at + retryAfterMs - performance.now()) + 500 * Math.random();
  return Math.min(((FIRST_BACKOFF_MS * 2 ** round) / 2) * (1 + Math.random()), MAX_BACKOFF_MS);
}

async function ask(model: Model, messages: PromptMessage[], options: Parameters<typeof answer>[0]): Promise<Answer> {
  const { temperature, signal, onText } = options;
  const maxOutputTokens = answerTokens(model, messages, options.maxOutputTokens);
  const startedAt = performance.now();
  let firstTokenMs: number | undefined;
  let text = '';
  for await (const event of orModelError(model.stream({ messages, maxOutputTokens, temperature, signal }), signal)) {
    if (event.type === 'end') {
      if (text.trim() === '') throw new ModelError('broken', 'EMPTY', 'the model answered with an empty text');
      return { text, model, reason: event.reason, usage: event.usage, firstTokenMs: firstTokenMs ?? 0 };
    }
    if (event.type === 'restart') {
      text = '';
      continue;
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
