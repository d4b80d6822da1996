/** Step two of a turn: what to say. A command's text, a model's answer, or the plain truth about why there is none. */
import { inOrder } from '../src/commands/commands.ts';
import type { InboundMessage, Sender } from '../src/contract/index.ts';
import { budgetOf } from '../src/conversation/budget.ts';
import { buildPrompt, withAttached } from '../src/conversation/prompt.ts';
import type { Failure, HistoryTurn, Parked, SavedAnswer, TakenTurn } from '../src/conversation/records.ts';
import type { Delivery } from '../src/delivery/delivery.ts';
import { ModelError } from '../src/models/model.ts';
import { instructionsFor, type Persona } from '../src/persona/personas.ts';
import { answer, ModelWaitError } from './answer.ts';
import { type Answer, BudgetError, type Spending } from './call.ts';
import type { TurnControl, TurnDeps } from './context.ts';
import { footerOf, noteBelow } from './footer.ts';
import { finalText, spokenBy } from './outcome.ts';
import { askedFor, type Plan } from './plan.ts';
import type { TurnReport } from './report.ts';
import { createSpending } from './spending.ts';
import { budgetNote, budgetText, failureText, limitedText, NOTHING_TO_RETRY, RETRYING, waitingText } from './texts.ts';

/** A question that was asked longer ago than this was delayed by an outage, not by a busy minute. */
const LATE_MS = 10 * 60_000;
/** How often a turn is put off because the model's host asks for a wait; after that people are told that it did not answer. */
const MAX_PARKS = 20;

/** One attempt at a turn, and what it works with. */
export interface Scene {
  turn: TakenTurn;
  plan: Plan;
  sender: Sender;
  delivery: Delivery;
  control: TurnControl;
  report: TurnReport;
}

/** Finds what to say: a command's text, the model's answer, or the plain truth about why there is none. */
export async function compose(deps: TurnDeps, scene: Scene): Promise<SavedAnswer | Parked> {
  const { turn, plan, control } = scene;
  if (plan.command) {
    const asker = plan.asked.at(-1)?.message;
    const markdown = await deps.commands.run(plan.command, {
      conversation: turn.conversation,
      platform: asker?.to.platform ?? '',
      person: asker?.author.id ?? '',
      workspace: asker?.workspace,
    });
    return { markdown, outcome: 'answered', user: [], command: true };
  }
  if (plan.denied !== undefined) return { markdown: plan.denied, outcome: 'answered', user: [], command: true };
  if (plan.limitedMs !== undefined)
    return { markdown: limitedText(plan.limitedMs), outcome: 'answered', user: [], command: true };
  if (plan.nothingToRetry) return { markdown: NOTHING_TO_RETRY, outcome: 'answered', user: [], command: true };

  const now = plan.again ?? (await readMessages(deps, scene));
  scene.report.mark('guard');
  const history = plan.again ? turn.history.slice(0, -1) : turn.history;
  const read = { user: now.user, ...(now.earlier ? { earlier: now.earlier } : {}) };
  let shown = '';
  const spending = createSpending(deps, scene);
  const persona = deps.personas.in(turn.conversation, turn.persona);
  try {
    const answered = await askModels(
      deps,
      scene,
      { spending, persona },
      { history, now: { ...read, reply: null } },
      (text) => {
        shown = text;
        scene.delivery.show(text);
      },
    );
    scene.report.answered(answered);
    const lateMs = askedFor(turn, plan);
    return {
      ...read,
      markdown: finalText(deps.guard, answered),
      outcome: 'answered',
      model: answered.model.id,
      ...(persona.id === 'default' ? {} : { persona: persona.id }),
      ...(lateMs > LATE_MS ? { lateMs } : {}),
      ...noteBelow([footerOf(persona, answered), budgetNote(spending.noted)]),
    };
  } catch (error) {
    const { signal } = control.stop;
    if (signal.aborted && !control.handOver.aborted) {
      const interrupted = signal.reason === 'interrupt';
      return { ...read, markdown: shown.trimEnd(), outcome: 'stopped', ...(interrupted ? { interrupted } : {}) };
    }
    if (error instanceof BudgetError)
      return { markdown: budgetText(error.refusal), outcome: 'answered', user: [], command: true };
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
    return { ...read, markdown: failureText(kind), outcome: 'failed', failure };
  }
}

/** What the people said, with names filled in and hidden characters gone. */
async function readMessages(
  deps: TurnDeps,
  { turn, plan, sender }: Scene,
): Promise<Pick<HistoryTurn, 'user' | 'earlier'>> {
  const messages = plan.asked.map((entry) => entry.message);
  const read = await sender.enrich(messages, { first: turn.history.length === 0 && !turn.forgot });
  const { missed = [] } = read;
  if (missed.length > 0) {
    const adopted = await deps.conversations.adopt(turn, missed);
    const entry = turn.entries[0]?.entry ?? '';
    plan.asked.unshift(...adopted.map((message) => ({ entry, message, deleted: false })));
    read.earlier.push(...missed.filter((message) => !adopted.includes(message)));
    if (adopted.length > 0) read.messages.unshift(...(await sender.enrich(adopted, { first: false })).messages);
  }
  const earlier = read.earlier.map(deps.guard.inbound).map(({ author, text, attachments }) => ({
    author: author.id,
    name: author.name ?? 'Someone',
    text: withAttached(
      text,
      attachments.map(({ name }) => name),
    ),
  }));
  return { user: read.messages.map(deps.guard.inbound).map(spokenBy), ...(earlier.length > 0 ? { earlier } : {}) };
}

async function askModels(
  deps: TurnDeps,
  { turn, plan, delivery, control, report }: Scene,
  { spending, persona }: { spending: Spending; persona: Persona },
  talk: {
    history: readonly HistoryTurn[];
    now: { user: HistoryTurn['user']; earlier?: HistoryTurn['earlier']; reply: null };
  },
  onText: (text: string) => void,
): Promise<Answer> {
  const { settings, guard } = deps;
  const signal = AbortSignal.any([control.stop.signal, control.handOver]);
  signal.throwIfAborted();
  const asker = plan.asked.at(-1)?.message as InboundMessage;
  const name = talk.now.user.at(-1)?.name;
  const instructions = instructionsFor(persona, { ...asker, author: { ...asker.author, ...(name ? { name } : {}) } });
  return answer({
    models: deps.breaker.order(inOrder(persona.models, turn.model)),
    prompt: (model, tight) =>
      buildPrompt(
        { instructions, ...talk },
        { history: tight ? 0 : settings.historyTokens, ...budgetOf(model, persona.maxAnswerTokens) },
      ),
    maxOutputTokens: persona.maxAnswerTokens,
    temperature: persona.temperature,
    hedgeAfterMs: settings.hedgeAfterMs,
    retries: settings.retries,
    signal,
    onText: (text) => {
      report.text();
      // The turn was lost, or the place is gone: no reason to pay for more tokens.
      if (delivery.failed) throw delivery.failed;
      onText(guard.outbound(text));
    },
    onAsk: (model) => report.asked(model, persona),
    onCancel: (model) => report.overtaken(model),
    onRetry: () => delivery.show(RETRYING),
    onError: (model, error) => report.modelFailed(model, error),
    spending,
  });
}
