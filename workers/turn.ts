/**
 * The story of a turn: take what waits, guard it, remember what was said before, let a model answer, deliver, commit.
 * Each step's result is in Redis before the next begins, so that any worker can go on where another stopped.
 */

import type { Analytics } from '../src/analytics/recorder.ts';
import { type Commands, inOrder } from '../src/commands/commands.ts';
import type { Reply, Sender } from '../src/contract/index.ts';
import { budgetOf } from '../src/conversation/budget.ts';
import { type Conversations, TurnLostError } from '../src/conversation/conversations.ts';
import { buildPrompt, withAttached } from '../src/conversation/prompt.ts';
import type { Failure, HistoryTurn, Parked, SavedAnswer, TakenTurn } from '../src/conversation/records.ts';
import type { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import { createDelivery, type Delivery, PlatformWaitError, UndeliverableError } from '../src/delivery/delivery.ts';
import type { Guard } from '../src/guard/guard.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import type { Breaker } from '../src/models/breaker.ts';
import { type Model, ModelError } from '../src/models/model.ts';
import type { Tracing } from '../src/tracing/tracing.ts';
import { type Answer, answer, ModelWaitError } from './answer.ts';
import { finalText, givenUp, historyOf, letterOf, replyOf, spokenBy } from './outcome.ts';
import { askedFor, type Plan, planTurn } from './plan.ts';
import { createTurnReport, type TurnReport } from './report.ts';
import { failureText, limitedText, NOTHING_TO_RETRY, RETRYING, refusedText, waitingText } from './texts.ts';

export interface TurnDeps {
  conversations: Conversations;
  models: readonly Model[];
  breaker: Breaker;
  guard: Guard;
  commands: Commands;
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
    instructions: string;
    maxAnswerTokens: number;
    temperature?: number;
    historyTokens: number;
    retries: number;
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
  hold(): Promise<boolean>;
}

/** A turn that could not even be put to a model so often is given up with a word, so that the next message gets its turn. */
const MOST_ATTEMPTS = 8;
/** An answer that no attempt could post for so long is put among the dead letters; the conversation goes on. */
const UNDELIVERED_FOR_MS = 86_400_000;
/** A question that was asked longer ago than this was kept waiting by an outage, not by a busy minute. */
const LATE_MS = 10 * 60_000;

/** How often a turn is put off because the model's host asks to wait; then people are told that it did not answer. */
const MAX_PARKS = 20;

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
        if (!(await control.hold())) throw new TurnLostError(turn.id);
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
        turn.attempt - turn.parks > MOST_ATTEMPTS
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
      const letter = letterOf(turn, plan, failure, refused ? refused.told : reply.markdown);
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

/** When the turn's first message came in (ms, by Redis's clock). */
function cameInAt({ entries }: TakenTurn): number {
  return Number(entries[0]?.entry.split('-')[0] ?? Date.now());
}

async function park(deps: TurnDeps, turn: TakenTurn, parked: Parked): Promise<never> {
  await deps.conversations.park(turn, parked);
  throw new ParkedError(parked);
}

interface Scene {
  turn: TakenTurn;
  plan: Plan;
  sender: Sender;
  delivery: Delivery;
  control: TurnControl;
  report: TurnReport;
}

/** Finds what to say: a command's text, the model's answer, or the plain truth about why there is none. */
async function compose(deps: TurnDeps, scene: Scene): Promise<SavedAnswer | Parked> {
  const { turn, plan, control } = scene;
  if (plan.command) {
    const markdown = await deps.commands.run(plan.command, turn.conversation);
    return { markdown, outcome: 'answered', user: [], command: true };
  }
  if (plan.limitedMs !== undefined)
    return { markdown: limitedText(plan.limitedMs), outcome: 'answered', user: [], command: true };
  if (plan.nothingToRetry) return { markdown: NOTHING_TO_RETRY, outcome: 'answered', user: [], command: true };

  const now = plan.again ?? (await listen(deps, scene));
  scene.report.mark('guard');
  const history = plan.again ? turn.history.slice(0, -1) : turn.history;
  const heard = { user: now.user, ...(now.earlier ? { earlier: now.earlier } : {}) };
  let shown = '';
  try {
    const answered = await askModels(deps, scene, { history, now: { ...heard, reply: null } }, (text) => {
      shown = text;
      scene.delivery.show(text);
    });
    scene.report.answered(answered);
    const lateMs = askedFor(turn, plan);
    return {
      ...heard,
      markdown: finalText(deps.guard, answered),
      outcome: 'answered',
      model: answered.model.id,
      ...(lateMs > LATE_MS ? { lateMs } : {}),
    };
  } catch (error) {
    const { signal } = control.stop;
    if (signal.aborted && !control.handOver.aborted) {
      const interrupted = signal.reason === 'interrupt';
      return { ...heard, markdown: shown.trimEnd(), outcome: 'stopped', ...(interrupted ? { interrupted } : {}) };
    }
    if (error instanceof ModelWaitError && turn.parks < MAX_PARKS) {
      const until = Date.now() + error.waitMs;
      if (turn.parks === 0) await scene.delivery.announceWait(waitingText(error.waitMs), error.waitMs);
      return { until, waitsFor: 'model' };
    }
    const failed = error instanceof ModelWaitError ? error.failure : error;
    if (!(failed instanceof ModelError)) {
      await deps.conversations.confirm(turn);
      throw error;
    }
    const { kind, code, message } = failed;
    const failure: Failure = { where: 'model', kind, code, message };
    return { ...heard, markdown: failureText(kind), outcome: 'failed', failure };
  }
}

/** What the people said, with names filled in and hidden characters gone. */
async function listen(deps: TurnDeps, { turn, plan, sender }: Scene): Promise<Pick<HistoryTurn, 'user' | 'earlier'>> {
  const messages = plan.asked.map((entry) => entry.message);
  const heard = await sender.enrich(messages, { first: turn.history.length === 0 && !turn.forgot });
  const { missed = [] } = heard;
  if (missed.length > 0) {
    const adopted = await deps.conversations.adopt(turn, missed);
    const entry = turn.entries[0]?.entry ?? '';
    plan.asked.unshift(...adopted.map((message) => ({ entry, message, deleted: false })));
    heard.earlier.push(...missed.filter((message) => !adopted.includes(message)));
    if (adopted.length > 0) heard.messages.unshift(...(await sender.enrich(adopted, { first: false })).messages);
  }
  const earlier = heard.earlier.map(deps.guard.inbound).map(({ author, text, attachments }) => ({
    author: author.id,
    name: author.name ?? 'Someone',
    text: withAttached(
      text,
      attachments.map(({ name }) => name),
    ),
  }));
  return { user: heard.messages.map(deps.guard.inbound).map(spokenBy), ...(earlier.length > 0 ? { earlier } : {}) };
}

async function askModels(
  deps: TurnDeps,
  { turn, delivery, control, report }: Scene,
  talk: {
    history: readonly HistoryTurn[];
    now: { user: HistoryTurn['user']; earlier?: HistoryTurn['earlier']; reply: null };
  },
  onText: (text: string) => void,
): Promise<Answer> {
  const { settings, guard } = deps;
  const signal = AbortSignal.any([control.stop.signal, control.handOver]);
  signal.throwIfAborted();
  return answer({
    models: deps.breaker.order(inOrder(deps.models, turn.model)),
    prompt: (model, tight) =>
      buildPrompt(
        { instructions: settings.instructions, ...talk },
        { history: tight ? 0 : settings.historyTokens, ...budgetOf(model, settings.maxAnswerTokens) },
      ),
    maxOutputTokens: settings.maxAnswerTokens,
    temperature: settings.temperature,
    retries: settings.retries,
    signal,
    onText: (text) => {
      report.text();
      // The turn was lost, or the place is gone: no reason to pay for more tokens.
      if (delivery.failed) throw delivery.failed;
      onText(guard.outbound(text));
    },
    onAsk: (model) => report.asked(model),
    onRetry: () => delivery.show(RETRYING),
    onError: (model, error) => report.modelFailed(model, error),
  });
}

/**
 * Posts the reply. What the platform will never take, or did not take for a day, is given up: why, and what people were
 * told in its place, is returned. A long wait is returned too; everything else is thrown and tried again.
 */
async function deliver(
  deps: TurnDeps,
  { delivery, reply, turn, report }: { delivery: Delivery; reply: Reply; turn: TakenTurn; report: TurnReport },
): Promise<{ failure: Failure; told: string | null } | Parked | null> {
  try {
    await delivery.finish(reply);
    return null;
  } catch (error) {
    const refused = error instanceof UndeliverableError;
    const spent = Date.now() - cameInAt(turn) > UNDELIVERED_FOR_MS && turn.attempt > MOST_ATTEMPTS;
    if (error instanceof PlatformWaitError && !spent) return { until: error.until, waitsFor: 'platform' };
    if (!refused && !spent) throw error;
    // A place that is gone because the person deleted it is nobody's failure.
    await deps.conversations.confirm(turn);
    const { code = '', message } = error as Error & { code?: string };
    report.undeliverable(error as Error, code);
    const failure: Failure = { where: 'platform', kind: refused ? 'refused' : 'not-taken', code, message };
    return { failure, told: refused ? error.told : null };
  }
}
