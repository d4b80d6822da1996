import { setTimeout as sleep } from 'node:timers/promises';
import { type Model, ModelError, type PromptMessage } from '../src/models/model.ts';
import { type Answer, BudgetError, callModel, type Spending } from './call.ts';
import { firstAnswer, type Leg } from './hedge.ts';

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

/**
 * Asks the models in their order until one answers; when none does and the cause may pass, the round is repeated. A model
 * whose host asks for a wait is not asked before it is over.
 * @param options.prompt builds the prompt for a model; `tight` leaves the history out, after a model found it too long
 * @param options.hedgeAfterMs how late a first token is before the next model is asked as well; undefined: never
 * @param options.retries most rounds that are repeated here; 0 also: no wait is honoured, the failure is told
 * @param options.onText the text so far, at each new piece, of one model; begins anew when another one is tried
 * @param options.onRetry called before a round is repeated
 * @throws ModelError of the last failure; BudgetError when a budget is used up; ModelWaitError when the wait is longer than a worker sits out; the signal's
 * reason after an abort
 */
export async function answer(options: {
  models: readonly Model[];
  prompt(model: Model, tight: boolean): PromptMessage[];
  maxOutputTokens: number;
  temperature: number | undefined;
  hedgeAfterMs?: number | undefined;
  retries: number;
  signal: AbortSignal;
  onText(text: string): void;
  onRetry(): void;
  /** A model is asked. */
  onAsk?(model: Model): void;
  /** A model that was asked is not waited for: another one was faster. */
  onCancel?(model: Model): void;
  onError(model: Model, error: ModelError): void;
  spending: Spending;
}): Promise<Answer> {
  const { retries, signal } = options;
  let { models } = options;
  let spendsLess = false;
  const failures = new Map<Model, { error: ModelError; at: number }>();
  let failure: ModelError | undefined;
  let refusal: ModelError | undefined;
  let refused: BudgetError | undefined;

  async function ask(model: Model, leg: Leg): Promise<Answer> {
    const { maxOutputTokens, temperature, onText, spending } = options;
    const onAsk = () => options.onAsk?.(model);
    const call = { maxOutputTokens, temperature, spendsLess, onText, spending, onAsk, ...leg };
    try {
      return await callModel(model, options.prompt(model, false), call);
    } catch (error) {
      if (!(error instanceof ModelError) || error.kind !== 'too-long') throw error;
      options.onError(model, error);
      return await callModel(model, options.prompt(model, true), call);
    }
  }

  function onFailure(model: Model, error: unknown, last: boolean): void {
    signal.throwIfAborted();
    if (error instanceof BudgetError) {
      const { budget } = error.refusal;
      refused = error;
      if (!budget.for.startsWith('model:') || (budget.then === 'cheaper' && !spendsLess)) throw error;
    } else if (error instanceof ModelError) {
      options.onError(model, error);
      failure = error;
      failures.set(model, { error, at: performance.now() });
      if (error.kind === 'refused') refusal = error;
    } else throw error;
    if (refusal && last) throw refusal;
  }

  async function askAll(): Promise<Answer | undefined> {
    const ready = models.filter((model) => {
      const last = failures.get(model);
      return !last || performance.now() >= last.at + (last.error.retryAfterMs ?? 0);
    });
    const { hedgeAfterMs, onCancel = () => {} } = options;
    try {
      return await firstAnswer(ready, { hedgeAfterMs, signal, call: ask, onCancel, onFailure });
    } catch (error) {
      if (!(error instanceof BudgetError) || error.refusal.budget.then !== 'cheaper' || spendsLess) throw error;
      spendsLess = true;
      models = [cheapestOf(models)];
      return askAll();
    }
  }

  for (let round = 0; ; round++) {
    const answered = await askAll();
    if (answered) return answered;
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
