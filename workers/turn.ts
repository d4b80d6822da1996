/**
 * The story of a turn: take what waits, find what to say, deliver it, commit. Each step's result is in Redis before the
 * next begins, so that any worker can resume where another stopped.
 */

import type { Analytics } from '../src/analytics/recorder.ts';
import type { Budgets } from '../src/budgets/budgets.ts';
import type { Commands } from '../src/commands/commands.ts';
import type { Sender } from '../src/contract/index.ts';
import { type Conversations, TurnLostError } from '../src/conversation/conversations.ts';
import type { Parked, TakenTurn } from '../src/conversation/records.ts';
import type { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import { createDelivery } from '../src/delivery/delivery.ts';
import type { Guard } from '../src/guard/guard.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import type { Breaker } from '../src/models/breaker.ts';
import type { Model } from '../src/models/model.ts';
import type { Personas } from '../src/persona/personas.ts';
import type { Tracing } from '../src/tracing/tracing.ts';
import { compose } from './compose.ts';
import { deliver } from './deliver.ts';
import { deadLetterOf, givenUp, historyOf, replyOf } from './outcome.ts';
import { cameInAt, planTurn } from './plan.ts';
import { createTurnReport } from './report.ts';
import { refusedText } from './texts.ts';

export interface TurnDeps {
  conversations: Conversations;
  /** All that any persona may ask. */
  models: readonly Model[];
  breaker: Breaker;
  guard: Guard;
  commands: Commands;
  budgets: Budgets;
  personas: Personas;
  deadLetters: DeadLetters;
  /** By platform. */
  senders: ReadonlyMap<string, Sender>;
  metrics: Metrics;
  analytics: Analytics;
  tracing: Tracing;
  /** This process's name, for operators. */
  worker: string;
  log: Logger;
  settings: {
    historyTokens: number;
    retries: number;
    /** How late a first token is before the next model is asked as well; undefined: never. */
    hedgeAfterMs?: number | undefined;
    /** A worker that last made sure of its turn longer ago than this does so again before it posts. */
    confirmAfterMs: number;
    logContent: boolean;
  };
}

/** How a running turn is interrupted. */
export interface TurnControl {
  /** The person pressed stop, or wrote on (`reason`): what was written is the answer. */
  stop: AbortController;
  /** This worker must let go; another will go on. */
  handOver: AbortSignal;
  /** Makes sure of the job for another while; false when it was given to another worker, or may be at any moment. */
  extendLock(): Promise<boolean>;
}

/** A turn that could not even be put to a model so often is given up with a word, so that the next message gets its turn. */
const MAX_ATTEMPTS = 8;

/** The turn is put off: nobody is to be asked before `until` (ms since the epoch). */
export class ParkedError extends Error {
  readonly until: number;
  constructor({ until, waitsFor }: Parked) {
    super(`the turn waits for the ${waitsFor} until ${new Date(until).toISOString()}`);
    this.name = 'ParkedError';
    this.until = until;
  }
}

export type RunTurn = (conversation: string, control: TurnControl) => Promise<{ waiting: number }>;

/**
 * @returns a function that answers what waits in one conversation and tells how many messages wait after that; it throws
 * ParkedError when the turn has to wait
 */
export function createTurn(deps: TurnDeps): RunTurn {
  const { conversations, senders } = deps;

  return async (conversation, control) => {
    const turn = await conversations.take(conversation, deps.worker);
    if (!turn) return { waiting: 0 };
    if (turn.stopped) control.stop.abort(turn.stopped);
    // Woken early, by a stop or an operator: whoever asked for the wait still gets it.
    if (turn.parked && turn.parked.until > Date.now() && (turn.answer || !turn.stopped))
      return park(deps, turn, turn.parked);

    const plan = planTurn(turn);
    const newest = plan.asked.at(-1)?.message;
    if (!newest) return { waiting: await conversations.commit(turn, { done: plan.done, history: null }) };
    const sender = senders.get(newest.to.platform);
    if (!sender) throw new Error(`no sender for ${newest.to.platform} in this worker: its settings are missing here`);

    const report = createTurnReport(deps, turn, plan.asked);
    const delivery = createDelivery({
      sender,
      to: newest.to,
      key: turn.id,
      draft: turn.draft,
      resumed: turn.attempt > 1,
      async confirm() {
        if (!(await control.extendLock())) throw new TurnLostError(turn.id);
        await conversations.confirm(turn);
      },
      confirmAfterMs: deps.settings.confirmAfterMs,
      seen: report.mark,
      span: report.span,
      save: (draft) => conversations.save(turn, { draft }),
      refusedText,
      signal: control.handOver,
    });

    let said = turn.answer;
    if (!said) {
      const composed =
        turn.attempt - turn.parks > MAX_ATTEMPTS
          ? givenUp(plan, turn)
          : await compose(deps, { turn, plan, sender, delivery, control, report });
      if ('until' in composed) return park(deps, turn, composed);
      said = composed;
      await conversations.save(turn, { state: 'answered', answer: said });
      report.mark('whole');
    }
    const reply = replyOf(deps.models, turn, said);
    const refused = await deliver(deps, { delivery, reply, turn, report });
    if (refused && 'until' in refused) return park(deps, turn, refused);
    report.mark('delivered');
    const failure = refused?.failure ?? said.failure;
    if (failure) {
      const letter = deadLetterOf(turn, plan, failure, refused ? refused.told : reply.markdown);
      await deps.deadLetters.add(letter, cameInAt(turn));
    }
    const waiting = await conversations.commit(turn, {
      done: plan.done,
      history: said.command ? null : historyOf(turn, said),
      replaceLast: plan.again !== undefined,
      forget: plan.command?.name === 'reset',
      met: said.earlier?.map((message) => message.author),
    });
    report.end(refused ? 'undeliverable' : said.outcome, said, failure);
    return { waiting };
  };
}

async function park(deps: TurnDeps, turn: TakenTurn, parked: Parked): Promise<never> {
  await deps.conversations.park(turn, parked);
  throw new ParkedError(parked);
}
