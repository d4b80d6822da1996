/**
 * The models of a chain, asked in their order until one answers. With hedging the next one is asked as well when the first
 * token is late: whoever gives its first token first goes on, the other one is cancelled.
 */
import type { Model } from '../src/models/model.ts';
import { type Answer, BudgetError } from './call.ts';

/** Why a call was cancelled: another model was faster. */
class OvertakenError extends Error {
  override name = 'OvertakenError';
}

export interface Leg {
  signal: AbortSignal;
  /** The first token is there. */
  onFirst(): void;
}

interface Running {
  model: Model;
  startedAt: number;
  spoke: boolean;
  cancel: AbortController;
  ended: Promise<Ended>;
}

type Ended = { leg: Running; answer: Answer } | { leg: Running; error: unknown };

/**
 * @param options.hedgeAfterMs how late a first token is before the next model is asked as well; undefined: never
 * @param options.call asks one model; one that is cancelled must reject once its signal has aborted
 * @param options.onCancel this model was asked and is not waited for
 * @param options.onFailure what one call threw; `last`: no other is under way. May throw, which ends all
 * @returns undefined when none answered. No call is under way any more then, nor after an error
 */
export async function firstAnswer(
  models: readonly Model[],
  options: {
    hedgeAfterMs: number | undefined;
    signal: AbortSignal;
    call(model: Model, leg: Leg): Promise<Answer>;
    onCancel(model: Model): void;
    onFailure(model: Model, error: unknown, last: boolean): void;
  },
): Promise<Answer | undefined> {
  const { signal } = options;
  const waiting = [...models];
  const running = new Set<Running>();
  const cancelled: Promise<unknown>[] = [];
  let { hedgeAfterMs } = options;

  function start(model: Model): void {
    const cancel = new AbortController();
    const leg: Running = { model, startedAt: performance.now(), spoke: false, cancel, ended: undefined as never };
    const onFirst = (): void => {
      leg.spoke = true;
      for (const other of running) if (other !== leg) overtake(other);
    };
    const alone = hedgeAfterMs === undefined || models.length === 1;
    leg.ended = options
      .call(model, { signal: alone ? signal : AbortSignal.any([signal, cancel.signal]), onFirst })
      .then(
        (answer) => ({ leg, answer }),
        (error) => ({ leg, error }),
      );
    running.add(leg);
  }

  function overtake(leg: Running): void {
    running.delete(leg);
    cancelled.push(leg.ended);
    // It did not fail: if the faster one does, it may still answer.
    waiting.push(leg.model);
    options.onCancel(leg.model);
    leg.cancel.abort(new OvertakenError(leg.model.id));
  }

  try {
    for (;;) {
      const [only] = running;
      if (!only) {
        const model = waiting.shift();
        if (!model) return undefined;
        start(model);
        continue;
      }
      const hedges = hedgeAfterMs !== undefined && running.size === 1 && !only.spoke && waiting.length > 0;
      const lateAt = hedges ? only.startedAt + (hedgeAfterMs as number) : undefined;
      const news = await soonest(
        [...running].map(({ ended }) => ended),
        lateAt,
      );
      if (news === 'late') {
        if (!only.spoke) start(waiting.shift() as Model);
        continue;
      }
      // Overtaken in the same moment.
      if (!running.delete(news.leg)) continue;
      if ('answer' in news) return news.answer;
      const last = running.size === 0;
      if (news.error instanceof BudgetError && !last) {
        // A second call at a time is a comfort that the budgets do not allow: the first one goes on alone.
        hedgeAfterMs = undefined;
        waiting.unshift(news.leg.model);
      } else options.onFailure(news.leg.model, news.error, last);
    }
  } finally {
    for (const { cancel } of running) cancel.abort(new OvertakenError());
    // Each has settled what it took.
    await Promise.all([...cancelled, ...[...running].map(({ ended }) => ended)]);
  }
}

/** @param lateAt by `performance.now()` */
async function soonest<T>(ends: Promise<T>[], lateAt: number | undefined): Promise<T | 'late'> {
  if (lateAt === undefined) return Promise.race(ends);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, lateAt - performance.now()), 'late');
  });
  try {
    return await Promise.race([...ends, late]);
  } finally {
    clearTimeout(timer);
  }
}
