/** One call of a model, paid for whatever becomes of it. */
import { nameOf, type Refusal, type Reservation, type Used } from '../src/budgets/budgets.ts';
import { answerTokens } from '../src/conversation/budget.ts';
import { estimateTokens } from '../src/conversation/prompt.ts';
import { type Model, ModelError, type ModelEvent, type PromptMessage, type Usage } from '../src/models/model.ts';

/** Kinds of failure of a call that the host did not work on. */
const NOT_CHARGED = new Set(['busy', 'quota', 'auth', 'unavailable', 'refused', 'too-long']);

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

export interface Call {
  maxOutputTokens: number;
  temperature: number | undefined;
  /** The call goes to the cheapest model already. */
  spendsLess: boolean;
  signal: AbortSignal;
  /** The host is asked: the budgets let the call pass. */
  onAsk(): void;
  /** The first token is there; before the first `onText`. */
  onFirst(): void;
  /** The text so far, at each new piece; not called any more once the signal has aborted. */
  onText(text: string): void;
  spending: Spending;
}

/**
 * Asks once, and settles what it took before it returns or throws.
 * @throws ModelError; BudgetError before the host is asked; the signal's reason, at once, after an abort
 */
export async function callModel(model: Model, messages: PromptMessage[], call: Call): Promise<Answer> {
  const { temperature, signal, spending } = call;
  const maxOutputTokens = answerTokens(model, messages, call.maxOutputTokens);
  const inputTokens = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
  const reservation = await spending.reserve(model, { inputTokens, outputTokens: maxOutputTokens }, call.spendsLess);
  if ('renewsAt' in reservation) throw new BudgetError(reservation);
  let startedAt = 0;
  let firstTokenMs: number | undefined;
  let text = '';
  let used: Used = { inputTokens: 0, outputTokens: 0 };
  let answered = false;

  async function read(): Promise<Answer> {
    for await (const event of orModelError(model.stream({ messages, maxOutputTokens, temperature, signal }), signal)) {
      signal.throwIfAborted();
      if (event.type === 'end') {
        const { usage } = event;
        used = {
          inputTokens: usage.inputTokens ?? inputTokens,
          outputTokens: usage.outputTokens ?? estimateTokens(text),
        };
        if (text.trim() === '') throw new ModelError('broken', 'EMPTY', 'the model answered with an empty text');
        return { text, model, reason: event.reason, usage, firstTokenMs: firstTokenMs ?? 0 };
      }
      if (event.type === 'restart') {
        used.outputTokens += estimateTokens(text);
        text = '';
        continue;
      }
      if (firstTokenMs === undefined) {
        firstTokenMs = performance.now() - startedAt;
        call.onFirst();
      }
      text += event.text;
      call.onText(text);
    }
    throw new ModelError('network', 'CUT', 'the stream ended before the answer did');
  }

  try {
    // The budgets may have taken their time.
    signal.throwIfAborted();
    used = { inputTokens, outputTokens: 0 };
    startedAt = performance.now();
    call.onAsk();
    const answer = await unlessAborted(read(), signal);
    answered = true;
    return answer;
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

/** Waits for nobody once the signal has aborted: a model that is slow to let go holds up no turn. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
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
