/** The money side of a turn. */
import type { Budget, Reservation, Spender } from '../src/budgets/budgets.ts';
import type { TakenTurn } from '../src/conversation/records.ts';
import type { Spending } from './call.ts';
import type { Scene } from './compose.ts';
import type { TurnDeps } from './context.ts';
import type { Plan } from './plan.ts';

/** @returns what the models' calls ask before and tell after; `noted` collects the person's budgets that are nearly spent */
export function createSpending(deps: TurnDeps, { turn, plan, report }: Scene): Spending & { noted: Budget[] } {
  const { budgets, log } = deps;
  const spender = spenderOf(turn, plan);
  const noted: Budget[] = [];
  let calls = 0;
  return {
    noted,
    async reserve(model, most, spendsLess) {
      calls += 1;
      const id = `${turn.id}:${turn.attempt}:${calls}`;
      return budgets.off
        ? { id, accounts: [], most: { nanoUsd: 0, tokens: 0 } }
        : budgets.reserve({ id, spender, model, most, spendsLess });
    },
    async settle(reservation: Reservation, model, used, answered) {
      if (!answered) report.wasted(model, used);
      try {
        noted.push(...(await budgets.settle(reservation, model, used)));
      } catch (error) {
        // The answer matters more. What was reserved lapses and counts as spent.
        log.warn({ err: error, turn: turn.id }, 'a call of a model could not be settled in the budgets');
      }
    },
  };
}

/**
 * Books what the platform takes for a turn's messages. Called once, by the worker that committed the turn: a crash in between
 * loses the fees, and no retry books them twice.
 * @param messageUsd US dollars for each; undefined: nothing, or not known
 * @returns what was booked
 */
export async function bookFees(
  { budgets, log }: TurnDeps,
  { turn, plan }: Pick<Scene, 'turn' | 'plan'>,
  { posted, messageUsd = 0 }: { posted: number; messageUsd?: number | undefined },
): Promise<number> {
  const usd = posted * messageUsd;
  if (usd === 0) return 0;
  try {
    await budgets.charge(spenderOf(turn, plan), usd);
  } catch (error) {
    log.warn({ err: error, turn: turn.id }, 'fees for messages could not be counted in the budgets');
  }
  return usd;
}

function spenderOf(turn: TakenTurn, plan: Plan): Spender {
  const asker = plan.asked.at(-1)?.message;
  return {
    conversation: turn.conversation,
    platform: asker?.to.platform ?? '',
    person: asker?.author.id ?? '',
    workspace: asker?.workspace,
  };
}
