/**
 * The story of a turn: take the waiting messages, find what to say, deliver it, commit. Each step's result is in Redis before the
 * next begins, so that any worker can resume where another stopped.
 */
import { TurnLostError } from '../src/conversation/conversations.ts';
import type { Parked, TakenTurn } from '../src/conversation/records.ts';
import { createDelivery } from '../src/delivery/delivery.ts';
import { compose } from './compose.ts';
import { ParkedError, type TurnControl, type TurnDeps } from './context.ts';
import { deliver } from './deliver.ts';
import { deadLetterOf, givenUp, historyOf, replyOf } from './outcome.ts';
import { cameInAt, planTurn } from './plan.ts';
import { createTurnReport } from './report.ts';
import { bookFees } from './spending.ts';
import { refusedText } from './texts.ts';

/** After this many attempts a turn is given up with a word, so that the next message gets its turn. */
const MAX_ATTEMPTS = 8;

export type RunTurn = (conversation: string, control: TurnControl) => Promise<{ waiting: number }>;

/**
 * @returns a function that answers the waiting messages of one conversation and returns how many wait after that; throws
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
    const { messageUsd } = sender.capabilities;
    const feesUsd = await bookFees(deps, { turn, plan }, { posted: delivery.posted, messageUsd });
    report.end(refused ? 'undeliverable' : said.outcome, said, { failure, feesUsd });
    return { waiting };
  };
}

async function park(deps: TurnDeps, turn: TakenTurn, parked: Parked): Promise<never> {
  await deps.conversations.park(turn, parked);
  throw new ParkedError(parked);
}
