/**
 * The story of a turn: take what waits, guard it, remember what was said before, let a model answer, deliver, commit.
 * Each step's result is in Redis before the next begins, so that any worker can go on where another stopped.
 */
import type { InboundMessage, Reply, Sender } from '../adapters/contract.ts';
import { type Commands, inOrder } from '../src/commands/commands.ts';
import type { Conversations } from '../src/conversation/conversations.ts';
import { buildPrompt } from '../src/conversation/prompt.ts';
import type { HistoryTurn, SavedAnswer, TakenTurn } from '../src/conversation/records.ts';
import { createDelivery, type Delivery, UndeliverableError } from '../src/delivery/delivery.ts';
import type { Guard } from '../src/guard/guard.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import { type Model, ModelError } from '../src/models/model.ts';
import { type Answer, answer } from './answer.ts';
import { type Plan, planTurn } from './plan.ts';
import { createTurnReport, type TurnReport } from './report.ts';
import { CUT_SHORT, FILTERED, failureText, GIVEN_UP, NOTHING_TO_RETRY, RETRYING, STOPPED, titleOf } from './wording.ts';

export interface TurnDeps {
  conversations: Conversations;
  models: readonly Model[];
  guard: Guard;
  commands: Commands;
  /** By platform. */
  senders: ReadonlyMap<string, Sender>;
  metrics: Metrics;
  log: Logger;
  settings: {
    instructions: string;
    maxAnswerTokens: number;
    temperature?: number;
    historyTokens: number;
    retries: number;
    logContent: boolean;
  };
}

/** How a running turn is interrupted. */
export interface TurnControl {
  /** The person pressed stop: what was written is the answer. */
  stop: AbortController;
  /** This worker must let go; another will go on. */
  handOver: AbortSignal;
}

/** A turn that could not even be put to a model so often is given up with a word, so that the next message gets its turn. */
const MOST_ATTEMPTS = 8;

export type RunTurn = (conversation: string, control: TurnControl) => Promise<{ waiting: number }>;

