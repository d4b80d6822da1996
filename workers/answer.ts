import { setTimeout as sleep } from 'node:timers/promises';
import { nameOf, type Refusal, type Reservation, type Used } from '../src/budgets/budgets.ts';
import { answerTokens } from '../src/conversation/budget.ts';
import { estimateTokens } from '../src/conversation/prompt.ts';
import { type Model, ModelError, type ModelEvent, type PromptMessage, type Usage } from '../src/models/model.ts';

/** Kinds of failure that another try in a second may cure. */
const PASSING = new Set(['busy', 'network', 'broken']);
/** Kinds of failure of a call that the host did not work on. */
const NOT_CHARGED = new Set(['busy', 'quota', 'auth', 'unavailable', 'refused', 'too-long']);
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

/** The models may not be asked: a budget is used up. */
export class BudgetError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`the budget of ${nameOf(refusal.budget)} is used up`);
    this.name = 'BudgetError';
    this.refusal = refusal;
  }
}

/** Makes room in the budgets before each call, and counts afterwards what it took. */
export interface Spending {
  reserve(model: Model, most: Used, spendsLess: boolean): Promise<Reservation | Refusal>;
  /** @param answered false: the call failed or was cancelled */
  settle(reservation: Reservation, model: Model, used: Used, answered: boolean): Promise<void>;
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
 * @throws ModelError of the last failure; BudgetError when a budget is used up; ModelWaitError when the wait is longer than a worker sits out; the signal's
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
  spending: Spending;
}): Promise<Answer> {
  const { retries, signal } = options;
  let { models } = options;
  let spendsLess = false;
  const failures = new Map<Model, { error: ModelError; at: number }>();
  let failure: ModelError | undefined;
  let refused: BudgetError | undefined;
  for (let round = 0; ; round++) {
    for (let at = 0; at < models.length; at++) {
      const model = models[at] as Model;
      const last = failures.get(model);
      if (last && performance.now() < last.at + (last.error.retryAfterMs ?? 0)) continue;
      for (const tight of [false, true]) {
        try {
          return await ask(model, options.prompt(model, tight), { ...options, spendsLess });
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof BudgetError) {
            const { budget } = error.refusal;
            if (budget.then === 'cheaper' && !spendsLess) {
              spendsLess = true;
              models = [cheapestOf(models)];
              at = -1;
            } else if (!budget.for.startsWith('model:')) throw error;
            refused = error;
            break;
          }
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
  throw failure ?? refused ?? new ModelError('broken', 'NO_MODEL', 'no model is configured');
}

/** By the price of an answer as long as its question; a model whose price is not known counts as dear. */
function cheapestOf(models: readonly Model[]): Model {
  const priceOf = ({ price }: Model): number => (price ? price.inputUsd + price.outputUsd : Number.POSITIVE_INFINITY);
  return models.reduce((best, model) => (priceOf(model) < priceOf(best) ? model : best));
}

/** What the host asks for, else twice as long each time; with jitter, so that many turns do not come back as one. */
function waitOf({ error, at }: { error: ModelError; at: number }, round: number): number {
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) return Math.max(0, at + retryAfterMs - performance.now()) + 500 * Math.random();
  return Math.min(((FIRST_BACKOFF_MS * 2 ** round) / 2) * (1 + Math.random()), MAX_BACKOFF_MS);
}

async function ask(
  model: Model,
  messages: PromptMessage[],
  options: Parameters<typeof answer>[0] & { spendsLess: boolean },
): Promise<Answer> {
  const { temperature, signal, onText, spending } = options;
  const maxOutputTokens = answerTokens(model, messages, options.maxOutputTokens);
  const inputTokens = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
  const reservation = await spending.reserve(model, { inputTokens, outputTokens: maxOutputTokens }, options.spendsLess);
  if ('renewsAt' in reservation) throw new BudgetError(reservation);
  options.onAsk?.(model);
  const startedAt = performance.now();
  let firstTokenMs: number | undefined;
  let text = '';
  let used: Used = { inputTokens, outputTokens: 0 };
  let answered = false;
  try {
    for await (const event of orModelError(model.stream({ messages, maxOutputTokens, temperature, signal }), signal)) {
      if (event.type === 'end') {
        const { usage } = event;
        used = {
          inputTokens: usage.inputTokens ?? inputTokens,
          outputTokens: usage.outputTokens ?? estimateTokens(text),
        };
        if (text.trim() === '') throw new ModelError('broken', 'EMPTY', 'the model answered with an empty text');
        answered = true;
        return { text, model, reason: event.reason, usage, firstTokenMs: firstTokenMs ?? 0 };
      }
      if (event.type === 'restart') {
        used.outputTokens += estimateTokens(text);
        text = '';
        continue;
      }
      firstTokenMs ??= performance.now() - startedAt;
      text += event.text;
      onText(text);
    }
    throw new ModelError('network', 'CUT', 'the stream ended before the answer did');
  } catch (error) {
    // What a host turns away at the door it does not charge.
    if (error instanceof ModelError && NOT_CHARGED.has(error.kind) && text === '')
      used = { inputTokens: 0, outputTokens: 0 };
    else if (text !== '' && used.outputTokens === 0) used = { inputTokens, outputTokens: estimateTokens(text) };
    throw error;
  } finally {
    await spending.settle(reservation, model, used, answered);
  }
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