/** @returns a function that answers what waits in one conversation and tells how many messages wait after that */
export function createTurn(deps: TurnDeps): RunTurn {
  const { conversations, senders } = deps;

  return async (conversation, control) => {
    const turn = await conversations.take(conversation);
    if (!turn) return { waiting: 0 };
    if (turn.stopped) control.stop.abort();

    const plan = planTurn(turn);
    const newest = plan.asked.at(-1)?.message;
    if (!newest) return { waiting: await conversations.commit(turn, { done: plan.done, history: null }) };
    const sender = senders.get(newest.to.platform);
    if (!sender) throw new Error(`no sender for ${newest.to.platform} in this worker: its settings are missing here`);

    const report = createTurnReport(deps, turn, newest.to.platform);
    const delivery = createDelivery({
      sender,
      to: newest.to,
      key: turn.id,
      draft: turn.draft,
      resumed: turn.attempt > 1,
      save: (draft) => conversations.save(turn, { draft }),
      signal: control.handOver,
    });

    let said = turn.answer;
    if (!said) {
      said =
        turn.attempt > MOST_ATTEMPTS
          ? givenUp(plan)
          : await compose(deps, { turn, plan, sender, delivery, control, report });
      await conversations.save(turn, { state: 'answered', answer: said });
    }
    const outcome = await deliver(delivery, replyOf(deps, turn, said), report);
    const waiting = await conversations.commit(turn, {
      done: plan.done,
      history: said.command ? null : historyOf(turn, said),
      replaceLast: plan.again !== undefined,
      forget: plan.command?.name === 'reset',
      met: said.earlier?.map((message) => message.author),
    });
    report.end(outcome, said);
    return { waiting };
  };
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
async function compose(deps: TurnDeps, scene: Scene): Promise<SavedAnswer> {
  const { turn, plan, control } = scene;
  if (plan.command) {
    const markdown = await deps.commands.run(plan.command, turn.conversation);
    return { markdown, outcome: 'answered', user: [], command: true };
  }
  if (plan.nothingToRetry) return { markdown: NOTHING_TO_RETRY, outcome: 'answered', user: [], command: true };

  const now = plan.again ?? (await listen(deps, scene));
  const history = plan.again ? turn.history.slice(0, -1) : turn.history;
  const heard = { user: now.user, ...(now.earlier ? { earlier: now.earlier } : {}) };
  let shown = '';
  try {
    const answered = await askModels(deps, scene, { history, now: { ...heard, reply: null } }, (text) => {
      shown = text;
      scene.delivery.show(text);
    });
    scene.report.answered(answered);
    return { ...heard, markdown: finalText(deps.guard, answered), outcome: 'answered', model: answered.model.id };
  } catch (error) {
    if (control.stop.signal.aborted && !control.handOver.aborted)
      return { ...heard, markdown: shown.trimEnd(), outcome: 'stopped' };
    if (!(error instanceof ModelError)) throw error;
    return { ...heard, markdown: failureText(error.kind), outcome: 'failed' };
  }
}

/** Whatever went wrong is in the log, once for each attempt. */
function givenUp(plan: Plan): SavedAnswer {
  return { user: plan.asked.map(({ message }) => spokenBy(message)), markdown: GIVEN_UP, outcome: 'failed' };
}

/** What the people said, with names filled in and hidden characters gone. */
async function listen(deps: TurnDeps, { turn, plan, sender }: Scene): Promise<Pick<HistoryTurn, 'user' | 'earlier'>> {
  const messages = plan.asked.map((entry) => entry.message);
  const heard = await sender.enrich(messages, { first: turn.history.length === 0 && !turn.forgot });
  const earlier = heard.earlier
    .map(deps.guard.inbound)
    .map(({ author, text }) => ({ author: author.id, name: author.name ?? 'Someone', text }));
  return { user: heard.messages.map(deps.guard.inbound).map(spokenBy), ...(earlier.length > 0 ? { earlier } : {}) };
}

function spokenBy({ id, author, text, attachments }: InboundMessage): HistoryTurn['user'][number] {
  return {
    id,
    author: author.id,
    ...(author.name ? { name: author.name } : {}),
    text,
    ...(attachments.length > 0 ? { attachments } : {}),
  };
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
    models: inOrder(deps.models, turn.model),
    prompt: (model, tight) =>
      buildPrompt(
        { instructions: settings.instructions, ...talk },
        { history: tight ? 0 : settings.historyTokens, context: model.contextTokens, answer: settings.maxAnswerTokens },
      ),
    maxOutputTokens: settings.maxAnswerTokens,
    temperature: settings.temperature,
    retries: settings.retries,
    signal,
    onText: (text) => {
      // The turn was lost, or the place is gone: no reason to pay for more tokens.
      if (delivery.failed) throw delivery.failed;
      onText(guard.outbound(text));
    },
    onRetry: () => delivery.show(RETRYING),
    onError: (model, error) => report.modelFailed(model, error),
  });
}

function finalText(guard: Guard, answered: Answer): string {
  const text = guard.outbound(answered.text).trim();
  if (answered.reason === 'length') return text + CUT_SHORT;
  if (answered.reason === 'filtered') return text + FILTERED;
  return text;
}

function replyOf(deps: TurnDeps, turn: TakenTurn, said: SavedAnswer): Reply {
  const model = deps.models.find((candidate) => candidate.id === said.model);
  const question = said.user[0]?.text;
  const first = turn.history.length === 0 && question !== undefined;
  return {
    markdown: said.markdown || STOPPED,
    outcome: said.outcome,
    ...(model ? { model: model.label } : {}),
    ...(first ? { title: titleOf(question) } : {}),
  };
}

/** Posts the reply. What the platform will never take is logged and given up; everything else is thrown and tried again. */
async function deliver(delivery: Delivery, reply: Reply, report: TurnReport): Promise<string> {
  try {
    await delivery.finish(reply);
    return reply.outcome;
  } catch (error) {
    if (!(error instanceof UndeliverableError)) throw error;
    report.undeliverable(error);
    return 'undeliverable';
  }
}

function historyOf(turn: TakenTurn, said: SavedAnswer): HistoryTurn {
  return {
    v: 1,
    id: turn.id,
    at: Date.now(),
    user: said.user,
    ...(said.earlier ? { earlier: said.earlier } : {}),
    reply: said.outcome === 'failed' || said.markdown === '' ? null : said.markdown,
    outcome: said.outcome,
    ...(said.model ? { model: said.model } : {}),
  };
}
